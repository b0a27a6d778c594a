// Facts of the learning rate.
#include "train/schedule.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lingshu {
namespace {

TEST(Schedule, WarmsUpFromTheFirstStepWithoutWastingIt) {
  EXPECT_DOUBLE_EQ(LearningRateFactor(0, 1000, 100), 0.01);
  EXPECT_DOUBLE_EQ(LearningRateFactor(99, 1000, 100), 1.0);
  EXPECT_DOUBLE_EQ(LearningRateFactor(100, 1000, 100), 1.0);
}

TEST(Schedule, FollowsHalfACosineTowardsZero) {
  EXPECT_NEAR(LearningRateFactor(550, 1000, 100), 0.5, 1e-12);
  EXPECT_GT(LearningRateFactor(999, 1000, 100), 0.0);
  EXPECT_LT(LearningRateFactor(999, 1000, 100), 1e-5);
}

TEST(Schedule, HasOnlyAWarmUpWhenTheStageIsShorterThanIt) {
  EXPECT_DOUBLE_EQ(LearningRateFactor(4, 5, 10), 0.5);
  EXPECT_DOUBLE_EQ(LearningRateFactor(0, 5, 0), 1.0);
}

TEST(Schedule, RefusesStepsBeyondTheEnd) { EXPECT_THROW(LearningRateFactor(5, 5, 0), Error); }

}  // namespace
}  // namespace lingshu
