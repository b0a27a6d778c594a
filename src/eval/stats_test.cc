#include "eval/stats.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

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

// Nothing can be said of the spread between one or two pictures: no interval that looks like knowledge, and no star.
TEST(StatsTest, FewClustersGiveNoPairedInterval) {
  const PairedDifference one = ComparePaired({1, 1, 0}, {0, 0, 0}, {"x", "x", "x"}, 2000, 1);
  EXPECT_EQ(one.interval.low, -1);
  EXPECT_EQ(one.interval.high, 1);
  EXPECT_EQ(one.p_bootstrap, 1);  // both signs of one sum are as far from 0
  const PairedDifference two = ComparePaired({1, 1}, {0, 0}, {"x", "y"}, 2000, 1);
  EXPECT_EQ(two.p_bootstrap, 0.5);  // 2 of 4 patterns
  const PairedDifference nine = ComparePaired(std::vector<double>(9, 1), std::vector<double>(9, 0), {"1", "2", "3", "4", "5", "6", "7", "8", "9"}, 2000, 1);
  EXPECT_EQ(nine.p_bootstrap, 2.0 / 512);
}

TEST(StatsTest, AlikeDifferencesHaveAnIntervalWithWidth) {
  std::vector<std::string> groups;
  for (int i = 0; i < 60; ++i) groups.push_back(std::to_string(i));
  const PairedDifference equal = ComparePaired(std::vector<double>(60, 1), std::vector<double>(60, 1), groups, 2000, 1);
  EXPECT_NEAR(equal.interval.low, -0.05, 1e-12);  // 3 of 60 the other way
  EXPECT_NEAR(equal.interval.high, 0.05, 1e-12);
  EXPECT_EQ(equal.p_bootstrap, 1);
  EXPECT_LT(ComparePaired(std::vector<double>(60, 1), std::vector<double>(60, 0), groups, 2000, 1).p_bootstrap, 1e-9);
}

TEST(StatsTest, EqualRunsDoNotDiffer) {
  const std::vector<double> scores = {1, 0, 1, 1, 0};
  const PairedDifference difference = ComparePaired(scores, scores, {"a", "b", "c", "d", "e"}, 200, 1);
  EXPECT_EQ(difference.mean, 0);
  EXPECT_EQ(difference.p_bootstrap, 1);
  EXPECT_EQ(difference.p_mcnemar, 1);
}

// statsmodels 0.14: mcnemar(exact=True), mcnemar(exact=False, correction=True), proportion_confint(method="wilson"), multipletests(method="holm").
TEST(StatsTest, AgreesWithStatsmodels) {
  EXPECT_NEAR(McNemarExact(12, 4), 0.076812744140625, 1e-12);
  EXPECT_NEAR(McNemarExact(0, 7), 0.015625, 1e-12);
  EXPECT_NEAR(McNemarExact(30, 31), 1.0, 1e-12);
  EXPECT_NEAR(McNemarExact(150, 100), 0.0018833009350761602, 1e-12);
  EXPECT_NEAR(McNemarChiSquare(12, 4), 0.08011831372763421, 1e-12);
  EXPECT_NEAR(McNemarChiSquare(150, 100), 0.0019415397850404208, 1e-12);
  EXPECT_NEAR(WilsonInterval(7, 10).low, 0.39677814746114537, 1e-12);
  EXPECT_NEAR(WilsonInterval(0, 20).high, 0.1611251580528194, 1e-12);
  EXPECT_NEAR(WilsonInterval(450, 451).low, 0.9875486682594155, 1e-12);
  const std::vector<double> holm = HolmAdjust({.01, .04, .03, .005, .2}), expected = {.04, .09, .09, .025, .2};
  for (size_t i = 0; i < holm.size(); ++i) EXPECT_NEAR(holm[i], expected[i], 1e-12);
}

// Ten clusters of one question each, seven won and three lost: a draw wins as often as a binomial of (10, 0.7) says, which can be summed.
TEST(StatsTest, BootstrapIsTheDistributionOfAllDraws) {
  const std::vector<double> a = {1, 1, 1, 1, 1, 1, 1, 0, 0, 0}, b = {0, 0, 0, 0, 0, 0, 0, 1, 1, 1};
  const std::vector<std::string> groups = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
  double share = 0;  // of draws whose mean is at most 0: five won or fewer
  for (int won = 0; won <= 5; ++won) share += std::tgamma(11) / (std::tgamma(won + 1) * std::tgamma(11 - won)) * std::pow(0.7, won) * std::pow(0.3, 10 - won);
  const PairedDifference found = ComparePaired(a, b, groups, /*resamples=*/200000, /*seed=*/3);
  EXPECT_NEAR(found.mean, 0.4, 1e-12);
  // Standard error of a share of 0.15 in 200,000 draws: 0.0008; four of them, twice because the test is two-sided.
  EXPECT_NEAR(found.p_bootstrap, 2 * share, 0.0065);
  // 2.5 % of draws win three or fewer (1.1 %, four: 4.7 %), 2.8 % win all ten.
  EXPECT_DOUBLE_EQ(found.interval.low, -0.2);
  EXPECT_DOUBLE_EQ(found.interval.high, 1);
}

TEST(StatsTest, MacroMeanCountsCellsTheSame) {
  const MacroMean macro = MacroMeanOf({1, 1, 1, 1, 0, 0}, {"a", "b", "c", "d", "e", "f"}, {0, 0, 0, 0, 1, 1}, 500, 1);
  EXPECT_DOUBLE_EQ(macro.mean, 0.5);  // the micro mean is 2 / 3
  EXPECT_LE(macro.interval.low, 0.5);
  EXPECT_GE(macro.interval.high, 0.5);
}

}  // namespace
}  // namespace lingshu
