#include "eval/repeats.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "eval/stats.h"

namespace lingshu {
namespace {

TEST(RepeatsTest, PassAtKIsTheChanceOfOneRight) {
  EXPECT_EQ(PassAtK(5, 0, 3), 0);
  EXPECT_EQ(PassAtK(5, 5, 1), 1);
  EXPECT_NEAR(PassAtK(5, 2, 1), 0.4, 1e-12);
  EXPECT_NEAR(PassAtK(5, 2, 2), 1 - 3.0 / 10, 1e-12);  // C(3, 2) of C(5, 2) draws have none
  EXPECT_EQ(PassAtK(5, 2, 4), 1);
  EXPECT_NEAR(PassAtK(1000, 1, 100), 0.1, 1e-12);
  EXPECT_THROW(PassAtK(3, 4, 1), Error);
}

TEST(RepeatsTest, MajorityIsOfThePredictions) {
  EXPECT_EQ(MajorityOfK({"A", "B", "B", "A", "A"}, {0, 1, 1, 0, 0}, 3), 1);
  EXPECT_EQ(MajorityOfK({"A", "B", "B", "A", "A"}, {0, 1, 1, 0, 0}, 5), 0);
  EXPECT_EQ(MajorityOfK({"A", "B"}, {0, 1}, 2), 0.5);
  EXPECT_EQ(MajorityOfK({"", "", "B"}, {0, 0, 1}, 3), 1);  // what was not understood has no vote
  EXPECT_EQ(MajorityOfK({"", ""}, {0, 0}, 2), 0);
}

// scipy.stats.chi2.sf((|b - c| - 1)² / (b + c), 1)
TEST(StatsTest, McNemarByChiSquare) {
  EXPECT_NEAR(McNemarChiSquare(10, 2), 0.04330814281079206, 1e-12);
  EXPECT_NEAR(McNemarChiSquare(25, 40), 0.08247788747320971, 1e-12);
  EXPECT_EQ(McNemarChiSquare(7, 7), 1);
  EXPECT_EQ(McNemarChiSquare(0, 0), 1);
}

}  // namespace
}  // namespace lingshu
