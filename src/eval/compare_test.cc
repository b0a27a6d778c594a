#include "eval/compare.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"

namespace lingshu {
namespace {

Verdict MakeVerdict(int i, bool is_right) {
  return {.id = fmt::format("q{}", i),
          .group = fmt::format("patient{}", i / 2),
          .images = {fmt::format("{}.png", i)},
          .question = "is it there?",
          .gold = "yes",
          .response = is_right ? "yes" : "no",
          .score = {.state = is_right ? ScoreState::kCorrect : ScoreState::kWrong, .value = is_right ? 1.0 : 0.0}};
}

// `is_right(i)` for questions 0 to n - 1.
template <typename IsRight>
EvalReport MakeReport(const std::string& benchmark, int n, IsRight is_right) {
  EvalReport report{.benchmark = benchmark, .model = "model"};
  for (int i = 0; i < n; ++i) report.verdicts.push_back(MakeVerdict(i, is_right(i)));
  return report;
}

TEST(CompareTest, CountsWhatEachWonAndLost) {
  const auto a = MakeReport("vqa", 100, [](int i) { return i < 60; });
  const auto b = MakeReport("vqa", 100, [](int i) { return i >= 2 && i < 70; });
  const Comparison comparison = Compare({a}, {b}, {.resamples = 2000, .seed = 1});
  ASSERT_EQ(comparison.benchmarks.size(), 1u);
  const BenchmarkComparison& row = comparison.benchmarks[0];
  EXPECT_EQ(row.n, 100);
  EXPECT_EQ(row.num_clusters, 50);
  EXPECT_EQ(row.won, 10);
  EXPECT_EQ(row.lost, 2);
  EXPECT_NEAR(row.difference, 0.08, 1e-12);
  EXPECT_NEAR(row.accuracy_b - row.accuracy_a, 0.08, 1e-12);
  EXPECT_NEAR(row.p_mcnemar, 2 * (1 + 12 + 66) / 4096.0, 1e-12);  // C(12, 0) + C(12, 1) + C(12, 2)
  EXPECT_LT(row.interval.low, 0.08);
  EXPECT_GT(row.interval.high, 0.08);
  ASSERT_EQ(row.changed.size(), 12u);
  EXPECT_EQ(row.changed[0].id, "q0");
  EXPECT_EQ(row.changed[0].state_a, ScoreState::kCorrect);
}

TEST(CompareTest, HolmGoesOverTheBenchmarksThatShareSamples) {
  std::vector<EvalReport> a, b;
  for (const char* name : {"one", "two"}) {
    a.push_back(MakeReport(name, 40, [](int i) { return i < 20; }));
    b.push_back(MakeReport(name, 40, [](int i) { return i < 30; }));
  }
  b.push_back(MakeReport("three", 4, [](int) { return true; }));
  a.push_back(MakeReport("empty", 0, [](int) { return true; }));
  b.push_back(MakeReport("empty", 0, [](int) { return true; }));
  const Comparison comparison = Compare(a, b, {.resamples = 500});
  ASSERT_EQ(comparison.benchmarks.size(), 3u);
  EXPECT_EQ(comparison.only_in_b, std::vector<std::string>{"three"});
  EXPECT_EQ(comparison.benchmarks[0].benchmark, "empty");
  EXPECT_EQ(comparison.benchmarks[0].p_mcnemar_holm, 1);
  EXPECT_NEAR(comparison.benchmarks[1].p_mcnemar, 2.0 / 1024, 1e-12);
  EXPECT_NEAR(comparison.benchmarks[1].p_mcnemar_holm, 4.0 / 1024, 1e-12);
}

TEST(CompareTest, SamplesOfOneSideAndOtherGoldAreLeftOutAndCounted) {
  const auto a = MakeReport("vqa", 10, [](int) { return true; });
  auto b = MakeReport("vqa", 8, [](int) { return true; });
  b.verdicts[0].gold = "no";
  b.verdicts.push_back(MakeVerdict(99, true));
  const Comparison comparison = Compare({a}, {b}, {.resamples = 200});
  EXPECT_EQ(comparison.benchmarks[0].n, 7);
  EXPECT_EQ(comparison.benchmarks[0].only_in_a, 2);
  EXPECT_EQ(comparison.benchmarks[0].only_in_b, 1);
  EXPECT_EQ(comparison.benchmarks[0].num_gold_differs, 1);
  EXPECT_EQ(comparison.benchmarks[0].p_mcnemar, 1);
}

TEST(CompareTest, ClustersAreWhatIsAskedFor) {
  const auto a = MakeReport("vqa", 10, [](int) { return true; });
  EXPECT_EQ(Compare({a}, {a}, {.cluster = ClusterBy::kGroup, .resamples = 200}).benchmarks[0].num_clusters, 5);
  EXPECT_EQ(Compare({a}, {a}, {.cluster = ClusterBy::kImage, .resamples = 200}).benchmarks[0].num_clusters, 10);
}

TEST(CompareTest, NothingInCommonIsAnError) {
  const auto a = MakeReport("vqa", 3, [](int) { return true; }), b = MakeReport("mcq", 3, [](int) { return true; });
  EXPECT_THROW(Compare({a}, {b}, {}), Error);
}

TEST(CompareTest, ReadsTheFolderThatEvalWrote) {
  const fs::path folder = fs::path(::testing::TempDir()) / "compare";
  MakeFolder(folder);
  const auto report = MakeReport("vqa", 4, [](int i) { return i % 2 == 0; });
  WriteFileAtomic(folder / "vqa.json", DumpJson(ToJson(report)));
  WriteFileAtomic(folder / "other.json", "{\"not\": \"a report\"}");
  const std::vector<EvalReport> reports = ReadReports(folder);
  ASSERT_EQ(reports.size(), 1u);
  const Json json = ToJson(Compare(reports, reports, {.resamples = 200}));
  EXPECT_EQ(json["benchmarks"][0]["n"], 4);
  EXPECT_EQ(json["benchmarks"][0]["changed"].size(), 0u);
  EXPECT_THROW(ReadReports(folder / "absent"), Error);
}

}  // namespace
}  // namespace lingshu
