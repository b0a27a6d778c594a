// Sampler: logits → the next token. Repetition penalty (Keskar et al. 2019), temperature, top-k, top-p (Holtzman et al. 2020) and
// min-p (Nguyen et al. 2024) as transformers' logits processors do them and in their order; draws by seed and position, so a
// token never depends on what else was sampled.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "ask/ask.h"

namespace lingshu {

struct SampledToken {
  int64_t id = 0;
  float logprob = 0;  // log softmax of the raw logits
  std::vector<std::pair<int64_t, float>> top;  // K best before sampling
};

// What the token follows.
struct SampleContext {
  const std::vector<int64_t>& seen;       // ids of prompt and reply so far (for the repetition penalty)
  int64_t index = 0;                      // how many tokens were sampled before
  const std::vector<int64_t>& forbidden;  // never drawn: placeholders of images, which only a prompt may hold
};

// Tokens that may be drawn, with probabilities that are not normalised, most probable first where anything was cut off.
struct WeightedToken {
  int64_t id;
  double probability;
};
std::vector<WeightedToken> Candidates(const float* logits, int64_t vocab_size, const Sampling& sampling, const SampleContext& context);

// logits [V]. Nothing when they hold NaN or are all infinite.
std::optional<SampledToken> SampleToken(const float* logits, int64_t vocab_size, const Sampling& sampling, const SampleContext& context);

}  // namespace lingshu
