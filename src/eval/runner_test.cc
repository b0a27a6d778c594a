#include "eval/runner.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include <fmt/format.h>

#include "ask/scripted.h"
#include "data/source.h"

namespace lingshu {
namespace {

// Eight yes/no questions on four cases, two open ones, and one whose image is not there. Training says "no" most often.
Sample MakeSample(const std::string& split, int i) {
  Sample sample{.id = fmt::format("eval_fixture:{}:{}", split, i), .source = "eval_fixture", .split = split, .answer_type = AnswerType::kYesNo,
                .modality = i % 2 == 0 ? "CT" : "MRI", .question = "is it there?", .answer = split == "train" ? (i < 6 ? "no" : "yes") : (i % 2 == 0 ? "yes" : "no"),
                .group = fmt::format("case{}", i / 2), .meta = {{"image_in_train", i < 4 ? "yes" : "no"}}};
  if (i >= 8) sample.answer_type = AnswerType::kOpen, sample.question = "what is it?", sample.answer = split == "train" ? "cyst" : i == 8 ? "a cyst" : "tumour";
  if (i == 10) sample.images = {{.path = "/nowhere/absent.png"}};
  return sample;
}

const Register<Source> kFixture({.name = "eval_fixture", .help = "for tests", .splits = {"train", "test"},
                                 .read = [](const SourceOptions& options, const SampleSink& sink, const auto&) {
                                   for (int i = 0; i < (options.split == "train" ? 10 : 11); ++i)
                                     if (!sink(MakeSample(options.split, i))) return;
                                 }});

Benchmark Fixture() { return {.name = "fixture", .source = "eval_fixture", .breakdown = {"image_in_train"}}; }

ScriptedAnswerer::Script RightAnswers() {
  ScriptedAnswerer::Script script;
  for (int i = 0; i < 11; ++i) script[fmt::format("eval_fixture:test:{}", i)] = MakeSample("test", i).answer;
  return script;
}

std::string JournalPath(const char* name) {
  const std::string path = ::testing::TempDir() + "/eval_" + name + "/journal.jsonl";
  std::filesystem::remove_all(std::filesystem::path(path).parent_path());
  return path;
}

TEST(RunnerTest, ScoresEachQuestionByItsForm) {
  ScriptedAnswerer::Script script = RightAnswers();
  script["eval_fixture:test:1"] = "Yes.";             // wrong
  script["eval_fixture:test:2"] = "I cannot tell.";   // unparsed
  ScriptedAnswerer answerer(script);
  const EvalReport report = RunBenchmark(Fixture(), {}, answerer);
  const CellSummary* all = report.FindCell("all");
  ASSERT_NE(all, nullptr);
  EXPECT_EQ(all->n, 11);
  EXPECT_EQ(all->count(ScoreState::kCorrect), 8);
  EXPECT_EQ(all->count(ScoreState::kWrong), 1);
  EXPECT_EQ(all->count(ScoreState::kUnparsed), 1);
  EXPECT_EQ(all->count(ScoreState::kGenerationError), 1);
  EXPECT_DOUBLE_EQ(all->accuracy, 8.0 / 11);
  EXPECT_EQ(report.FindCell("closed")->n, 8);
  EXPECT_EQ(report.FindCell("open")->n, 3);
  EXPECT_EQ(report.FindCell("modality: CT")->n, 6);
  EXPECT_EQ(report.FindCell("image_in_train: yes")->n, 4);
}

TEST(RunnerTest, BaselineIsTheMajorityOfTrainNotOfTest) {
  ScriptedAnswerer answerer(RightAnswers());
  const EvalReport report = RunBenchmark(Fixture(), {}, answerer);
  // Train says "no" 6 of 8 times, test has half; "cyst" is right for one open question of three.
  EXPECT_DOUBLE_EQ(report.FindCell("closed")->baseline, 0.5);
  EXPECT_DOUBLE_EQ(report.FindCell("open")->baseline, 1.0 / 3);
  EXPECT_NE(report.baseline_note.find("\"no\" of 8 training answers"), std::string::npos) << report.baseline_note;
}

TEST(RunnerTest, MissingImageIsAStateNotAnAbort) {
  ScriptedAnswerer answerer(RightAnswers());
  const EvalReport report = RunBenchmark(Fixture(), {}, answerer);
  EXPECT_EQ(report.verdicts[10].score.state, ScoreState::kGenerationError);
  EXPECT_NE(report.verdicts[10].error.find("absent.png"), std::string::npos);
  EXPECT_EQ(answerer.asked().size(), 10u);
}

TEST(RunnerTest, FailedGenerationIsAState) {
  ScriptedAnswerer answerer(RightAnswers(), {{"eval_fixture:test:3", "HTTP 500"}});
  const EvalReport report = RunBenchmark(Fixture(), {}, answerer);
  EXPECT_EQ(report.verdicts[3].score.state, ScoreState::kGenerationError);
  EXPECT_EQ(report.verdicts[3].error, "HTTP 500");
}

TEST(RunnerTest, ResumedRunAsksNothingTwiceAndReportsTheSame) {
  const EvalOptions options{.journal = JournalPath("resume"), .chunk_size = 3};
  ScriptedAnswerer first(RightAnswers(), {{"eval_fixture:test:3", "HTTP 500"}});
  RunBenchmark(Fixture(), options, first);
  ScriptedAnswerer second(RightAnswers());
  const EvalReport resumed = RunBenchmark(Fixture(), options, second);
  ASSERT_EQ(second.asked().size(), 1u);  // the failed one alone
  EXPECT_EQ(second.asked()[0].id, "eval_fixture:test:3");
  ScriptedAnswerer third(RightAnswers());
  Json fresh = ToJson(RunBenchmark(Fixture(), {.chunk_size = 3}, third)), again = ToJson(resumed);
  for (Json* json : {&fresh, &again}) json->erase("seconds"), (*json)["config"].erase("journal");
  EXPECT_EQ(fresh, again);
}

TEST(RunnerTest, JournalCutInALineIsRepaired) {
  const EvalOptions options{.journal = JournalPath("cut")};
  ScriptedAnswerer first(RightAnswers());
  RunBenchmark(Fixture(), options, first);
  const auto size = std::filesystem::file_size(options.journal);
  std::filesystem::resize_file(options.journal, size - 20);
  ScriptedAnswerer second(RightAnswers());
  const EvalReport report = RunBenchmark(Fixture(), options, second);
  EXPECT_EQ(second.asked().size(), 1u);
  EXPECT_EQ(report.FindCell("all")->count(ScoreState::kCorrect), 10);
  ScriptedAnswerer third(RightAnswers());
  RunBenchmark(Fixture(), options, third);
  EXPECT_TRUE(third.asked().empty());
}

TEST(RunnerTest, JournalOfOtherSamplingIsNotUsed) {
  EvalOptions options{.journal = JournalPath("sampling")};
  ScriptedAnswerer first(RightAnswers());
  RunBenchmark(Fixture(), options, first);
  options.max_new_tokens = 65;
  ScriptedAnswerer second(RightAnswers());
  RunBenchmark(Fixture(), options, second);
  EXPECT_EQ(second.asked().size(), 10u);
}

TEST(RunnerTest, SummaryIsRecomputedFromTheVerdicts) {
  ScriptedAnswerer answerer(RightAnswers());
  EvalReport report = RunBenchmark(Fixture(), {}, answerer);
  const Json before = ToJson(report);
  report.cells.clear();
  Summarize(report, EvalOptions().resamples);
  EXPECT_EQ(ToJson(report), before);
  for (const CellSummary& cell : report.cells) {
    int64_t total = 0;
    for (const int64_t count : cell.states) total += count;
    EXPECT_EQ(total, cell.n) << cell.name;
  }
}

TEST(RunnerTest, ReportSurvivesJson) {
  ScriptedAnswerer answerer(RightAnswers());
  const EvalReport report = RunBenchmark(Fixture(), {}, answerer);
  const Json json = ToJson(report);
  EXPECT_EQ(ToJson(EvalReportFromJson(ParseJson(DumpJson(json), "report.json"), "report.json")), json);
}

TEST(RunnerTest, ForeignJsonIsRefused) {
  EXPECT_THROW(EvalReportFromJson(Json::object(), "x.json"), Error);
  EXPECT_THROW(EvalReportFromJson({{"format", "lingshu-eval-report"}, {"version", 99}}, "x.json"), Error);
}

TEST(RunnerTest, EveryBenchmarkNamesARegisteredSource) {
  for (const Benchmark& benchmark : Registry<Benchmark>::Get().All()) {
    const Source* source = Registry<Source>::Get().FindOrNull(benchmark.source);
    ASSERT_NE(source, nullptr) << benchmark.name << " wants " << benchmark.source;
    for (const std::string& split : {benchmark.split, benchmark.train_split})
      EXPECT_TRUE(split.empty() || std::find(source->splits.begin(), source->splits.end(), split) != source->splits.end()) << benchmark.name << " " << split;
  }
}

// Published sizes against the data themselves, where they are.
TEST(RunnerTest, WholeSplitsHaveTheirPublishedSize) {
  const char* variable = std::getenv("LINGSHU_DATA");
  const std::filesystem::path root = variable != nullptr ? variable : "../shared/data";
  if (!std::filesystem::exists(root)) GTEST_SKIP() << "no data sets in " << root;
  for (const Benchmark& benchmark : Registry<Benchmark>::Get().All()) {
    const Source* source = Registry<Source>::Get().FindOrNull(benchmark.source);
    if (benchmark.published_count == 0 || source == nullptr || !IsAvailable(*source, root)) continue;
    int64_t n = 0;
    source->read({.root = root, .split = benchmark.split}, [&](const Sample&) { return ++n > 0; }, [](const std::string&, const std::string&) {});
    EXPECT_EQ(n, benchmark.published_count) << benchmark.name;
  }
}

}  // namespace
}  // namespace lingshu
