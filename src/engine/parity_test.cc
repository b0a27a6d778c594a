// Parity with transformers' Qwen2_5_VLForConditionalGeneration on the committed numbers of tools/golden/model.py: positions,
// image features, hidden states, logits, loss, the gradient of every weight, greedy tokens with their log-probabilities, and bfloat16.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/config.h"
#include "base/files.h"
#include "batch/pack.h"
#include "checkpoint/safetensors.h"
#include "checkpoint/random_weights.h"
#include "engine/engine.h"
#include "tensor/ops.h"

namespace lingshu {
namespace {

// Values are of size 1 to 10 and come from float32 sums of some hundred terms in another order: about 1e-6 each, grown by
// at most five layers. Sums over a tensor of n values may differ by √n as much. (The promise to users is 1e-4.)
constexpr double kValueTolerance = 2e-5;

struct Golden {
  Json json;
  std::shared_ptr<Model> model;
  Example example;
  Batch batch;
};

Golden LoadGolden(const fs::path& path) {
  Golden golden{.json = ParseJson(ReadFile(path), path.string()), .model = nullptr, .example = {}, .batch = {}};
  ModelConfig config;
  Json model = golden.json.at("model");
  ConfigReader(path.string()).Fill(model, "", config);
  golden.model = InitModel(config, 1);
  VisitWeights(*golden.model, [](const std::string& name, Weight& weight, const std::vector<int64_t>& shape) {
    FillRandom(name, shape, weight.value.data_ptr<float>());
  });
  const auto ids = golden.json.at("input_ids").get<std::vector<int64_t>>();
  const auto labels = golden.json.at("labels").get<std::vector<int64_t>>();
  const int64_t merge = config.vision.spatial_merge_size;
  int64_t index = 0;
  for (const Json& grid : golden.json.at("image_grid_thw")) {
    auto image = std::make_shared<EncodedImage>();
    image->grid_thw = grid.get<std::array<int64_t, 3>>();
    const Json& seconds = golden.json.at("second_per_grid").at(static_cast<size_t>(index));
    image->is_video = !seconds.is_null();
    if (image->is_video) image->second_per_grid = seconds.get<double>();
    const int64_t patches = image->num_patches();
    image->num_tokens = patches / (merge * merge);
    image->hash = static_cast<uint64_t>(index + 1);
    image->pixel_values.resize(static_cast<size_t>(patches * config.vision.patch_dim()));
    FillRandom(fmt::format("pixel_values.{}", index++), {static_cast<int64_t>(image->pixel_values.size())}, image->pixel_values.data());
    golden.example.images.push_back(image);
  }
  // labels[t] is the next token or ignored: the target begins where they begin.
  size_t prompt = 0;
  while (prompt < labels.size() && labels[prompt] == kIgnoreIndex) ++prompt;
  golden.example.sample_id = golden.json.at("case").get<std::string>();
  golden.example.prompt_ids.assign(ids.begin(), ids.begin() + static_cast<int64_t>(prompt) + 1);
  golden.example.target_ids.assign(ids.begin() + static_cast<int64_t>(prompt) + 1, ids.end());
  golden.batch = PackExamples({&golden.example}, config, false);
  EXPECT_EQ(golden.batch.labels, labels);
  return golden;
}

void ExpectTensor(const Tensor& tensor, const Json& expect, const std::string& what) {
  const Tensor flat = tensor.detach().flatten();
  const double slack = kValueTolerance * std::sqrt(static_cast<double>(flat.numel()));
  EXPECT_NEAR(flat.sum(at::kDouble).item<double>(), expect.at("sum").get<double>(), 4 * slack) << what;
  EXPECT_NEAR(flat.abs().sum(at::kDouble).item<double>(), expect.at("abs_sum").get<double>(), 4 * slack) << what;
  for (int64_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(flat[i].item<double>(), expect.at("first").at(i).get<double>(), kValueTolerance) << what;
    EXPECT_NEAR(flat[flat.numel() - tensor.size(-1) + i].item<double>(), expect.at("last").at(i).get<double>(), kValueTolerance) << what;  // of the last row
  }
}

// Norm and products with the directions of tools/golden/model.py. Equal within 1e-4 of the norm: an angle whose cosine is below
// 0.9999 (error 0.014 of the norm) would pass eight products of unit variance with probability below 1e-15.
void ExpectGradient(const std::string& name, const Tensor& gradient, const Json& sketch) {
  const Tensor flat = gradient.flatten().to(at::kDouble);
  const double norm = sketch.at(0).get<double>(), slack = 1e-4 * norm + 1e-7;
  EXPECT_NEAR(flat.norm().item<double>(), norm, slack) << name;
  for (size_t k = 1; k < sketch.size(); ++k) {
    std::vector<float> direction(static_cast<size_t>(flat.numel()));
    FillRandom(fmt::format("{}.direction{}", name, k - 1), {flat.numel()}, direction.data());
    EXPECT_NEAR(flat.dot(ToTensor(direction, {flat.numel()}).to(at::kDouble)).item<double>(), sketch.at(k).get<double>(), slack) << name;
  }
}

// The loss of the golden batch, with gradients in the weights.
Tensor LossWithGradients(const Golden& golden, Tensor& logits) {
  VisitWeights(*golden.model, [](const std::string&, Weight& weight, const auto&) { weight.value.requires_grad_(true); });
  const Tensor hidden = ForwardBatch(*golden.model, golden.batch);
  ExpectTensor(hidden, golden.json.at("expect").at("hidden").back(), "final hidden states");
  logits = Logits(*golden.model, hidden);
  const Tensor labels = ToTensor(golden.batch.labels, {golden.batch.num_tokens()});
  const Tensor rows = (labels != kIgnoreIndex).nonzero().squeeze(1);
  const Tensor loss = CrossEntropyRows(logits.index_select(0, rows), labels.index_select(0, rows)).mean();
  loss.backward();
  return loss;
}

class Parity : public testing::TestWithParam<fs::path> {};

TEST_P(Parity, PositionsAndImageFeatures) {
  const Golden golden = LoadGolden(GetParam());
  const Json& expect = golden.json.at("expect");
  std::vector<int64_t> positions;
  for (const Json& axis : expect.at("position_ids"))
    for (const Json& position : axis) positions.push_back(position.get<int64_t>());
  EXPECT_EQ(golden.batch.position_ids, positions);
  if (golden.example.images.empty()) return;
  const at::NoGradGuard no_grad;
  // Beyond the prompt positions go on from the largest so far: of a long video, its time.
  EXPECT_EQ(ComputeRopePositions(golden.batch.input_ids, golden.example.images, golden.model->config).next, expect.at("next_position").get<int64_t>());
  const int64_t dim = golden.model->config.vision.patch_dim();
  ExpectTensor(VisionForward(*golden.model, ToTensor(golden.batch.pixel_values, {static_cast<int64_t>(golden.batch.pixel_values.size()) / dim, dim}),
                             golden.batch.image_grid_thw),
               expect.at("image_embeds"), "image_embeds");
}

TEST_P(Parity, LogitsLossAndGradients) {
  const Golden golden = LoadGolden(GetParam());
  const Json& expect = golden.json.at("expect");
  Tensor logits;
  const Tensor loss = LossWithGradients(golden, logits);
  for (const Json& top : expect.at("logits").at("top"))
    EXPECT_NEAR(logits[-1][top.at(0).get<int64_t>()].item<double>(), top.at(1).get<double>(), kValueTolerance);
  EXPECT_NEAR(loss.item<double>(), expect.at("loss").get<double>(), kValueTolerance);
  const Json& gradients = expect.at("gradients");
  VisitWeights(*golden.model, [&](const std::string& name, Weight& weight, const auto&) {
    if (!gradients.contains(name)) {
      // A text-only prompt gives the vision tower no gradient.
      EXPECT_TRUE(golden.example.images.empty()) << name;
      return;
    }
    ASSERT_TRUE(weight.value.grad().defined()) << name;
    ExpectGradient(name, weight.value.grad(), gradients.at(name));
  });
}

// Whole gradients, as tools/golden/model.py --gradients FOLDER writes them: cosine and length of every weight's.
TEST_P(Parity, LiveGradients) {
  const char* folder = std::getenv("LINGSHU_GRADIENTS");
  if (!folder) GTEST_SKIP() << "LINGSHU_GRADIENTS is not set: tools/golden/model.py --gradients makes the files";
  const Golden golden = LoadGolden(GetParam());
  Tensor logits;
  LossWithGradients(golden, logits);
  std::map<std::string, Tensor> own;
  VisitWeights(*golden.model, [&](const std::string& name, Weight& weight, const auto&) { own[name] = weight.value.grad(); });
  const SafetensorsFile file = SafetensorsFile::Open(fs::path(folder) / (golden.example.sample_id + ".safetensors"));
  double least = 1;
  for (const TensorView& view : file.tensors()) {
    std::vector<float> values(static_cast<size_t>(view.num_elements()));
    file.Read(view, std::as_writable_bytes(std::span(values)));
    const Tensor theirs = ToTensor(values, {view.num_elements()}).to(at::kDouble), ours = own.at(view.name).flatten().to(at::kDouble);
    if (theirs.norm().item<double>() == 0) continue;
    const double cosine = (theirs.dot(ours) / (theirs.norm() * ours.norm())).item<double>();
    EXPECT_GT(cosine, 0.9999) << view.name;
    EXPECT_NEAR((ours.norm() / theirs.norm()).item<double>(), 1, 1e-4) << view.name;
    least = std::min(least, cosine);
  }
  RecordProperty("least_cosine", fmt::format("{:.10f}", least));
  fmt::print("{}: {} gradients, least cosine {:.10f}\n", golden.example.sample_id, file.tensors().size(), least);
}

double Rms(const Tensor& x) { return std::sqrt(x.pow(2).mean().item<double>()); }

// The composed path, which other devices take, in bfloat16. "exact" has the same rounded weights and float32 arithmetic. Both
// libraries round the same intermediate results to 8 bits but for a few (rotary angles and the attention's softmax inside),
// so the errors are of one size though not equal: twice the reference's RMS is the bound, and three times its largest.
TEST_P(Parity, BFloat16IsAsExactAsTheReference) {
  const Golden golden = LoadGolden(GetParam());
  const Json& expect = golden.json.at("expect").at("bfloat16");
  const at::NoGradGuard no_grad;
  VisitWeights(*golden.model, [](const std::string&, Weight& weight, const auto&) { weight.value = weight.value.to(at::kBFloat16); });
  const auto exact_values = expect.at("exact").get<std::vector<float>>();
  const Tensor exact = ToTensor(exact_values, {static_cast<int64_t>(exact_values.size())});
  const Tensor difference = Logits(*golden.model, ForwardBatch(*golden.model, golden.batch))[-1].to(at::kFloat) - exact;
  EXPECT_LT(Rms(difference), 2 * expect.at("rms").get<double>());
  EXPECT_LT(difference.abs().max().item<double>(), 3 * expect.at("max").get<double>());
  EXPECT_GT(Rms(difference), 0);
  // The rounded weights in float32 arithmetic, which is what answers on the CPU compute: as close as float32 is.
  VisitWeights(*golden.model, [](const std::string&, Weight& weight, const auto&) { weight.value = weight.value.to(at::kFloat); });
  EXPECT_LT((Logits(*golden.model, ForwardBatch(*golden.model, golden.batch))[-1] - exact).abs().max().item<double>(), kValueTolerance);
}

// The engine on that path: its cache as tensors in bfloat16, prefill in chunks.
TEST_P(Parity, BFloat16EngineFollowsItsForward) {
  Golden golden = LoadGolden(GetParam());
  const at::NoGradGuard no_grad;
  VisitWeights(*golden.model, [](const std::string&, Weight& weight, const auto&) { weight.value = weight.value.to(at::kBFloat16); });
  golden.example.prompt_ids.insert(golden.example.prompt_ids.end(), golden.example.target_ids.begin(), golden.example.target_ids.end());
  golden.example.target_ids.clear();
  Engine engine(golden.model, nullptr, {.max_prefill_tokens = 16, .kv_cache_tokens = 4096, .attention = AttentionKind::kComposed}, "golden");
  const Answer answer = engine.Generate({{golden.example, {.max_new_tokens = 1, .should_ignore_eos = true, .logprobs = 10}}}).at(0);
  const Json& expect = golden.json.at("expect").at("bfloat16");
  const auto exact_values = expect.at("exact").get<std::vector<float>>();
  const Tensor exact = ToTensor(exact_values, {static_cast<int64_t>(exact_values.size())}).log_softmax(0);
  ASSERT_EQ(answer.top_logprobs.size(), 1u);
  for (const auto& [id, logprob] : answer.top_logprobs[0])
    EXPECT_NEAR(logprob, exact[id].item<double>(), 4 * expect.at("max").get<double>()) << id;  // and the normaliser's error
}

TEST_P(Parity, GreedyTokensAndLogprobs) {
  Golden golden = LoadGolden(GetParam());
  golden.example.prompt_ids.insert(golden.example.prompt_ids.end(), golden.example.target_ids.begin(), golden.example.target_ids.end());
  golden.example.target_ids.clear();
  const Json& greedy = golden.json.at("expect").at("greedy");
  Engine engine(golden.model, nullptr, {.max_prefill_tokens = 16, .kv_cache_tokens = 4096}, "golden");
  const Answer answer = engine.Generate({{golden.example, {.max_new_tokens = static_cast<int64_t>(greedy.at("ids").size()), .should_ignore_eos = true, .logprobs = 5}}}).at(0);
  EXPECT_EQ(answer.ids, greedy.at("ids").get<std::vector<int64_t>>());
  for (size_t i = 0; i < answer.ids.size(); ++i)
    for (size_t k = 0; k < 5; ++k) {
      const Json& top = greedy.at("top_logprobs").at(i).at(k);
      EXPECT_EQ(answer.top_logprobs[i][k].first, top.at(0).get<int64_t>());
      EXPECT_NEAR(answer.top_logprobs[i][k].second, top.at(1).get<double>(), kValueTolerance);
    }
}

INSTANTIATE_TEST_SUITE_P(Transformers, Parity, testing::ValuesIn(ListFiles("tests/golden/model", {".json"})),
                         [](const testing::TestParamInfo<fs::path>& info) { return info.param.stem().string(); });

}  // namespace
}  // namespace lingshu
