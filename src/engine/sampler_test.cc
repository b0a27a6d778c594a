// The sampler against transformers' logits processors (tests/golden/sampler, made by tools/golden/sampler.py), and its draws.
#include "engine/sampler.h"

#include <cmath>
#include <map>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "base/rng.h"

namespace lingshu {
namespace {

TEST(Sampler, ProbabilitiesAreThoseOfTransformersProcessors) {
  int64_t cases = 0;
  ForEachLine("tests/golden/sampler/cases.jsonl", [&](std::string_view line, int64_t number) {
    const Json json = ParseJson(line, "cases.jsonl");
    const auto logits = json["logits"].get<std::vector<float>>();
    const auto seen = json["seen"].get<std::vector<int64_t>>();
    const Sampling sampling{.temperature = json["temperature"], .top_p = json["top_p"], .top_k = json["top_k"], .min_p = json["min_p"],
                            .repetition_penalty = json["repetition_penalty"]};
    std::map<int64_t, double> found;
    double total = 0;
    for (const WeightedToken& candidate : Candidates(logits.data(), static_cast<int64_t>(logits.size()), sampling, {seen, 0, {}}))
      found[candidate.id] = candidate.probability, total += candidate.probability;
    ASSERT_EQ(found.size(), json["probabilities"].size()) << "line " << number;
    for (const Json& pair : json["probabilities"]) {
      ASSERT_TRUE(found.count(pair[0])) << "line " << number << ", id " << pair[0];
      // float32 softmax there, double here: some roundings of 6e-8 each, relative.
      EXPECT_NEAR(found[pair[0]] / total, pair[1].get<double>(), 1e-6 * pair[1].get<double>() + 1e-9) << "line " << number;
    }
    ++cases;
  });
  EXPECT_GE(cases, 100);
}

// Growing partial sorts against one whole sort.
TEST(Sampler, TopPOfALargeVocabularyIsTheSmallestSetThatReachesP) {
  Rng rng(4);
  for (const double top_p : {0.05, 0.3, 0.7, 0.95, 0.999}) {
    std::vector<float> logits(5000);
    for (float& logit : logits) logit = static_cast<float>(rng.Normal(0, 2));
    const auto kept = Candidates(logits.data(), 5000, {.temperature = 1, .top_p = top_p}, {{}, 0, {}});
    std::vector<double> all;
    double total = 0;
    for (const float logit : logits) all.push_back(std::exp(static_cast<double>(logit))), total += all.back();
    std::sort(all.rbegin(), all.rend());
    size_t count = 0;
    for (double mass = 0; mass < top_p * total; ++count) mass += all[count];
    EXPECT_EQ(kept.size(), count) << top_p;
    for (size_t i = 1; i < kept.size(); ++i) EXPECT_GE(kept[i - 1].probability, kept[i].probability);
  }
}

TEST(Sampler, FrequenciesFollowTheDistribution) {
  const std::vector<float> logits = {std::log(0.6f), std::log(0.3f), std::log(0.1f)};
  int counts[3] = {};
  for (uint64_t seed = 0; seed < 4000; ++seed) ++counts[SampleToken(logits.data(), 3, {.temperature = 1, .seed = seed}, {{}, 0, {}})->id];
  EXPECT_NEAR(counts[0] / 4000.0, 0.6, 0.03);  // four standard errors
  EXPECT_NEAR(counts[2] / 4000.0, 0.1, 0.02);
}

// However cold or hot, what is drawn is a token of the distribution and never the last for want of one.
TEST(Sampler, ExtremeTemperaturesDrawWhatTheyShould) {
  const std::vector<float> logits = {1, 30, 2, 3};
  for (const double cold : {1e-300, 1e-40, 1e-7, 1e-5, 1e-3})
    for (uint64_t seed = 0; seed < 20; ++seed) EXPECT_EQ(SampleToken(logits.data(), 4, {.temperature = cold, .seed = seed}, {{}, 0, {}})->id, 1) << cold;
  for (const double hot : {1e10, 1e40, 1e300}) {
    const auto candidates = Candidates(logits.data(), 4, {.temperature = hot}, {{}, 0, {3}});
    for (const WeightedToken& candidate : candidates) EXPECT_NEAR(candidate.probability, candidate.id == 3 ? 0 : 1.0 / 3, 1e-6) << hot;
  }
}

TEST(Sampler, NeverDrawsAForbiddenId) {
  const std::vector<float> logits = {5, 0, 0};
  EXPECT_NE(SampleToken(logits.data(), 3, {}, {{}, 0, {0}})->id, 0);
  for (uint64_t seed = 0; seed < 100; ++seed)
    EXPECT_NE(SampleToken(logits.data(), 3, {.temperature = 1, .seed = seed}, {{}, 0, {0}})->id, 0);
}

TEST(Sampler, LogprobsAreOfTheRawLogitsAndTheBestComeFirst) {
  const std::vector<float> logits = {1, 3, 2, 3};
  const auto token = SampleToken(logits.data(), 4, {.repetition_penalty = 50, .logprobs = 3}, {{1, 3}, 0, {}});
  const double sum = std::exp(1.0) + 2 * std::exp(3.0) + std::exp(2.0);
  EXPECT_EQ(token->id, 2);  // the penalty moves the choice, not the log-probabilities
  EXPECT_NEAR(token->logprob, 2 - std::log(sum), 1e-6);
  ASSERT_EQ(token->top.size(), 3u);
  EXPECT_EQ(token->top[0].first, 1);
  EXPECT_EQ(token->top[1].first, 3);
  EXPECT_NEAR(token->top[0].second, 3 - std::log(sum), 1e-6);
}

TEST(Sampler, SaysNothingForLogitsThatAreNotNumbers) {
  const std::vector<float> nan = {0, NAN, 1}, inf = {0, INFINITY, 1}, none = {-INFINITY, -INFINITY};
  EXPECT_FALSE(SampleToken(nan.data(), 3, {}, {{}, 0, {}}));
  EXPECT_FALSE(SampleToken(inf.data(), 3, {}, {{}, 0, {}}));
  EXPECT_FALSE(SampleToken(none.data(), 2, {}, {{}, 0, {}}));
}

}  // namespace
}  // namespace lingshu
