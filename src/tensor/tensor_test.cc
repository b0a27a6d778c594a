// The door's promises: work is spread over all threads, and a Linear's rows and gradients are what they should be.
#include "tensor/tensor.h"

#include <mutex>
#include <set>
#include <thread>

#include <gtest/gtest.h>

namespace lingshu {
namespace {

TEST(ForRanges, UsesEveryThread) {
  ConfigureTorch(2);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  int64_t sum = 0;
  ForRanges(100, 1, [&](int64_t begin, int64_t end) {
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
    sum += end - begin;
  });
  EXPECT_EQ(sum, 100);
  EXPECT_EQ(threads.size(), 2u);
}

Tensor RandomTensor(at::IntArrayRef shape) { return at::randn(shape, at::kDouble).to(at::kFloat); }

TEST(Linear, ValuesAndGradientsAreLibtorchs) {
  at::manual_seed(1);
  for (const bool has_bias : {false, true}) {
    Tensor x = RandomTensor({7, 53, 40}), w = RandomTensor({33, 40}), b = RandomTensor({33});
    const Tensor dy = RandomTensor({7, 53, 33});
    std::vector<Tensor> ours, theirs;
    for (const bool is_ours : {true, false}) {
      std::vector<Tensor> leaves;
      for (const Tensor& value : {x, w, b}) leaves.push_back(value.clone().requires_grad_(true));
      const Tensor y = !is_ours    ? at::linear(leaves[0], leaves[1], has_bias ? std::optional(leaves[2]) : std::nullopt)
                       : has_bias ? Linear(leaves[0], {leaves[1]}, {leaves[2]})
                                  : Linear(leaves[0], {leaves[1]});
      y.backward(dy);
      (is_ours ? ours : theirs) = {y.detach(), leaves[0].grad(), leaves[1].grad(), has_bias ? leaves[2].grad() : b};
    }
    for (size_t i = 0; i < ours.size(); ++i) {
      ASSERT_EQ(ours[i].sizes(), theirs[i].sizes()) << i;
      EXPECT_LT((ours[i] - theirs[i]).abs().max().item<double>(), 1e-4) << i;  // sums of up to 371 float32 products
    }
  }
}

TEST(Linear, FrozenWeightsGetNoGradient) {
  const Tensor x = RandomTensor({5, 8}).requires_grad_(true), w = RandomTensor({4, 8});
  Linear(x, {w}).sum().backward();
  EXPECT_TRUE(x.grad().defined());
  EXPECT_FALSE(w.grad().defined());
}

}  // namespace
}  // namespace lingshu
