// Seeds, rewards, advantages and their statistics.
#include "train/rollout.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/rng.h"

namespace lingshu {
namespace {

std::vector<Generation> GenerationsOf(const GrpoConfig& config, const RolloutRequest& request) {
  std::vector<Generation> generations;
  for (size_t i = 0; i < request.prompts.size(); ++i)
    for (int64_t k = 0; k < request.group_size; ++k) {
      Generation generation{request.prompts[i]->example, {}};
      generation.sampling = {.max_new_tokens = config.max_new_tokens,
                             .temperature = config.temperature,
                             .seed = MixSeed({request.seed, request.step, request.prompt_numbers[i], static_cast<uint64_t>(k)}),
                             .logprobs = 0};
      generations.push_back(std::move(generation));
    }
  return generations;
}

Rollout RolloutOf(const GrpoConfig& config, const GrpoPrompt& prompt, Answer answer) {
  if (answer.finish_reason == FinishReason::kError)
    throw Error(ErrorCode::kTooLong, fmt::format("{}: no roll-out: {}\nHINT: lower max_new_tokens or raise the engine's kv_cache_tokens.",
                                                 prompt.sample.id, answer.error));
  CHECK(answer.logprobs.size() == answer.ids.size()) << prompt.sample.id << ": " << answer.ids.size() << " tokens, " << answer.logprobs.size() << " logprobs";
  Rollout rollout = {.ids = std::move(answer.ids), .old_logprobs = std::move(answer.logprobs), .finish_reason = answer.finish_reason};
  rollout.reward = VerifiableReward(prompt.sample, answer.text, config.format_weight, config.accuracy_weight);
  return rollout;
}

void SetAdvantages(RolloutGroup& group) {
  std::vector<double> rewards;
  for (const Rollout& rollout : group.rollouts) rewards.push_back(rollout.reward.total);
  const std::vector<double> advantages = GroupAdvantages(rewards);
  for (size_t k = 0; k < advantages.size(); ++k) {
    group.rollouts[k].advantage = advantages[k];
    group.is_informative |= advantages[k] != 0;
  }
}

}  // namespace

std::vector<double> GroupAdvantages(const std::vector<double>& rewards) {
  constexpr double kEpsilon = 1e-6;
  const auto [low, high] = std::minmax_element(rewards.begin(), rewards.end());
  if (rewards.empty() || *low == *high) return std::vector<double>(rewards.size(), 0.0);  // exactly, whatever rounding the mean has
  const auto n = static_cast<double>(rewards.size());
  double mean = 0, variance = 0;
  for (const double reward : rewards) mean += reward / n;
  for (const double reward : rewards) variance += (reward - mean) * (reward - mean) / n;
  std::vector<double> advantages;
  for (const double reward : rewards) advantages.push_back((reward - mean) / (std::sqrt(variance) + kEpsilon));
  return advantages;
}

std::vector<RolloutGroup> RollOut(Engine& engine, const GrpoConfig& config, const RolloutRequest& request) {
  CHECK(request.prompts.size() == request.prompt_numbers.size()) << "a number for every prompt";
  engine.ForgetPrefixes();
  std::vector<Answer> answers = engine.Generate(GenerationsOf(config, request));
  std::vector<RolloutGroup> groups;
  for (size_t i = 0; i < request.prompts.size(); ++i) {
    RolloutGroup group = {.prompt = request.prompts[i]};
    for (int64_t k = 0; k < request.group_size; ++k)
      group.rollouts.push_back(RolloutOf(config, *group.prompt, std::move(answers[i * request.group_size + k])));
    SetAdvantages(group);
    groups.push_back(std::move(group));
  }
  return groups;
}

Json RolloutMetrics(const std::vector<RolloutGroup>& groups) {
  double total = 0, format = 0, accuracy = 0, negative_logprobs = 0;
  int64_t rollouts = 0, tokens = 0, truncated = 0, equal_groups = 0;
  size_t longest = 0, shortest = SIZE_MAX;
  for (const RolloutGroup& group : groups) {
    equal_groups += !group.is_informative;
    for (const Rollout& rollout : group.rollouts) {
      ++rollouts;
      tokens += static_cast<int64_t>(rollout.ids.size());
      truncated += rollout.finish_reason == FinishReason::kLength;
      total += rollout.reward.total, format += rollout.reward.format, accuracy += rollout.reward.accuracy;
      longest = std::max(longest, rollout.ids.size()), shortest = std::min(shortest, rollout.ids.size());
      for (const float logprob : rollout.old_logprobs) negative_logprobs -= logprob;
    }
  }
  const auto n = static_cast<double>(std::max<int64_t>(1, rollouts));
  return {{"reward", total / n},
          {"format", format / n},
          {"accuracy", accuracy / n},
          {"entropy", negative_logprobs / static_cast<double>(std::max<int64_t>(1, tokens))},
          {"completion_tokens_mean", static_cast<double>(tokens) / n},
          {"completion_tokens_min", rollouts > 0 ? shortest : 0},
          {"completion_tokens_max", longest},
          {"truncated_fraction", static_cast<double>(truncated) / n},
          {"zero_variance_fraction", static_cast<double>(equal_groups) / static_cast<double>(std::max<size_t>(1, groups.size()))},
          {"rollouts", rollouts}};
}

}  // namespace lingshu
