// Facts of the order: nothing lost, nothing doubled, nothing remembered.
#include "train/data_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace lingshu {
namespace {

// `groups` images with `questions` each: 100 tokens of image, 10 of question.
std::vector<OrderItem> Items(int64_t groups, int64_t questions) {
  std::vector<OrderItem> items;
  for (int64_t g = 0; g < groups; ++g)
    for (int64_t q = 0; q < questions; ++q) items.push_back({.group = g, .num_tokens = 110, .shared_tokens = 100});
  return items;
}

std::vector<int64_t> Flat(const std::vector<StepPlan>& steps) {
  std::vector<int64_t> all;
  for (const StepPlan& step : steps)
    for (const MicroBatch& batch : step) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

void ExpectEachOnce(std::vector<int64_t> order, int64_t n) {
  std::sort(order.begin(), order.end());
  ASSERT_EQ(static_cast<int64_t>(order.size()), n);
  for (int64_t i = 0; i < n; ++i) ASSERT_EQ(order[i], i);
}

constexpr OrderOptions kPacked = {.seed = 5, .micro_batch_size = 1, .micro_batches_per_step = 2, .packing = true, .max_length = 400, .group_size_max = 4};

TEST(DataOrder, TakesEveryExampleExactlyOnceAnEpoch) {
  for (const int64_t epoch : {0, 1, 2}) {
    ExpectEachOnce(Flat(PlanEpoch(Items(13, 7), kPacked, epoch)), 91);
    ExpectEachOnce(Flat(PlanEpoch(Items(13, 7), {.seed = 5, .micro_batch_size = 4, .micro_batches_per_step = 3}, epoch)), 91);
  }
}

TEST(DataOrder, DependsOnSeedAndEpochAlone) {
  const auto items = Items(10, 3);
  EXPECT_EQ(PlanEpoch(items, kPacked, 1), PlanEpoch(items, kPacked, 1));
  EXPECT_NE(PlanEpoch(items, kPacked, 1), PlanEpoch(items, kPacked, 0));
  OrderOptions other = kPacked;
  other.seed = 6;
  EXPECT_NE(PlanEpoch(items, kPacked, 1), PlanEpoch(items, other, 1));
}

TEST(DataOrder, KeepsAMicroBatchWithinItsTokensCountingSharedBeginningsOnce) {
  const auto items = Items(20, 6);
  for (const StepPlan& step : PlanEpoch(items, kPacked, 0))
    for (const MicroBatch& batch : step) {
      std::map<int64_t, int64_t> count;
      for (const int64_t i : batch) ++count[items[i].group];
      int64_t tokens = 0;
      for (const auto& [group, n] : count) {
        tokens += 100 + 10 * n;
        EXPECT_LE(n, kPacked.group_size_max);
      }
      EXPECT_LE(tokens, kPacked.max_length);
    }
}

TEST(DataOrder, PutsQuestionsOfAnImageTogether) {
  // 4 questions of an image cost 140 tokens: two images fit 400 tokens, so 12 images of 4 questions make 6 micro-batches.
  const auto steps = PlanEpoch(Items(12, 4), kPacked, 0);
  EXPECT_EQ(steps.size(), 3u);
  for (const StepPlan& step : steps)
    for (const MicroBatch& batch : step) EXPECT_EQ(batch.size(), 8u);
}

TEST(DataOrder, NeverExceedsTheGroupLimitEvenWhenOneImageIsAllThereIs) {
  for (const StepPlan& step : PlanEpoch(Items(1, 10), kPacked, 0))
    for (const MicroBatch& batch : step) EXPECT_LE(batch.size(), 4u);
}

TEST(DataOrder, FillsPlainMicroBatchesAndLeavesOnlyTheLastShort) {
  const auto steps = PlanEpoch(Items(10, 1), {.seed = 1, .micro_batch_size = 3, .micro_batches_per_step = 2}, 0);
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0][0].size(), 3u);
  EXPECT_EQ(steps[1].size(), 2u);
  EXPECT_EQ(steps[1][1].size(), 1u);
}

}  // namespace
}  // namespace lingshu
