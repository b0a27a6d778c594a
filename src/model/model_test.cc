// Facts of the forward pass that need no reference: sharing a prefix changes nothing, gradients are those of the function,
// a model that was saved loads as the same bytes.
#include "model/model.h"

#include <cmath>
#include <filesystem>

#include <unistd.h>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "batch/fixtures.h"
#include "batch/pack.h"
#include "tensor/ops.h"

namespace lingshu {
namespace {

std::shared_ptr<Model> Trainable(uint64_t seed) {
  auto model = InitModel(TinyModelConfig(), seed);
  VisitWeights(*model, [](const std::string&, Weight& weight, const std::vector<int64_t>& shape) {
    if (shape.size() > 1) weight.value.mul_(5);
    weight.value.requires_grad_(true);
  });
  return model;
}

Tensor Loss(const Model& model, const Batch& batch) {
  const Tensor labels = ToTensor(batch.labels, {batch.num_tokens()});
  const Tensor rows = (labels != kIgnoreIndex).nonzero().squeeze(1);
  const Tensor hidden = ForwardBatch(model, batch).index_select(0, rows);
  return CrossEntropyRows(Logits(model, hidden), labels.index_select(0, rows)).mean();
}

std::vector<Example> QuestionsOnTwoImages(const ModelConfig& config) {
  const EncodedImagePtr a = TinyImage(config, 12, 10, 1), b = TinyImage(config, 2, 4, 2);
  return {TinyExample(config, {a}, 5, 3, 10), TinyExample(config, {a}, 4, 2, 11), TinyExample(config, {b}, 6, 1, 12),
          TinyExample(config, {a}, 3, 4, 13), TinyExample(config, {}, 5, 2, 14)};
}

std::vector<const Example*> Pointers(const std::vector<Example>& examples) {
  std::vector<const Example*> pointers;
  for (const Example& example : examples) pointers.push_back(&example);
  return pointers;
}

std::map<std::string, Tensor> Gradients(Model& model, const Batch& batch) {
  Loss(model, batch).backward();
  std::map<std::string, Tensor> gradients;
  VisitWeights(model, [&](const std::string& name, Weight& weight, const std::vector<int64_t>&) {
    gradients[name] = weight.value.grad().clone();
    weight.value.mutable_grad() = Tensor();
  });
  return gradients;
}

TEST(Model, SharedPrefixesGiveTheLossAndGradientsOfSeparateRows) {
  const auto model = Trainable(1);
  const auto examples = QuestionsOnTwoImages(model->config);
  const Batch shared = PackExamples(Pointers(examples), model->config, true);
  const Batch apart = PackExamples(Pointers(examples), model->config, false);
  ASSERT_LT(shared.num_tokens(), apart.num_tokens());
  EXPECT_NEAR(Loss(*model, shared).item<double>(), Loss(*model, apart).item<double>(), 1e-5);
  const auto a = Gradients(*model, shared), b = Gradients(*model, apart);
  for (const auto& [name, gradient] : a) {
    const double scale = b.at(name).abs().max().item<double>();
    EXPECT_GT(scale, 0) << name << " gets no gradient";
    // float32 sums in another order: a few 1e-6 of the largest entry.
    EXPECT_LT((gradient - b.at(name)).abs().max().item<double>(), 3e-5 * scale + 1e-8) << name;
  }
}

TEST(Model, GradientsEqualDifferencesOfTheLoss) {
  const auto model = Trainable(2);
  const auto examples = QuestionsOnTwoImages(model->config);
  const Batch batch = PackExamples(Pointers(examples), model->config, true);
  const auto gradients = Gradients(*model, batch);
  const at::NoGradGuard no_grad;
  VisitWeights(*model, [&](const std::string& name, Weight& weight, const std::vector<int64_t>&) {
    // Along the gradient's own direction the slope is its norm.
    const Tensor& gradient = gradients.at(name);
    const double norm = gradient.norm().item<double>(), step = 2e-3 / std::max(norm, 1e-3);
    weight.value.add_(gradient, step);
    const double up = Loss(*model, batch).item<double>();
    weight.value.sub_(gradient, 2 * step);
    const double down = Loss(*model, batch).item<double>();
    weight.value.add_(gradient, step);
    // The loss moves by about 2e-3 · norm; float32 rounds it at 2e-7, the curvature's share is third order.
    EXPECT_NEAR((up - down) / (2 * step * norm), norm, 0.02 * norm + 2e-4) << name;
  });
}

// The fused float32 operators against libtorch's own compositions in float64, at the nano shape: heads of whole vectors, several
// images, long rows, branches of a shared prefix.
TEST(Model, GradientsEqualThoseOfComposedOperatorsInDouble) {
  ModelConfig config = LoadModelShape("configs/model/nano.yaml");
  config.vision.depth = 2, config.vision.fullatt_block_indexes = {1}, config.text.num_hidden_layers = 2;
  const auto fused = InitModel(config, 7), composed = InitModel(config, 7);
  for (const auto& model : {fused, composed})
    VisitWeights(*model, [&](const std::string&, Weight& weight, const std::vector<int64_t>& shape) {
      if (shape.size() > 1) weight.value.mul_(2);
      if (model == composed) weight.value = weight.value.to(at::kDouble);
      weight.value.requires_grad_(true);
    });
  std::vector<Example> examples;
  for (uint64_t i = 0; i < 5; ++i) {
    const EncodedImagePtr image = TinyImage(config, 8, 8, i);
    for (uint64_t k = 0; k < 5; ++k) examples.push_back(TinyExample(config, {image}, 12 + 3 * static_cast<int64_t>(k), 4, 10 * i + k));
  }
  const Batch batch = PackExamples(Pointers(examples), config, true);
  EXPECT_NEAR(Loss(*fused, batch).item<double>(), Loss(*composed, batch).item<double>(), 1e-5);
  const auto a = Gradients(*fused, batch), b = Gradients(*composed, batch);
  for (const auto& [name, gradient] : b) {
    const double cosine = ((a.at(name).to(at::kDouble) * gradient).sum() / (a.at(name).to(at::kDouble).norm() * gradient.norm())).item<double>();
    EXPECT_GT(cosine, 0.99999) << name;
    // The composed norms and losses round to float32 as well: the embedding, which collects every token, differs by 1.2e-4.
    EXPECT_NEAR(a.at(name).norm().item<double>() / gradient.norm().item<double>(), 1, 5e-4) << name;
  }
}

TEST(Model, SavesAndLoadsTheSameBytes) {
  const fs::path folder = fs::temp_directory_path() / ("lingshu_model_test_" + std::to_string(::getpid()));
  const auto model = InitModel(TinyModelConfig(), 5);
  SaveModel(*model, folder);
  const auto again = LoadModel(folder);
  std::map<std::string, std::string> hashes;
  VisitWeights(*model, [&](const std::string& name, Weight& weight, const auto&) { hashes[name] = TensorSha256(weight.value); });
  VisitWeights(*again, [&](const std::string& name, Weight& weight, const auto&) { EXPECT_EQ(TensorSha256(weight.value), hashes.at(name)) << name; });
  EXPECT_EQ(ToJson(again->config).dump(), ToJson(model->config).dump());
  fs::remove_all(folder);
}

TEST(Model, NamesWeightsThatAreNotFinite) {
  const fs::path folder = fs::temp_directory_path() / ("lingshu_model_nan_" + std::to_string(::getpid()));
  const auto model = InitModel(TinyModelConfig(), 5);
  model->layers[1].o_proj.value[0][0] = NAN;
  SaveModel(*model, folder);
  try {
    LoadModel(folder);
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(e.message().find("model.layers.1.self_attn.o_proj.weight"), std::string::npos);
  }
  fs::remove_all(folder);
}

TEST(Model, CountsOfFeaturesAndPlaceholdersMustAgree) {
  const auto model = InitModel(TinyModelConfig(), 5);
  Example example = TinyExample(model->config, {TinyImage(model->config, 4, 4, 1)}, 3, 1, 1);
  Batch batch = PackExamples({&example}, model->config, false);
  batch.input_ids[12] = 1;  // one placeholder less
  EXPECT_THROW(ForwardBatch(*model, batch), Error);
}

TEST(Model, BFloat16StaysWithinItsRounding) {
  const auto model = Trainable(4);
  const at::NoGradGuard no_grad;
  const auto examples = QuestionsOnTwoImages(model->config);
  const Batch batch = PackExamples(Pointers(examples), model->config, true);
  const double exact = Loss(*model, batch).item<double>();
  VisitWeights(*model, [](const std::string&, Weight& weight, const auto&) { weight.value = weight.value.to(at::kBFloat16); });
  // 8 bits of mantissa: relative 2^-8 an operation, some ten operations deep on a loss of about 5.
  EXPECT_NEAR(Loss(*model, batch).item<double>(), exact, 0.05 * exact);
}

}  // namespace
}  // namespace lingshu
