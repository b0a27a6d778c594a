// Softmax cross entropy against plain loops in double.
#include "kernels/fused.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"

namespace lingshu {
namespace {

std::vector<float> RandomLogits(int64_t n, uint64_t seed) {
  Rng rng(seed);
  std::vector<float> logits;
  for (int64_t i = 0; i < n; ++i) logits.push_back(static_cast<float>(rng.Uniform(-20, 20)));
  return logits;
}

double PlainLogSumExp(const float* x, int64_t n) {
  double max = x[0], sum = 0;
  for (int64_t i = 0; i < n; ++i) max = std::max(max, static_cast<double>(x[i]));
  for (int64_t i = 0; i < n; ++i) sum += std::exp(x[i] - max);
  return max + std::log(sum);
}

TEST(LogSumExp, EqualsPlainLoopsAtEveryLength) {
  for (const int64_t n : {1, 5, 15, 16, 17, 255, 256, 257, 4101, 151936}) {
    const std::vector<float> logits = RandomLogits(n, static_cast<uint64_t>(n));
    EXPECT_NEAR(LogSumExp(logits.data(), n), PlainLogSumExp(logits.data(), n), 2e-7) << n;
  }
}

TEST(ArgMax, IsTheFirstOfTheLargestAtEveryLength) {
  Rng rng(3);
  for (int64_t n = 1; n < 70; ++n) {
    std::vector<float> x(static_cast<size_t>(n));
    for (float& value : x) value = static_cast<float>(rng.Below(9)) - 20.0f;  // many ties, all negative
    EXPECT_EQ(ArgMax(x.data(), n), std::max_element(x.begin(), x.end()) - x.begin()) << n;
  }
}

TEST(LogSumExp, KeepsWhatIsNotFiniteApart) {
  constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();
  for (const int64_t place : {0, 7, 20, 36}) {  // in a vector and in the tail
    std::vector<float> logits = RandomLogits(37, 1);
    const std::vector<float> kept = logits;
    logits[place] = -kInf;  // a forbidden token: it counts nothing
    EXPECT_NEAR(LogSumExp(logits.data(), 37), PlainLogSumExp(logits.data(), 37), 2e-7);
    for (const float bad : {kInf, kNan}) {
      logits[place] = bad;
      EXPECT_TRUE(std::isnan(LogSumExp(logits.data(), 37))) << bad << " at " << place;
    }
  }
  const std::vector<float> none(40, -kInf);
  EXPECT_FALSE(std::isfinite(LogSumExp(none.data(), 40)));
}

TEST(CrossEntropy, LossAndGradientEqualPlainLoops) {
  constexpr int64_t kRows = 3, kVocab = 1003;
  const std::vector<float> logits = RandomLogits(kRows * kVocab, 2), dloss = {0.25f, -1.0f, 3.0f};
  const std::vector<int64_t> labels = {0, 500, 1002};
  std::vector<float> loss(kRows), lse(kRows), dlogits(kRows * kVocab);
  CrossEntropyForward(logits.data(), labels.data(), kRows, kVocab, loss.data(), lse.data());
  CrossEntropyBackward(dloss.data(), logits.data(), labels.data(), lse.data(), kRows, kVocab, dlogits.data());
  for (int64_t r = 0; r < kRows; ++r) {
    const float* row = logits.data() + r * kVocab;
    const double total = PlainLogSumExp(row, kVocab);
    EXPECT_NEAR(loss[r], total - row[labels[r]], 2e-6) << r;  // half an ulp of values below 64, and the float sums
    for (int64_t i = 0; i < kVocab; ++i) {
      const double expected = dloss[r] * (std::exp(row[i] - total) - (i == labels[r]));
      ASSERT_NEAR(dlogits[r * kVocab + i], expected, 4e-6) << r << " " << i;
    }
  }
}

}  // namespace
}  // namespace lingshu
