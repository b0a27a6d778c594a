// The engine against the training forward: the same ids, and log-probabilities equal to the last digits of float32.
#include "engine/engine.h"

#include <cmath>

#include <gtest/gtest.h>

#include "base/error.h"
#include "batch/fixtures.h"
#include "batch/pack.h"
#include "engine/kv_cache.h"
#include "engine/sampler.h"
#include "tensor/ops.h"

namespace lingshu {
namespace {

std::shared_ptr<Model> TinyModel() {
  auto model = InitModel(TinyModelConfig(), 3);
  // Larger weights than at initialisation, so that answers depend on everything.
  VisitWeights(*model, [](const std::string&, Weight& weight, const std::vector<int64_t>& shape) {
    if (shape.size() > 1) weight.value.mul_(6);
  });
  return model;
}

// Greedy decoding by running the whole forward for every token.
std::vector<int64_t> PlainGreedy(const Model& model, Example example, int64_t count) {
  const at::NoGradGuard no_grad;
  const size_t prompt = example.prompt_ids.size();
  for (int64_t i = 0; i < count; ++i) {
    const Tensor hidden = ForwardBatch(model, PackExamples({&example}, model.config, false));
    Tensor logits = Logits(model, hidden.slice(0, hidden.size(0) - 1)).squeeze(0);
    for (const int64_t placeholder : {model.config.image_token_id, model.config.video_token_id}) logits[placeholder] = -INFINITY;
    example.prompt_ids.push_back(logits.argmax(-1).item<int64_t>());
  }
  return {example.prompt_ids.begin() + static_cast<int64_t>(prompt), example.prompt_ids.end()};
}

std::vector<Generation> TinyGenerations(const Model& model, double temperature) {
  const ModelConfig& config = model.config;
  const EncodedImagePtr image = TinyImage(config, 8, 12, 1);
  std::vector<Generation> generations;
  for (uint64_t i = 0; i < 5; ++i) {
    Generation generation{TinyExample(config, i % 2 ? std::vector<EncodedImagePtr>{} : std::vector<EncodedImagePtr>{image}, 5 + 3 * i, 0, i), {}};
    generation.sampling = {.max_new_tokens = 20, .temperature = temperature, .seed = 40 + i, .should_ignore_eos = true, .logprobs = 0};
    generations.push_back(generation);
  }
  return generations;
}

TEST(Engine, GreedyEqualsTheWholeForwardTokenByToken) {
  const auto model = TinyModel();
  const auto generations = TinyGenerations(*model, 0);
  Engine engine(model, nullptr, {.max_batch = 3, .max_prefill_tokens = 16, .kv_cache_tokens = 512}, "tiny");
  const auto answers = engine.Generate(generations);
  for (size_t i = 0; i < generations.size(); ++i) EXPECT_EQ(answers[i].ids, PlainGreedy(*model, generations[i].example, 20)) << i;
}

TEST(Engine, ReusesPagesOfAPromptSeenBeforeWithTheSameAnswer) {
  const auto model = TinyModel();
  const auto generations = TinyGenerations(*model, 0);
  Engine engine(model, nullptr, {.kv_cache_tokens = 2048}, "tiny");
  const auto first = engine.Generate(generations), second = engine.Generate(generations);
  for (size_t i = 0; i < generations.size(); ++i) EXPECT_EQ(first[i].ids, second[i].ids) << i;
}

TEST(Engine, RollOutLogprobsEqualTrainingLogprobs) {
  const auto model = TinyModel();
  std::vector<Generation> generations = TinyGenerations(*model, 1);
  for (uint64_t k = 0; k < 6; ++k) {  // a group: one prompt, several seeds
    generations.push_back(generations[0]);
    generations.back().sampling.seed = 100 + k;
  }
  Engine engine(model, nullptr, {.max_batch = 4, .kv_cache_tokens = 2048}, "tiny");
  const auto answers = engine.Generate(generations);
  std::vector<Example> examples;
  std::vector<const Example*> pointers;
  for (size_t i = 0; i < answers.size(); ++i) {
    examples.push_back(generations[i].example);
    examples.back().target_ids = answers[i].ids;
  }
  for (const Example& example : examples) pointers.push_back(&example);
  const at::NoGradGuard no_grad;
  const Batch batch = PackExamples(pointers, model->config, true);
  const Tensor losses = CrossEntropyRows(Logits(*model, ForwardBatch(*model, batch)),
                                         ToTensor(batch.labels, {batch.num_tokens()}).clamp_min(0));
  std::vector<size_t> next(answers.size(), 0);
  double worst = 0;
  for (int64_t t = 0; t < batch.num_tokens(); ++t) {
    if (batch.labels[t] == kIgnoreIndex) continue;
    const int32_t i = batch.example_of[t];
    const double ratio = std::exp(-losses[t].item<double>() - answers[i].logprobs.at(next[i]++));
    worst = std::max(worst, std::abs(ratio - 1));
  }
  EXPECT_LT(worst, 1e-5);  // the published bound: float32 sums in another order
  EXPECT_GT(worst, 0.0);   // two different code paths, so not bit-equal by accident of testing one against itself
}

TEST(Engine, AnAnswerThatDoesNotFitIsAnErrorOfItsRequestOnly) {
  const auto model = TinyModel();
  auto generations = TinyGenerations(*model, 0);
  generations[1].sampling.max_new_tokens = 100000;
  Engine engine(model, nullptr, {.kv_cache_tokens = 2048}, "tiny");
  const auto answers = engine.Generate(generations);
  EXPECT_EQ(answers[1].finish_reason, FinishReason::kError);
  EXPECT_NE(answers[1].error.find("exceed the context"), std::string::npos);
  EXPECT_EQ(answers[2].ids.size(), 20u);
}

TEST(Sampler, TopPKeepsTheSmallestSetThatReachesP) {
  const std::vector<float> logits = {std::log(0.6f), std::log(0.3f), std::log(0.1f)};
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const Sampling sampling{.temperature = 1, .top_p = 0.7, .seed = seed};
    EXPECT_NE(SampleToken(logits.data(), 3, sampling, {{}, 0, {}}).id, 2);
  }
}

TEST(Sampler, FrequenciesFollowTheDistribution) {
  const std::vector<float> logits = {std::log(0.6f), std::log(0.3f), std::log(0.1f)};
  int counts[3] = {};
  for (uint64_t seed = 0; seed < 4000; ++seed) ++counts[SampleToken(logits.data(), 3, {.temperature = 1,   .seed = seed}, {{}, 0, {}}).id];
  EXPECT_NEAR(counts[0] / 4000.0, 0.6, 0.03);  // four standard errors
  EXPECT_NEAR(counts[2] / 4000.0, 0.1, 0.02);
}

TEST(Sampler, NeverDrawsAForbiddenId) {
  const std::vector<float> logits = {5, 0, 0};
  EXPECT_NE(SampleToken(logits.data(), 3, {}, {{}, 0, {0}}).id, 0);
  for (uint64_t seed = 0; seed < 100; ++seed)
    EXPECT_NE(SampleToken(logits.data(), 3, {.temperature = 1, .seed = seed}, {{}, 0, {0}}).id, 0);
}

TEST(Sampler, RefusesNaN) {
  const std::vector<float> logits = {0, NAN, 1};
  EXPECT_THROW(SampleToken(logits.data(), 3, {}, {{}, 0, {}}), Error);
}

TEST(KvCache, GivesIdlePagesBackOldestFirst) {
  TextConfig config = TinyModelConfig().text;
  KvCache cache(config, 32);
  const int32_t a = cache.Take(), b = cache.Take();
  cache.Publish(a, 11), cache.Publish(b, 12);
  EXPECT_THROW(cache.Take(), Error);
  cache.Release(a), cache.Release(b);
  EXPECT_EQ(cache.Find(12), b);
  EXPECT_EQ(cache.Take(), a);
  EXPECT_EQ(cache.Find(11), -1);
}

}  // namespace
}  // namespace lingshu
