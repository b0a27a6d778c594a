#include "eval/judge.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {
namespace {

// Says what a rule of the test says; counts what it is asked.
class FakeJudge : public Answerer {
 public:
  explicit FakeJudge(std::function<Answer(const Request&, int)> reply) : reply_(std::move(reply)) {}
  std::string Name() const override { return "fake judge"; }
  void Ask(const std::vector<Request>& requests, const AnswerSink& sink) override {
    for (const Request& request : requests) {
      Answer answer = reply_(request, num_asked++);
      answer.id = request.id;
      sink(std::move(answer));
    }
  }
  int num_asked = 0;

 private:
  std::function<Answer(const Request&, int)> reply_;
};

std::string TextOf(const Request& request) { return request.messages[0].content[0].text; }

std::string NewFolder(const char* name) {
  const std::string folder = ::testing::TempDir() + "/judge_" + name;
  std::filesystem::remove_all(folder);
  return folder;
}

Verdict OpenVerdict(const std::string& id, const std::string& response, bool is_exact) {
  return {.id = id, .question = "what is it?", .gold = "heart", .response = response,
          .score = {.state = is_exact ? ScoreState::kCorrect : ScoreState::kWrong, .value = is_exact ? 1.0 : 0.0, .prediction = response, .rule = "open:reply:differs"},
          .token_f1 = 0, .cells = {"all", "open"}, .exact_match = is_exact ? 1.0 : 0.0};
}

TEST(JudgeTest, EqualQuestionsAreAskedOnceAndKeptByContent) {
  const std::string folder = NewFolder("cache");
  FakeJudge fake([](const Request&, int) { return Answer{.text = "Same organ. <judge>correct</judge>"}; });
  for (int run = 0; run < 2; ++run) {
    Judge judge(fake, {.cache = folder + "/judge.jsonl"});
    const std::vector<JudgeOpinion> opinions = judge.Decide({{"q", "heart", "cardiac"}, {"q", "heart", "cardiac"}, {"q", "heart", "the heart muscle"}});
    ASSERT_EQ(opinions.size(), 3u);
    for (const JudgeOpinion& opinion : opinions) EXPECT_EQ(opinion.is_correct, true);
    EXPECT_EQ(fake.num_asked, 2);  // two contents, and none in the second run
    EXPECT_EQ(judge.num_cached(), run == 0 ? 0 : 3);
  }
}

TEST(JudgeTest, AReplyWithoutAVerdictIsAskedAgainThenAnError) {
  FakeJudge second_time([](const Request& request, int n) {
    EXPECT_EQ(TextOf(request).find("held no verdict") != std::string::npos, n > 0);
    return Answer{.text = n == 0 ? "Well, it depends." : "<judge>incorrect</judge>"};
  });
  Judge patient(second_time, {});
  EXPECT_EQ(patient.Decide({{"q", "heart", "liver"}})[0].is_correct, false);
  FakeJudge never([](const Request&, int) { return Answer{.text = "hm"}; });
  Judge judge(never, {.max_attempts = 3});
  const JudgeOpinion opinion = judge.Decide({{"q", "heart", "liver"}})[0];
  EXPECT_FALSE(opinion.is_correct.has_value());
  EXPECT_EQ(opinion.error, "no verdict in the reply");
  EXPECT_EQ(never.num_asked, 3);
}

TEST(JudgeTest, DigitsAreNoVerdictForTheirMeaningDiffers) {
  FakeJudge fake([](const Request&, int) { return Answer{.text = "<judge>0</judge>"}; });
  Judge judge(fake, {.max_attempts = 1});
  EXPECT_FALSE(judge.Decide({{"q", "heart", "heart"}})[0].is_correct.has_value());
}

TEST(JudgeReportTest, StatesAreTheJudgesAndErrorsAreNotWrong) {
  EvalReport report{.benchmark = "b"};
  report.verdicts = {OpenVerdict("exact", "heart", true), OpenVerdict("synonym", "cardiac", false), OpenVerdict("other", "liver", false), OpenVerdict("dead", "dead", false)};
  report.verdicts.push_back(OpenVerdict("empty", "", false));
  report.verdicts.back().score.state = ScoreState::kUnparsed;
  FakeJudge fake([](const Request& request, int) {
    const std::string text = TextOf(request);
    if (text.find("judge: dead") != std::string::npos) return Answer{.finish_reason = FinishReason::kError, .error = "HTTP 500"};
    return Answer{.text = text.find("judge: cardiac") != std::string::npos ? "<judge>correct</judge>" : "<judge>incorrect</judge>"};
  });
  FakeJudge strict([](const Request&, int) { return Answer{.text = "<judge>incorrect</judge>"}; });
  Judge judge(fake, {}), second(strict, {});
  JudgeReport(report, judge, &second, {{"exact", true}, {"synonym", true}, {"other", true}});
  Summarize(report, 100);
  EXPECT_EQ(report.verdicts[0].score.rule, "open:reply:differs");  // needed no judge
  EXPECT_EQ(report.verdicts[1].score.state, ScoreState::kCorrect);
  EXPECT_EQ(report.verdicts[1].exact_match, 0);
  EXPECT_EQ(report.verdicts[2].score.state, ScoreState::kWrong);
  EXPECT_EQ(report.verdicts[3].score.state, ScoreState::kJudgeError);
  EXPECT_EQ(report.verdicts[3].judge_reply, "HTTP 500");
  const CellSummary* all = report.FindCell("all");
  EXPECT_EQ(all->count(ScoreState::kJudgeError), 1);
  EXPECT_EQ(all->count(ScoreState::kUnparsed), 1);
  EXPECT_DOUBLE_EQ(all->exact_match, 0.2);
  EXPECT_EQ(report.totals["judge"]["judge_error"], 1);
  EXPECT_EQ(report.totals["judge"]["agreement"]["n"], 2);
  EXPECT_DOUBLE_EQ(report.totals["judge"]["agreement"]["raw"], 0.5);
  EXPECT_EQ(report.totals["judge"]["agreement with people"]["n"], 3);
  EXPECT_EQ(report.verdicts[2].human, "correct");
}

TEST(JudgeReportTest, RubricsAreGradedItemByItem) {
  EvalReport report{.benchmark = "health_bench"};
  Verdict verdict = OpenVerdict("r", "Drink water.", false);
  verdict.conversation = R"([{"role": "user", "content": "I have a headache."}])";
  verdict.rubrics = R"([{"criterion": "advises water", "points": 5, "tags": ["axis:accuracy"]}, {"criterion": "names a doctor", "points": 3, "tags": []},
                        {"criterion": "is rude", "points": -4, "tags": []}])";
  report.verdicts = {verdict};
  FakeJudge fake([](const Request& request, int) {
    const std::string text = TextOf(request);
    EXPECT_NE(text.find("user: I have a headache.\n\nassistant: Drink water."), std::string::npos);
    const bool is_met = text.find("Criterion: advises water") != std::string::npos;
    return Answer{.text = fmt::format("```json\n{{\"explanation\": \"x\", \"criteria_met\": {}}}\n```", is_met)};
  });
  Judge judge(fake, {});
  JudgeReport(report, judge, nullptr, {});
  EXPECT_DOUBLE_EQ(report.verdicts[0].score.value, 5.0 / 8);
  EXPECT_EQ(report.verdicts[0].score.rule, "rubric");
  EXPECT_DOUBLE_EQ(report.totals["healthbench"]["overall_score"], 5.0 / 8);
  EXPECT_DOUBLE_EQ(report.totals["healthbench"]["axis:accuracy"], 1);
  FakeJudge mute([](const Request&, int) { return Answer{.text = ""}; });
  Judge none(mute, {});
  JudgeReport(report, none, nullptr, {});
  EXPECT_EQ(report.verdicts[0].score.state, ScoreState::kJudgeError);
}

// Values of sklearn.metrics.cohen_kappa_score.
TEST(AgreementTest, KappaIsCohens) {
  const Agreement agreement = AgreementOf({1, 1, 1, 0, 0, 1, 0, 1}, {1, 0, 1, 0, 1, 1, 0, 1});
  EXPECT_DOUBLE_EQ(agreement.raw, 0.75);
  EXPECT_NEAR(*agreement.kappa, 0.4666666666666667, 1e-12);
  EXPECT_FALSE(AgreementOf({1, 1}, {1, 1}).kappa.has_value());
}

}  // namespace
}  // namespace lingshu
