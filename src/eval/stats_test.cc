#include "eval/stats.h"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/rng.h"

namespace lingshu {
namespace {

TEST(StatsTest, WilsonIntervalMatchesItsFormula) {
  // Wilson 1927 for 8 of 10: (0.8 + z²/20 ± z √(0.016 + z²/400)) / (1 + z²/10), z = 1.959964.
  const Interval interval = WilsonInterval(8, 10);
  EXPECT_NEAR(interval.low, 0.490162, 1e-6);
  EXPECT_NEAR(interval.high, 0.943318, 1e-6);
}

TEST(StatsTest, WilsonIntervalOfAPerfectScoreHasWidth) {
  const Interval interval = WilsonInterval(20, 20);
  EXPECT_NEAR(interval.low, 0.838875, 1e-6);
  EXPECT_EQ(interval.high, 1);
}

TEST(StatsTest, FewClustersAndUniformScoresUseWilson) {
  EXPECT_EQ(ClusterInterval({1, 0, 1}, {"a", "b", "c"}, 1000, 1).method, "Wilson over clusters");
  std::vector<double> values(40, 1.0);
  std::vector<std::string> groups;
  for (int i = 0; i < 40; ++i) groups.push_back(fmt::format("g{}", i / 2));
  EXPECT_EQ(ClusterInterval(values, groups, 1000, 1).low, WilsonInterval(20, 20).low);
}

// Twenty questions of each of 50 images, all right or all wrong together: the images are the sample size.
TEST(StatsTest, ClusteredScoresHaveTheIntervalOfTheirClusters) {
  std::vector<double> clustered, independent;
  std::vector<std::string> groups, alone;
  for (int i = 0; i < 1000; ++i) {
    clustered.push_back((i / 20) % 2);
    independent.push_back(i % 2);
    groups.push_back(fmt::format("image{}", i / 20));
    alone.push_back(fmt::format("question{}", i));
  }
  const Interval wide = ClusterInterval(clustered, groups, 2000, 7), narrow = ClusterInterval(independent, alone, 2000, 7);
  // Half-widths by the normal approximation: 1.96 · 0.5 / √50 = 0.139 and 1.96 · 0.5 / √1000 = 0.031; 15 % for the draws.
  EXPECT_NEAR((wide.high - wide.low) / 2, 0.139, 0.021);
  EXPECT_NEAR((narrow.high - narrow.low) / 2, 0.031, 0.005);
}

TEST(StatsTest, SameSeedGivesTheSameInterval) {
  Rng rng(3);
  std::vector<double> values;
  std::vector<std::string> groups;
  for (int i = 0; i < 100; ++i) {
    values.push_back(rng.Chance(0.7));
    groups.push_back(fmt::format("g{}", rng.Below(30)));
  }
  const Interval first = ClusterInterval(values, groups, 500, 11), second = ClusterInterval(values, groups, 500, 11), other = ClusterInterval(values, groups, 500, 12);
  EXPECT_EQ(first.low, second.low);
  EXPECT_EQ(first.high, second.high);
  EXPECT_TRUE(first.low != other.low || first.high != other.high);
}

TEST(StatsTest, McNemarIsExact) {
  EXPECT_EQ(McNemarExact(0, 0), 1);
  EXPECT_NEAR(McNemarExact(5, 0), 2.0 / 32, 1e-12);               // 2 · 2⁻⁵
  EXPECT_NEAR(McNemarExact(1, 7), 2 * (1 + 8) / 256.0, 1e-12);    // 2 · (C(8,0) + C(8,1)) / 2⁸
  EXPECT_NEAR(McNemarExact(600, 600), 1, 1e-9);
  EXPECT_LT(McNemarExact(700, 500), 1e-7);
}

TEST(StatsTest, HolmStepsDownAndStaysMonotone) {
  const std::vector<double> adjusted = HolmAdjust({0.01, 0.04, 0.03, 0.005});
  EXPECT_DOUBLE_EQ(adjusted[3], 0.02);
  EXPECT_DOUBLE_EQ(adjusted[0], 0.03);
  EXPECT_DOUBLE_EQ(adjusted[2], 0.06);
  EXPECT_DOUBLE_EQ(adjusted[1], 0.06);  // 0.04, raised to its predecessor's
}

TEST(StatsTest, PairedComparisonSeesWhatSeparateIntervalsHide) {
  // b is right wherever a is, and on 15 of 200 more: the difference is certain though the scores overlap.
  std::vector<double> a, b;
  std::vector<std::string> groups;
  for (int i = 0; i < 200; ++i) {
    a.push_back(i % 2);
    b.push_back(i % 2 == 1 || i % 13 == 0);
    groups.push_back(fmt::format("g{}", i));
  }
  const PairedDifference difference = ComparePaired(b, a, groups, 2000, 5);
  EXPECT_EQ(difference.only_a, 8);
  EXPECT_EQ(difference.only_b, 0);
  EXPECT_NEAR(difference.mean, 8.0 / 200, 1e-12);
  EXPECT_GT(difference.interval.low, 0);
  EXPECT_LT(difference.p_bootstrap, 0.01);
  EXPECT_NEAR(difference.p_mcnemar, 2.0 / 256, 1e-12);
}

TEST(StatsTest, EqualRunsDoNotDiffer) {
  const std::vector<double> scores = {1, 0, 1, 1, 0};
  const PairedDifference difference = ComparePaired(scores, scores, {"a", "b", "c", "d", "e"}, 200, 1);
  EXPECT_EQ(difference.mean, 0);
  EXPECT_EQ(difference.p_bootstrap, 1);
  EXPECT_EQ(difference.p_mcnemar, 1);
}

}  // namespace
}  // namespace lingshu
