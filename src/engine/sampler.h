// Sampler: logits → the next token. Temperature, top-k, top-p (Holtzman et al. 2020), min-p (Nguyen et al. 2024) and
// repetition penalty (Keskar et al. 2019), in the order of transformers' logits processors; draws by seed and position,
// so a token never depends on what else was sampled.
#pragma once

#include <cstdint>
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

// logits [V]. Throws Error(kNonFinite) when they hold NaN.
SampledToken SampleToken(const float* logits, int64_t vocab_size, const Sampling& sampling, const SampleContext& context);

}  // namespace lingshu
