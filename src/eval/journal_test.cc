// The journal under processes that are killed and under processes that share it. Children are this program again with a test that is disabled otherwise.
#include "eval/journal.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <map>
#include <set>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/files.h"
#include "data/source.h"
#include "eval/runner.h"

extern char** environ;

namespace lingshu {
namespace {

constexpr int kNumQuestions = 240;
constexpr const char* kFolderVariable = "LINGSHU_JOURNAL_TEST_FOLDER";

const Register<Source> kShared({.name = "journal_fixture", .help = "for tests", .splits = {"test"}, .read = [](const SourceOptions&, const SampleSink& sink, const auto&) {
                                  for (int i = 0; i < kNumQuestions; ++i)
                                    if (!sink({.id = fmt::format("q{}", i), .answer_type = AnswerType::kYesNo, .question = fmt::format("is it {}?", i), .answer = "yes", .group = fmt::format("g{}", i)})) return;
                                }});

// Writes what it is asked and what it has handed over into a log that outlives it.
class LoggingAnswerer : public Answerer {
 public:
  explicit LoggingAnswerer(const fs::path& log) : fd_(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644)) {}
  ~LoggingAnswerer() override { ::close(fd_); }
  std::string Name() const override { return "logging"; }
  void Ask(const std::vector<Request>& requests, const AnswerSink& sink) override {
    for (const Request& request : requests) {
      Log("ask " + request.id + "\n");
      ::usleep(200);  // a model takes its time: kills fall between the lines
      sink({.id = request.id, .text = "yes"});
      Log("done " + request.id + "\n");
    }
  }

 private:
  void Log(const std::string& line) { EXPECT_EQ(::write(fd_, line.data(), line.size()), static_cast<ssize_t>(line.size())); }
  int fd_;
};

EvalReport EvaluateIn(const fs::path& folder) {
  LoggingAnswerer answerer(folder / "log");
  EvalOptions options;
  options.journal = (folder / "journal.jsonl").string();
  options.chunk_size = 8;
  options.resamples = 100;
  return RunBenchmark({.name = "shared", .source = "journal_fixture", .train_split = ""}, options, answerer);
}

// The child: one evaluation in the folder that the environment names.
TEST(JournalChild, DISABLED_Evaluate) {
  const char* folder = std::getenv(kFolderVariable);
  ASSERT_NE(folder, nullptr);
  EXPECT_EQ(EvaluateIn(folder).FindCell("all")->count(ScoreState::kCorrect), kNumQuestions);
}

pid_t Spawn(const fs::path& folder) {
  ::setenv(kFolderVariable, folder.c_str(), 1);
  std::string program = fs::read_symlink("/proc/self/exe").string(), filter = "--gtest_filter=JournalChild.DISABLED_Evaluate", disabled = "--gtest_also_run_disabled_tests", brief = "--gtest_brief=1";
  char* arguments[] = {program.data(), filter.data(), disabled.data(), brief.data(), nullptr};
  pid_t pid = 0;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  EXPECT_EQ(::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  return pid;
}

int WaitFor(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

fs::path NewFolder(const char* name) {
  const fs::path folder = fs::path(::testing::TempDir()) / (std::string("journal_") + name);
  fs::remove_all(folder);
  fs::create_directories(folder);
  return folder;
}

std::vector<std::string> LogOf(const fs::path& folder) {
  std::vector<std::string> lines;
  if (IsFile(folder / "log")) ForEachLine(folder / "log", [&](std::string_view line, int64_t) { lines.emplace_back(line); });
  return lines;
}

// Waits until the log has more lines or the child is gone: kills come after some work, however slow the machine is.
void WaitForWork(const fs::path& folder, size_t num_lines, pid_t pid) {
  while (LogOf(folder).size() < num_lines) {
    siginfo_t info = {};
    if (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == pid) return;
    ::usleep(500);
  }
}

TEST(JournalTest, KilledAgainAndAgainNoFinishedQuestionIsAskedTwice) {
  constexpr int kNumKills = 12;
  const fs::path folder = NewFolder("killed");
  for (int kill = 0; kill < kNumKills; ++kill) {
    const pid_t pid = Spawn(folder);
    WaitForWork(folder, static_cast<size_t>(30 * (kill + 1) + kill), pid);
    ::kill(pid, SIGKILL);
    WaitFor(pid);
  }
  EXPECT_EQ(EvaluateIn(folder).FindCell("all")->count(ScoreState::kCorrect), kNumQuestions);
  // A kill may fall between an answer's line in the journal and its line in the log, so the log may lack a "done"; what was answered is never asked
  // again, and each kill costs one question in flight at most.
  std::set<std::string> asked, done;
  int num_asked_again = 0, num_lines = 0;
  for (const std::string& line : LogOf(folder)) {
    if (line.starts_with("done ")) done.insert(line.substr(5));
    if (!line.starts_with("ask ")) continue;
    num_asked_again += done.contains(line.substr(4));
    asked.insert(line.substr(4));
    ++num_lines;
  }
  EXPECT_EQ(num_asked_again, 0);
  EXPECT_EQ(asked.size(), static_cast<size_t>(kNumQuestions));
  EXPECT_LE(num_lines, kNumQuestions + kNumKills);
}

TEST(JournalTest, ProcessesShareOneRunAndAskEachQuestionOnce) {
  const fs::path folder = NewFolder("shared");
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) children.push_back(Spawn(folder));
  for (const pid_t child : children) EXPECT_EQ(WaitFor(child), 0);  // each saw every question answered
  std::map<std::string, int> asked;
  for (const std::string& line : LogOf(folder))
    if (line.starts_with("ask ")) ++asked[line.substr(4)];
  EXPECT_EQ(asked.size(), static_cast<size_t>(kNumQuestions));
  for (const auto& [id, times] : asked) EXPECT_EQ(times, 1) << id;
}

TEST(JournalTest, HalfALineSpoilsItselfAlone) {
  const fs::path file = NewFolder("half") / "journal.jsonl";
  {
    Journal journal(file);
    journal.Add("a", {.id = "1", .text = "yes"});
  }
  const std::string whole = ReadFile(file);
  for (size_t cut = 1; cut + 1 < whole.size(); ++cut) {
    WriteFileAtomic(file, whole + whole.substr(0, cut));
    {
      Journal journal(file);
      ASSERT_NE(journal.Find("a"), nullptr);
      journal.Add("b", {.id = "2", .text = "no"});
    }
    Journal journal(file);
    ASSERT_NE(journal.Find("b"), nullptr) << "cut at " << cut;
    EXPECT_EQ(journal.Find("b")->text, "no");
    EXPECT_EQ(journal.num_broken_lines(), 1);
  }
}

TEST(JournalTest, WhatOthersAppendIsSeenAfterRefresh) {
  const fs::path file = NewFolder("refresh") / "journal.jsonl";
  Journal one(file), other(file);
  one.Add("k", {.id = "1", .text = "yes"});
  EXPECT_EQ(other.Find("k"), nullptr);
  other.Refresh();
  ASSERT_NE(other.Find("k"), nullptr);
  one.Refresh();
  EXPECT_NE(one.Find("k"), nullptr);
}

TEST(ClaimsTest, ARangeBelongsToOneAtATime) {
  const fs::path file = NewFolder("claims") / "journal.jsonl";
  Claims one(file);
  auto other = std::make_unique<Claims>(file);
  EXPECT_TRUE(one.Try(0, 32));
  EXPECT_FALSE(other->Try(16, 4));
  EXPECT_TRUE(other->Try(32, 8));
  one.Release(0, 32);
  EXPECT_TRUE(other->Try(16, 4));
  EXPECT_FALSE(one.Try(0, 32));
  other.reset();  // as when its process ends
  EXPECT_TRUE(one.Try(0, 64));
}

}  // namespace
}  // namespace lingshu
