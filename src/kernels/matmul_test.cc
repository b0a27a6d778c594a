// A row's bits do not depend on its batch, and equal a chain of multiply-adds over k.
#include "kernels/matmul.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/rng.h"

namespace lingshu {
namespace {

std::vector<float> Random(int64_t n, uint64_t seed) {
  Rng rng(seed);
  std::vector<float> values;
  for (int64_t i = 0; i < n; ++i) values.push_back(static_cast<float>(rng.Uniform(-1, 1)));
  return values;
}

struct Problem {
  int64_t tokens, k, n;
  std::vector<float> x = Random(tokens * k, 1), w = Random(n * k, 2), bias = Random(n, 3);

  // Rows [begin, end) of x · wᵀ + bias, in panels of at most `panel_tokens`.
  std::vector<float> Rows(int64_t begin, int64_t end, int64_t panel_tokens = kPanelTokens) const {
    std::vector<float> y(static_cast<size_t>((end - begin) * n), NAN);
    for (int64_t t = begin; t < end; t += panel_tokens) {
      const int64_t count = std::min(panel_tokens, end - t);
      std::vector<float> panel(static_cast<size_t>(PanelFloats(count, k)));
      PackPanel(x.data() + t * k, count, k, panel.data());
      for (int64_t j = 0; j < n; j += kOutputBlock)
        MatmulPanel(panel.data(), count, k, w.data() + j * k, bias.data() + j, std::min(kOutputBlock, n - j),
                    y.data() + (t - begin) * n + j, n);
    }
    return y;
  }
};

TEST(Matmul, EqualsPlainSumsInDouble) {
  for (const auto& [tokens, k, n] : {std::array<int64_t, 3>{1, 1, 1}, {5, 17, 3}, {16, 64, 16}, {48, 33, 40}, {113, 100, 55}}) {
    const Problem problem{tokens, k, n};
    const std::vector<float> y = problem.Rows(0, tokens);
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t j = 0; j < n; ++j) {
        double sum = problem.bias[j];
        for (int64_t i = 0; i < k; ++i) sum += static_cast<double>(problem.x[t * k + i]) * problem.w[j * k + i];
        ASSERT_NEAR(y[t * n + j], sum, 1e-7 * static_cast<double>(k + 10)) << tokens << " " << k << " " << n << ": " << t << " " << j;
      }
  }
}

TEST(Matmul, ARowHasTheSameBitsInEveryBatch) {
  const Problem problem{113, 771, 37};  // odd sizes: tails of tokens, of k and of outputs
  const std::vector<float> all = problem.Rows(0, problem.tokens);
  for (const int64_t panel_tokens : {1, 7, 16, 32, 47}) EXPECT_EQ(problem.Rows(0, problem.tokens, panel_tokens), all) << panel_tokens;
  for (const int64_t t : {0, 15, 48, 112}) {
    const std::vector<float> alone = problem.Rows(t, t + 1);
    EXPECT_EQ(alone, std::vector<float>(all.begin() + t * problem.n, all.begin() + (t + 1) * problem.n)) << t;
  }
}

}  // namespace
}  // namespace lingshu
