// The reinforcement stage: group relative policy optimisation (GRPO; DeepSeekMath, arXiv 2402.03300, §4.1) with verifiable
// rewards (paper §3.2.4). Which of its many variants this is:
//   advantage   (reward − mean of the group) / (deviation of the group + 1e-6), population deviation, the same for all tokens
//               of a roll-out. A group whose rewards are all equal teaches nothing: it is counted and not computed.
//   loss        clipped ratio + kl_coef · k3, per token, summed and divided by the tokens of ALL roll-outs of the update, those
//               of equal groups included: every token weighs the same (DAPO, arXiv 2503.14476, §3.3), where the mean of
//               means of the first GRPO makes long wrong answers cheap; and a batch in which one group of many differs
//               does not move the weights as far as one in which all do.
//   roll-outs   temperature 1, no truncation of the distribution, old_logprobs as the engine saw them; the end token counts.
//   reference   a frozen copy of the weights at the beginning of the stage.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "batch/example.h"
#include "data/sample.h"
#include "engine/engine.h"
#include "text/tokenizer.h"
#include "train/stage.h"

namespace lingshu {

// A question whose answer can be checked. Example: {.example = prompt_ids and images, no target, .sample = with its gold}
struct GrpoPrompt {
  Example example;
  Sample sample;
};

struct GrpoInputs {
  std::vector<GrpoPrompt> prompts;
  std::vector<GrpoPrompt> heldout;  // answered before and after the stage, never trained on; may be empty
  EngineOptions engine;
};

// Mean rewards of each held-out prompt over its answers.
struct HeldoutRewards {
  std::vector<double> total, format, accuracy;

  template <typename V>
  void Visit(V& v) {
    v("total", total, "weighted sum");
    v("format", format, "of the right form");
    v("accuracy", accuracy, "of the right answer");
  }
};

struct GrpoResult {
  StageResult stage;
  std::vector<std::string> heldout_ids;  // sample ids, and
  std::vector<std::string> heldout_groups;  // clusters, for paired intervals
  HeldoutRewards before, after;          // same prompts, same seeds
};

// Advantages of one group. All zero when the rewards are equal.
std::vector<double> GroupAdvantages(const std::vector<double>& rewards);

// Runs the stage; folder, resuming and errors as RunStageLoop. The held-out rewards are kept in <folder>/heldout_before.json
// and heldout_after.json. Throws Error(kTooLong) when prompts and max_new_tokens exceed max_length or the engine.
GrpoResult RunGrpo(const StageConfig& config, const StageContext& context, const std::shared_ptr<Model>& model,
                   const std::shared_ptr<const Tokenizer>& tokenizer, const GrpoInputs& inputs);

}  // namespace lingshu
