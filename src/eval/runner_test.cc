#include "eval/runner.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>

#include "ask/scripted.h"
#include "base/error.h"
#include "data/source.h"
#include "eval/questions.h"

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
                                   if (options.split == "lost") throw Error(ErrorCode::kNotFound, "cannot open lost.jsonl");
                                   if (options.split == "broken") throw Error(ErrorCode::kCorrupt, "broken.csv: a quoted field is not closed.");
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

TEST(RunnerTest, WithoutItsTrainSplitABenchmarkIsScoredWithoutABaseline) {
  Benchmark benchmark = Fixture();
  benchmark.train_split = "lost";
  ScriptedAnswerer answerer(RightAnswers());
  const EvalReport report = RunBenchmark(benchmark, {}, answerer);
  EXPECT_EQ(report.FindCell("all")->n, 11);
  EXPECT_EQ(report.FindCell("all")->baseline, -1);
  EXPECT_EQ(report.baseline_note, "No majority baseline: the lost split is not there.");
  benchmark.train_split = "broken";
  const EvalReport with_broken = RunBenchmark(benchmark, {}, answerer);
  EXPECT_EQ(with_broken.FindCell("all")->n, 11);
  EXPECT_NE(with_broken.baseline_note.find("broken.csv"), std::string::npos) << with_broken.baseline_note;
}

TEST(RunnerTest, BaselineIsTheMajorityOfTrainNotOfTest) {
  ScriptedAnswerer answerer(RightAnswers());
  const EvalReport report = RunBenchmark(Fixture(), {}, answerer);
  // Train says "no" 6 of 8 times, test has half; "cyst" is right for one open question of three.
  EXPECT_DOUBLE_EQ(report.FindCell("closed")->baseline, 0.5);
  EXPECT_DOUBLE_EQ(report.FindCell("open")->baseline, 1.0 / 3);
  EXPECT_NE(report.baseline_note.find("\"no\" of 8 training answers"), std::string::npos) << report.baseline_note;
}

// 40 cases of which 30 are right, where the majority answer has 10 of the right and 5 of the wrong ones.
TEST(RunnerTest, TheDifferenceToTheBaselineIsPaired) {
  EvalReport report;
  for (int i = 0; i < 40; ++i) {
    Verdict verdict{.id = std::to_string(i), .group = std::to_string(i), .cells = {"all"}};
    verdict.score = {.state = i < 30 ? ScoreState::kCorrect : ScoreState::kWrong, .value = i < 30 ? 1.0 : 0.0};
    verdict.baseline = i < 10 || i >= 35 ? 1 : 0;
    report.verdicts.push_back(verdict);
  }
  Summarize(report, 2000);
  const CellSummary& all = *report.FindCell("all");
  EXPECT_NEAR(all.difference, 15.0 / 40, 1e-12);
  // The standard error of the mean of 20 times +1, 5 times −1 and 15 times 0 is 0.110: the interval is 0.375 ± 0.215.
  EXPECT_NEAR(all.difference_interval.low, 0.375 - 0.215, 0.05);
  EXPECT_NEAR(all.difference_interval.high, 0.375 + 0.215, 0.05);
  const CellSummary again = EvalReportFromJson(ToJson(report), "here").cells.at(0);
  EXPECT_EQ(again.difference_interval.low, all.difference_interval.low);
}

TEST(RunnerTest, MissingImageIsAStateNotAnAbort) {
  ScriptedAnswerer answerer(RightAnswers());
  const EvalReport report = RunBenchmark(Fixture(), {}, answerer);
  EXPECT_EQ(report.verdicts[10].score.state, ScoreState::kGenerationError);
  EXPECT_NE(report.verdicts[10].error.find("absent.png"), std::string::npos);
  EXPECT_EQ(answerer.asked().size(), 10u);
}

// One that does not look is asked about pictures that are not there, and without them.
class BlindAnswerer : public ScriptedAnswerer {
 public:
  using ScriptedAnswerer::ScriptedAnswerer;
  bool LooksAtImages() const override { return false; }
};

TEST(RunnerTest, NoPictureIsDecodedForOneWhoDoesNotLook) {
  BlindAnswerer answerer(RightAnswers());
  const EvalReport report = RunBenchmark(Fixture(), {}, answerer);
  ASSERT_EQ(answerer.asked().size(), 11u);
  for (const Request& request : answerer.asked())
    for (const Content& content : request.messages[0].content) EXPECT_EQ(content.image, nullptr);
  EXPECT_EQ(report.FindCell("all")->count(ScoreState::kCorrect), 11);
  EXPECT_EQ(report.verdicts[10].images, (std::vector<std::string>{"/nowhere/absent.png"}));
}

TEST(RunnerTest, AnAbsentSplitIsToldFromOneThatIsThere) {
  Benchmark benchmark = Fixture();
  EXPECT_EQ(WhyAbsent(benchmark, {}), "");
  benchmark.split = "lost";
  EXPECT_EQ(WhyAbsent(benchmark, {}), "cannot open lost.jsonl");
}

// Two generated reports of three: one word for word, one without a word of the reference.
TEST(RunnerTest, ReportsAreMeasuredByReportMetrics) {
  const Register<Source> reports({.name = "report_fixture", .help = "for tests", .splits = {"test"},
                                  .read = [](const SourceOptions&, const SampleSink& sink, const auto&) {
                                    for (int i = 0; i < 3; ++i)
                                      sink({.id = fmt::format("report_fixture:test:{}", i), .kind = SampleKind::kReport, .answer_type = AnswerType::kOpen, .question = "Report.",
                                            .answer = "The lungs are clear without effusion."});
                                  }});
  const Benchmark benchmark{.name = "reports", .source = "report_fixture", .train_split = ""};
  ScriptedAnswerer answerer({{"report_fixture:test:0", "<think>hm</think>\nThe lungs are clear without effusion."}, {"report_fixture:test:1", "Nothing of it"}},
                            {{"report_fixture:test:2", "HTTP 500"}});
  const EvalReport report = RunBenchmark(benchmark, {}, answerer);
  const Json& metrics = report.totals["report_metrics"];
  EXPECT_EQ(metrics["reports"], 3);
  EXPECT_EQ(metrics["without a reply"], 1);
  std::map<std::string, Json> by_name;
  for (const Json& metric : metrics["metrics"]) by_name[metric["name"]] = metric;
  EXPECT_NEAR(by_name.at("rouge_l_rouge_score")["value"].get<double>(), 0.5, 1e-12);
  EXPECT_EQ(by_name.at("rouge_l_rouge_score")["direction"], "higher is better");
  EXPECT_EQ(ToJson(EvalReportFromJson(ParseJson(DumpJson(ToJson(report)), "r"), "r")), ToJson(report));
  EXPECT_NE(ReportText(report).find("rouge_l_rouge_score"), std::string::npos);
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

// Published sizes against the data themselves, where they are: every row is read or skipped with a reason.
TEST(RunnerTest, WholeSplitsHaveTheirPublishedSize) {
  const char* variable = std::getenv("LINGSHU_DATA");
  const std::filesystem::path root = variable != nullptr ? variable : "../shared/data";
  if (!std::filesystem::exists(root)) GTEST_SKIP() << "no data sets in " << root;
  // Of MedXpertQA's text questions the authors' repository carries a part, which is what a data root may hold.
  const std::map<std::string, int64_t> parts = {{"med_xpert_qa_text", 244}};
  for (const Benchmark& benchmark : Registry<Benchmark>::Get().All()) {
    if (benchmark.published_count == 0 || !HasData(benchmark, root)) continue;
    Questions questions;
    try {
      questions = ReadQuestions(benchmark, benchmark.split, {.data_root = root.string()}, /*limit=*/0);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kNotFound) << benchmark.name << ": " << error.message();  // the folder holds another split
      continue;
    }
    const auto n = static_cast<int64_t>(questions.samples.size()) + questions.num_skipped;
    const auto part = parts.find(benchmark.name);
    const bool is_known_part = part != parts.end() && n == part->second;
    EXPECT_TRUE(is_known_part || n == benchmark.published_count) << benchmark.name << ": " << n << " rows, published " << benchmark.published_count;
    EXPECT_LE(questions.num_skipped, benchmark.published_count / 100) << benchmark.name;
    std::set<std::string> ids;
    for (const Sample& sample : questions.samples) EXPECT_TRUE(ids.insert(sample.id).second) << "twice: " << sample.id;
  }
}

// A run's own wishes: another order of options, no pictures, several replies.
TEST(QuestionsTest, ShuffledOptionsKeepTheirGold) {
  Sample sample{.id = "s", .answer_type = AnswerType::kMultipleChoice, .options = {"a", "b", "c", "d"}, .answer = "BD"};
  bool is_moved = false;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Sample shuffled = sample, again = sample;
    ShuffleOptions(shuffled, seed);
    ShuffleOptions(again, seed);
    EXPECT_EQ(shuffled.options, again.options);
    std::set<std::string> gold;
    for (const char letter : shuffled.answer) gold.insert(shuffled.options.at(static_cast<size_t>(letter - 'A')));
    EXPECT_EQ(gold, (std::set<std::string>{"b", "d"}));
    is_moved |= shuffled.options != sample.options;
  }
  EXPECT_TRUE(is_moved);
}

TEST(RunnerTest, WithoutPicturesAMissingOneDoesNotMatter) {
  ScriptedAnswerer answerer(RightAnswers());
  const EvalReport report = RunBenchmark(Fixture(), {.no_images = true}, answerer);
  EXPECT_EQ(answerer.asked().size(), 11u);
  EXPECT_EQ(report.FindCell("all")->count(ScoreState::kGenerationError), 0);
}

// Replies 0 and 1 of 3 to each question are right, but for one question whose second alone is.
TEST(RunnerTest, SeveralRepliesGivePassAtKAndMajority) {
  ScriptedAnswerer::Script script;
  for (int i = 0; i < 11; ++i) {
    const std::string id = fmt::format("eval_fixture:test:{}", i), right = MakeSample("test", i).answer, wrong = right == "yes" ? "no" : "yes";
    script[id] = i == 3 ? wrong : right;
    script[id + "#1"] = right;
    script[id + "#2"] = wrong;
  }
  ScriptedAnswerer answerer(script);
  const EvalReport report = RunBenchmark(Fixture(), {.limit = 0, .temperature = 1, .samples = 3}, answerer);
  EXPECT_EQ(answerer.asked().size(), 30u);  // the question whose picture is missing is not asked
  ASSERT_EQ(report.verdicts[3].repeats.size(), 2u);
  EXPECT_EQ(report.verdicts[3].score.state, ScoreState::kWrong);
  EXPECT_EQ(report.verdicts[3].repeats[0].score.state, ScoreState::kCorrect);
  const Json& totals = report.totals["samples"];
  EXPECT_NEAR(totals["pass@3"].get<double>(), 10.0 / 11, 1e-12);
  EXPECT_NEAR(totals["pass@1"].get<double>(), (9 * 2.0 / 3 + 1.0 / 3) / 11, 1e-12);
  EXPECT_NEAR(totals["majority@3"].get<double>(), 9.0 / 11, 1e-12);
  const Json json = ToJson(report);
  EXPECT_EQ(ToJson(EvalReportFromJson(ParseJson(DumpJson(json), "report.json"), "report.json")), json);
}

}  // namespace
}  // namespace lingshu
