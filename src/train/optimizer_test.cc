// Facts of AdamW: against plain loops, clipping, decay, and threads.
#include "train/optimizer.h"

#include <cmath>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/rng.h"
#include "base/threads.h"
#include "batch/fixtures.h"

namespace lingshu {
namespace {

Tensor Noise(at::IntArrayRef shape, uint64_t seed) {
  Tensor tensor = at::empty(shape, at::kFloat);
  Rng rng(seed);
  for (int64_t i = 0; i < tensor.numel(); ++i) tensor.data_ptr<float>()[i] = static_cast<float>(rng.Normal());
  return tensor;
}

Parameter Leaf(const Tensor& value, double learning_rate, double weight_decay) {
  return {"w", value.clone().requires_grad_(true), learning_rate, weight_decay};
}

OptimizerConfig Config(double max_grad_norm) {
  OptimizerConfig config;
  config.betas = {0.9, 0.99};
  config.max_grad_norm = max_grad_norm;
  return config;
}

TEST(AdamW, FollowsTheAlgorithmOfThePaper) {
  constexpr double kRate = 0.1, kDecay = 0.2, kEps = 1e-8;
  constexpr int64_t kSize = 37;
  const Parameter parameter = Leaf(Noise({kSize}, 1), kRate, kDecay);
  AdamW optimizer({parameter}, Config(0));
  std::vector<double> w(kSize), m(kSize), v(kSize);
  for (int64_t i = 0; i < kSize; ++i) w[i] = parameter.value[i].item<double>();
  for (int64_t t = 1; t <= 5; ++t) {
    const Tensor grad = Noise({kSize}, 10 + t);
    const double factor = 0.3 * static_cast<double>(t);
    optimizer.ClearGradients();
    (parameter.value * grad).sum().backward();
    optimizer.Step(factor, optimizer.GradNorm());
    for (int64_t i = 0; i < kSize; ++i) {
      const double g = grad[i].item<double>();
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.99 * v[i] + 0.01 * g * g;
      const double step = m[i] / (1 - std::pow(0.9, t)) / (std::sqrt(v[i] / (1 - std::pow(0.99, t))) + kEps);
      w[i] -= kRate * factor * (step + kDecay * w[i]);
    }
  }
  // Five steps of float32 rounding on values of order 1.
  for (int64_t i = 0; i < kSize; ++i) EXPECT_NEAR(parameter.value[i].item<double>(), w[i], 5e-6) << i;
}

TEST(AdamW, ScalesGradientsDownToTheNorm) {
  const Parameter parameter = Leaf(at::zeros({2}), 0.1, 0);
  AdamW optimizer({parameter}, Config(1));
  (parameter.value * at::tensor(std::vector<float>{30, 40})).sum().backward();
  EXPECT_DOUBLE_EQ(optimizer.GradNorm(), 50);
  optimizer.Step(1, 50);
  optimizer.VisitState([](const std::string& name, Tensor& state) {
    const double scaled = 0.1 * 0.8;  // (1 − β₁) · 40 / 50
    EXPECT_NEAR(state[1].item<double>(), name == "m.w" ? scaled : 0.01 * 0.8 * 0.8, 1e-7) << name;
  });
}

TEST(AdamW, TreatsAMissingGradientAsZero) {
  const Parameter parameter = Leaf(at::ones({3}), 0.1, 0.5);
  AdamW optimizer({parameter}, Config(1));
  EXPECT_EQ(optimizer.GradNorm(), 0);
  optimizer.Step(1, 0);
  EXPECT_FLOAT_EQ(parameter.value[0].item<float>(), 0.95f);  // decay alone
}

TEST(AdamW, SeesANonFiniteGradient) {
  const Parameter parameter = Leaf(at::ones({3}), 0.1, 0);
  AdamW optimizer({parameter}, Config(1));
  (parameter.value * at::tensor(std::vector<float>{1, NAN, 1})).sum().backward();
  EXPECT_FALSE(std::isfinite(optimizer.GradNorm()));
  EXPECT_THROW(optimizer.Step(1, optimizer.GradNorm()), Error);
}

TEST(AdamW, GivesTheSameBytesForAnyNumberOfThreads) {
  std::string hashes[2];
  double norms[2];
  for (const int threads : {1, 3}) {
    SetNumThreads(threads);
    const Parameter parameter = Leaf(Noise({517, 403}, 4), 0.01, 0.1);  // four chunks, the last one short
    AdamW optimizer({parameter}, Config(1));
    (parameter.value * Noise({517, 403}, 5)).sum().backward();
    norms[threads == 1] = optimizer.GradNorm();
    optimizer.Step(1, norms[threads == 1]);
    hashes[threads == 1] = TensorSha256(parameter.value.detach());
  }
  SetNumThreads(0);
  EXPECT_EQ(norms[0], norms[1]);
  EXPECT_EQ(hashes[0], hashes[1]);
}

TEST(AdamW, KeepsAFloat32MasterOfANarrowWeight) {
  const Parameter parameter = Leaf(at::ones({4}).to(at::kBFloat16), 1e-4, 0);
  AdamW optimizer({parameter}, Config(0));
  for (int i = 0; i < 100; ++i) {
    optimizer.ClearGradients();
    parameter.value.sum().backward();
    optimizer.Step(1, optimizer.GradNorm());
  }
  // A hundred steps of 1e-4, each far below the spacing of bfloat16 at 1 (2⁻⁸ below it).
  EXPECT_NEAR(parameter.value[0].item<float>(), 0.99f, 1.0f / 256);
  EXPECT_LT(parameter.value[0].item<float>(), 1.0f);
}

TEST(SelectParameters, DecaysMatricesAndGivesEachGroupItsRate) {
  const auto model = InitModel(TinyModelConfig(), 1);
  StageConfig config;
  config.learning_rate = {.vision = 1, .merger = 2, .language = 3};
  config.optimizer.weight_decay = 0.1;
  config.trainable.vision = false;
  int64_t vision = 0;
  for (const Parameter& parameter : SelectParameters(*model, config)) {
    vision += GroupOf(parameter.name) == WeightGroup::kVision;
    EXPECT_EQ(parameter.learning_rate, GroupOf(parameter.name) == WeightGroup::kMerger ? 2 : 3) << parameter.name;
    EXPECT_EQ(parameter.weight_decay, parameter.value.dim() > 1 ? 0.1 : 0) << parameter.name;
    EXPECT_TRUE(parameter.value.requires_grad());
  }
  EXPECT_EQ(vision, 0);
  EXPECT_FALSE(model->visual.patch_embed.value.requires_grad());
}

}  // namespace
}  // namespace lingshu
