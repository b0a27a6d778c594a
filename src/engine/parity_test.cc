// Parity with transformers' Qwen2_5_VLForConditionalGeneration on the committed numbers of tools/golden/model.py: positions,
// image features, hidden states, logits, loss, the gradient of every weight, and greedy tokens with their log-probabilities.
#include <cmath>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/config.h"
#include "base/files.h"
#include "batch/pack.h"
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
    const int64_t patches = image->grid_thw[0] * image->grid_thw[1] * image->grid_thw[2];
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
  const int64_t dim = golden.model->config.vision.patch_dim();
  ExpectTensor(VisionForward(*golden.model, ToTensor(golden.batch.pixel_values, {static_cast<int64_t>(golden.batch.pixel_values.size()) / dim, dim}),
                             golden.batch.image_grid_thw),
               expect.at("image_embeds"), "image_embeds");
}

TEST_P(Parity, LogitsLossAndGradients) {
  const Golden golden = LoadGolden(GetParam());
  const Json& expect = golden.json.at("expect");
  VisitWeights(*golden.model, [](const std::string&, Weight& weight, const auto&) { weight.value.requires_grad_(true); });
  const Tensor hidden = ForwardBatch(*golden.model, golden.batch);
  ExpectTensor(hidden, expect.at("hidden").back(), "final hidden states");
  const Tensor logits = Logits(*golden.model, hidden);
  for (const Json& top : expect.at("logits").at("top"))
    EXPECT_NEAR(logits[-1][top.at(0).get<int64_t>()].item<double>(), top.at(1).get<double>(), kValueTolerance);
  const Tensor labels = ToTensor(golden.batch.labels, {golden.batch.num_tokens()});
  const Tensor rows = (labels != kIgnoreIndex).nonzero().squeeze(1);
  const Tensor loss = CrossEntropyRows(logits.index_select(0, rows), labels.index_select(0, rows)).mean();
  EXPECT_NEAR(loss.item<double>(), expect.at("loss").get<double>(), kValueTolerance);
  loss.backward();
  const Json& norms = expect.at("grad_norms");
  VisitWeights(*golden.model, [&](const std::string& name, Weight& weight, const auto&) {
    if (!norms.contains(name)) {
      // A text-only prompt gives the vision tower no gradient.
      EXPECT_TRUE(golden.example.images.empty()) << name;
      return;
    }
    const double norm = norms.at(name).template get<double>();
    const double own = weight.value.grad().defined() ? weight.value.grad().norm().item<double>() : 0;
    EXPECT_NEAR(own, norm, 1e-4 * norm + 1e-7) << name;
  });
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
