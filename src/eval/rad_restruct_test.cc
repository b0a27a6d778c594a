// Report vectors against sklearn and the set's own template (tools/golden/rad_restruct.py), on its 360 test reports.
#include "eval/rad_restruct.h"

#include <functional>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "data/fixture.h"
#include "eval/report.h"

namespace lingshu {
namespace {

using Rule = std::function<std::vector<std::string>(const Sample&, int64_t report, int64_t question, const std::vector<std::string>& options)>;

// The answer of a rule to each question of the set, as the runner's verdicts hold it.
Json Totals(const Rule& rule) {
  const ReadResult read = ReadSource("rad_restruct", {.root = DataRoot(), .split = "test"});
  std::vector<Verdict> verdicts;
  std::string report;
  int64_t question = 0;
  for (const Sample& sample : read.samples) {
    question = sample.group == report ? question + 1 : 0;
    report = sample.group;
    const bool is_yes_no = sample.answer_type == AnswerType::kYesNo;
    const std::vector<std::string> options = is_yes_no ? std::vector<std::string>{"yes", "no"} : sample.options;
    Verdict verdict;
    for (const std::string& text : rule(sample, std::stoll(report), question, options)) {
      const auto place = std::find(options.begin(), options.end(), text) - options.begin();
      verdict.score.prediction += is_yes_no ? text : std::string(1, static_cast<char>('A' + place));
    }
    verdicts.push_back(verdict);
  }
  return RadRestructTotals(read.samples, verdicts, DataRoot());
}

// Sums of 845 rounded quotients in another order: 845 · 2⁻⁵³.
constexpr double kSummation = 1e-12;

TEST(RadRestruct, GoldAnswersScoreOne) {
  NEEDS_SOURCE("rad_restruct");
  const Json totals = Totals([](const Sample& sample, int64_t, int64_t, const std::vector<std::string>& options) {
    if (sample.answer_type == AnswerType::kYesNo) return std::vector<std::string>{sample.answer};
    std::vector<std::string> texts;
    for (const char letter : sample.answer) texts.push_back(options[static_cast<size_t>(letter - 'A')]);
    return texts;
  });
  EXPECT_EQ(totals["macro_f1"], 1.0);
  EXPECT_EQ(totals["macro_f1_as_published"], 1.0);
  EXPECT_EQ(totals["report_accuracy"], 1.0);
  EXPECT_EQ(totals["reports"], 360);
}

TEST(RadRestruct, NoToEverythingIsRightInMostCellsAndPoorInF1) {
  NEEDS_SOURCE("rad_restruct");
  const Json totals = Totals([](const Sample& sample, int64_t, int64_t, const std::vector<std::string>&) {
    return sample.answer_type == AnswerType::kYesNo ? std::vector<std::string>{"no"} : std::vector<std::string>();
  });
  EXPECT_EQ(totals["labels_with_support"], 845);
  EXPECT_NEAR(totals["macro_f1"].get<double>(), 0.28347349857903964, kSummation);
  EXPECT_NEAR(totals["macro_precision"].get<double>(), 0.9966962524654833, kSummation);
  EXPECT_NEAR(totals["macro_f1_as_published"].get<double>(), 0.2864707628219879, kSummation);
  EXPECT_NEAR(totals["micro_f1"].get<double>(), 0.9792681325332161, kSummation);
  EXPECT_NEAR(totals["accuracy"].get<double>(), 0.9959165542060279, kSummation);
  EXPECT_NEAR(totals["report_accuracy"].get<double>(), 0.3888888888888889, kSummation);
}

TEST(RadRestruct, AnswersThatContradictTheTreeAreEvenedOut) {
  NEEDS_SOURCE("rad_restruct");
  const Json totals = Totals([](const Sample&, int64_t report, int64_t question, const std::vector<std::string>& options) {
    return std::vector<std::string>{options[static_cast<size_t>(report + question) % options.size()]};
  });
  EXPECT_NEAR(totals["macro_f1"].get<double>(), 0.3231396746036528, kSummation);
  EXPECT_NEAR(totals["macro_precision"].get<double>(), 0.8354248541747027, kSummation);
  EXPECT_NEAR(totals["macro_f1_as_published"].get<double>(), 0.3256891579181064, kSummation);
  EXPECT_NEAR(totals["micro_f1"].get<double>(), 0.9120290316709138, kSummation);
  EXPECT_NEAR(totals["accuracy"].get<double>(), 0.9826068376068376, kSummation);
}

TEST(LabelScores, CountsLabelsWithSupportAlone) {
  // Label 0: hit 1, predicted 2, target 1: F1 2/3. Label 1: never predicted, once true: 0. Label 2: nowhere.
  const Json scores = LabelScores({{1, 0, 0}, {1, 0, 0}}, {{1, 1, 0}, {0, 0, 0}});
  EXPECT_DOUBLE_EQ(scores["macro_f1"].get<double>(), (2.0 / 3 + 0) / 2);
  EXPECT_DOUBLE_EQ(scores["macro_recall"].get<double>(), 0.5);
  EXPECT_DOUBLE_EQ(scores["macro_precision"].get<double>(), (0.5 + 1) / 2);
  EXPECT_EQ(scores["labels_with_support"], 2);
  EXPECT_DOUBLE_EQ(scores["accuracy"].get<double>(), 4.0 / 6);
}

TEST(ReportVectors, AQuestionWithoutAPlaceIsAnError) {
  NEEDS_SOURCE("rad_restruct");
  const ReportVectors vectors(DataRoot() / "rad_restruct");
  EXPECT_EQ(vectors.size(), 2470u);
  EXPECT_THROW(vectors.VectorOf({{"lung_dreams", {"yes", "no"}, {"yes"}}}, "report 1"), Error);
}

}  // namespace
}  // namespace lingshu
