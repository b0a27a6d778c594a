// Roll-outs: prompts answered in groups by the engine, each answer with its reward and advantage.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "engine/engine.h"
#include "score/score.h"
#include "train/config.h"
#include "train/grpo.h"

namespace lingshu {

struct Rollout {
  std::vector<int64_t> ids;         // the reply, its end token included
  std::vector<float> old_logprobs;  // of each of them
  FinishReason finish_reason = FinishReason::kStop;
  Reward reward;
  double advantage = 0;
};

// All roll-outs of one prompt.
struct RolloutGroup {
  const GrpoPrompt* prompt = nullptr;
  std::vector<Rollout> rollouts;
  bool is_informative = false;  // the rewards differ
};

// How a set of prompts is answered. The seed of answer k to prompts[i] is MixSeed({seed, step, prompt_numbers[i], k}).
struct RolloutRequest {
  std::vector<const GrpoPrompt*> prompts;
  std::vector<uint64_t> prompt_numbers;
  int64_t group_size = 1;
  uint64_t seed = 0, step = 0;
};

// Forgets the engine's prefixes (the weights may have changed), answers, and rewards.
// Throws Error(kTooLong) with the engine's reason when a prompt cannot be answered.
std::vector<RolloutGroup> RollOut(Engine& engine, const GrpoConfig& config, const RolloutRequest& request);

// What a step's roll-outs were like: reward, format, accuracy, entropy (mean of −log p over all sampled tokens, an unbiased
// estimate), completion lengths, truncated fraction, zero-variance fraction.
Json RolloutMetrics(const std::vector<RolloutGroup>& groups);

}  // namespace lingshu
