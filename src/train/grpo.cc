// A reinforcement step: roll out, then one or more updates, each on its share of the prompts.
#include "train/grpo.h"

#include <algorithm>
#include <cmath>
#include <span>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/rng.h"
#include "batch/pack.h"
#include "train/data_order.h"
#include "train/loss.h"
#include "train/rollout.h"
#include "train/training_set.h"

namespace lingshu {
namespace {

std::shared_ptr<const Model> FrozenCopy(Model& model) {
  auto copy = std::make_shared<Model>();
  copy->config = model.config;
  std::vector<Tensor> values;
  VisitWeights(model, [&](const std::string&, Weight& weight, const std::vector<int64_t>&) { values.push_back(weight.value.detach().clone()); });
  size_t next = 0;
  VisitWeights(*copy, [&](const std::string&, Weight& weight, const std::vector<int64_t>&) { weight.value = values[next++]; });
  return copy;
}

// Sums over the tokens of an update.
struct TokenStats {
  int64_t tokens = 0, clipped = 0;
  double kl = 0, max_ratio_deviation = 0;

  void Add(const Tensor& logprobs, const GrpoRows& rows, const GrpoConfig& config) {
    const Tensor ratio = (logprobs - rows.old_logprobs).exp();
    const Tensor is_clipped = (ratio > 1 + config.clip_high).logical_and(rows.advantages > 0)
                                  .logical_or((ratio < 1 - config.clip_low).logical_and(rows.advantages < 0));
    tokens += logprobs.numel();
    clipped += is_clipped.sum().item<int64_t>();
    max_ratio_deviation = std::max(max_ratio_deviation, (ratio - 1).abs().max().item<double>());
    if (!rows.ref_logprobs.defined()) return;
    const Tensor log_ratio = rows.ref_logprobs - logprobs;
    kl += (log_ratio.exp() - log_ratio - 1).sum().item<double>();
  }
};

// Roll-outs as examples to be packed: a prompt is computed once for all of its answers.
struct RolloutBatch {
  std::vector<Example> examples;
  std::vector<const Rollout*> rollouts;  // by example
  Batch batch;
};

RolloutBatch PackRollouts(const std::vector<const RolloutGroup*>& groups, const ModelConfig& model, int64_t max_length) {
  RolloutBatch packed;
  for (const RolloutGroup* group : groups)
    for (const Rollout& rollout : group->rollouts) {
      if (rollout.ids.empty()) continue;
      packed.examples.push_back(group->prompt->example);
      packed.examples.back().target_ids = rollout.ids;
      packed.rollouts.push_back(&rollout);
    }
  std::vector<const Example*> pointers;
  for (const Example& example : packed.examples) pointers.push_back(&example);
  packed.batch = PackExamples(pointers, model, /*should_share_prefix=*/true, max_length);
  return packed;
}

// What the loss needs of each label row. The rows of an example are its reply's tokens in order.
GrpoRows RowsOf(const RolloutBatch& packed, const LabelRows& labels) {
  std::vector<float> old_logprobs, advantages;
  std::vector<size_t> next(packed.rollouts.size());
  for (size_t r = 0; r < labels.positions.size(); ++r) {
    const int32_t example = packed.batch.example_of[labels.positions[r]];
    CHECK(example >= 0) << "a label lies in a shared prefix";
    const Rollout& rollout = *packed.rollouts[example];
    const size_t at = next[example]++;
    CHECK(at < rollout.ids.size() && rollout.ids[at] == labels.labels[r]) << packed.batch.sample_ids[example] << ": labels and roll-out differ";
    old_logprobs.push_back(rollout.old_logprobs[at]);
    advantages.push_back(static_cast<float>(rollout.advantage));
  }
  const auto count = static_cast<int64_t>(old_logprobs.size());
  return {.old_logprobs = ToTensor(old_logprobs, {count}), .advantages = ToTensor(advantages, {count})};
}

class GrpoStage {
 public:
  GrpoStage(const StageConfig& config, const StageContext& context, const std::shared_ptr<Model>& model,
            const std::shared_ptr<const Tokenizer>& tokenizer, const GrpoInputs& inputs)
      : config_(config), context_(context), model_(model), inputs_(inputs), engine_(model, tokenizer, inputs.engine, "policy") {
    std::vector<OrderItem> items(inputs.prompts.size());
    const OrderOptions options = {.seed = MixSeed({context.seed, SeedOf(config.name)}),
                                  .micro_batch_size = config.grpo.prompts_per_step / config.grpo.updates_per_step,
                                  .micro_batches_per_step = config.grpo.updates_per_step};
    for (int64_t epoch = 0; config.steps > 0 ? static_cast<int64_t>(plan_.size()) < config.steps : epoch < config.epochs; ++epoch)
      for (StepPlan& step : PlanEpoch(items, options, epoch)) plan_.push_back(std::move(step));
    if (config.steps > 0) plan_.resize(static_cast<size_t>(config.steps));
  }

  GrpoResult Run() {
    GrpoResult result;
    StageWork work = {.total_steps = static_cast<int64_t>(plan_.size()), .data_sha256 = DataSha256()};
    work.prepare = [&] {
      result.before = Heldout("heldout_before.json");
      if (config_.grpo.kl_coef > 0) reference_ = FrozenCopy(*model_);
    };
    work.run_step = [&](int64_t step, const ApplyUpdate& apply) { return Step(step, apply); };
    result.stage = RunStageLoop(config_, context_, *model_, work);
    result.after = Heldout("heldout_after.json");
    for (const GrpoPrompt& prompt : inputs_.heldout) {
      result.heldout_ids.push_back(prompt.sample.id);
      result.heldout_groups.push_back(prompt.sample.group);
    }
    return result;
  }

 private:
  std::string DataSha256() const {
    std::string hashes;
    for (const auto* list : {&inputs_.prompts, &inputs_.heldout}) {
      for (const GrpoPrompt& prompt : *list) hashes += ExampleSha256(prompt.example) + Sha256Hex(SampleToJson(prompt.sample).dump());
      hashes += "|";
    }
    return Sha256Hex(hashes);
  }

  // Rewards of the held-out prompts under the present weights; computed once and kept in a file.
  HeldoutRewards Heldout(const std::string& name) {
    HeldoutRewards rewards;
    const fs::path path = context_.folder / name;
    if (fs::exists(path)) {
      ConfigReader(path.string()).Fill(ParseJson(ReadFile(path), path.string()), "", rewards);
      return rewards;
    }
    RolloutRequest request = {.group_size = config_.grpo.heldout_samples, .seed = MixSeed({context_.seed, SeedOf("heldout")})};
    for (size_t i = 0; i < inputs_.heldout.size(); ++i) {
      request.prompts.push_back(&inputs_.heldout[i]);
      request.prompt_numbers.push_back(i);
    }
    for (const RolloutGroup& group : RollOut(engine_, config_.grpo, request)) {
      double total = 0, format = 0, accuracy = 0;
      for (const Rollout& rollout : group.rollouts) total += rollout.reward.total, format += rollout.reward.format, accuracy += rollout.reward.accuracy;
      const auto n = static_cast<double>(group.rollouts.size());
      rewards.total.push_back(total / n), rewards.format.push_back(format / n), rewards.accuracy.push_back(accuracy / n);
    }
    WriteFileAtomic(path, ToJson(rewards).dump(1) + "\n");
    return rewards;
  }

  StepReport Step(int64_t step, const ApplyUpdate& apply) {
    RolloutRequest request = {.group_size = config_.grpo.group_size, .seed = context_.seed, .step = static_cast<uint64_t>(step)};
    std::vector<size_t> share_end;  // of each update, in groups
    for (const MicroBatch& share : plan_[step]) {
      for (const int64_t i : share) {
        request.prompts.push_back(&inputs_.prompts[i]);
        request.prompt_numbers.push_back(static_cast<uint64_t>(i));
      }
      share_end.push_back(request.prompts.size());
    }
    const std::vector<RolloutGroup> groups = RollOut(engine_, config_.grpo, request);
    StepReport report = {.metrics = RolloutMetrics(groups)};
    TokenStats stats;
    double grad_norm = 0;
    size_t begin = 0;
    for (size_t update = 0; update < share_end.size(); ++update) {
      const std::span<const RolloutGroup> share(groups.data() + begin, share_end[update] - begin);
      begin = share_end[update];
      report.loss += Update(share, stats, apply, grad_norm) / static_cast<double>(share_end.size());
      // Later updates are off-policy by design; the first one proves that training and engine compute the same numbers.
      if (update == 0) report.metrics["max_ratio_deviation"] = stats.max_ratio_deviation;
    }
    const auto tokens = static_cast<double>(std::max<int64_t>(1, stats.tokens));
    report.metrics.update({{"grad_norm", grad_norm}, {"kl", stats.kl / tokens}, {"clip_fraction", static_cast<double>(stats.clipped) / tokens},
                           {"trained_tokens", stats.tokens}});
    for (const RolloutGroup& group : groups)
      for (const Rollout& rollout : group.rollouts) report.tokens += static_cast<int64_t>(group.prompt->example.prompt_ids.size() + rollout.ids.size());
    report.note = fmt::format("reward {:.3f}", report.metrics["reward"].get<double>());
    return report;
  }

  // One optimizer step on some groups; returns its loss. Where all groups are equal there is nothing to learn and no update.
  double Update(std::span<const RolloutGroup> groups, TokenStats& stats, const ApplyUpdate& apply, double& grad_norm) {
    std::vector<const RolloutGroup*> informative;
    std::vector<std::string> ids;
    int64_t tokens = 0;
    for (const RolloutGroup& group : groups) {
      for (const Rollout& rollout : group.rollouts) tokens += static_cast<int64_t>(rollout.ids.size());
      if (!group.is_informative) continue;
      informative.push_back(&group);
      ids.push_back(group.prompt->sample.id);
    }
    if (informative.empty()) return 0;
    double loss = 0;
    const auto size = static_cast<size_t>(config_.micro_batch_size);
    for (size_t i = 0; i < informative.size(); i += size)
      loss += Backward({informative.begin() + static_cast<int64_t>(i), informative.begin() + static_cast<int64_t>(std::min(informative.size(), i + size))},
                       static_cast<double>(tokens), stats);
    grad_norm = apply(ids).grad_norm;
    return loss;
  }

  // Adds the gradients of some groups; returns their part of the loss.
  double Backward(const std::vector<const RolloutGroup*>& groups, double total_tokens, TokenStats& stats) {
    const RolloutBatch packed = PackRollouts(groups, model_->config, config_.max_length);
    const LabelRows labels = LabelRowsOf(packed.batch);
    GrpoRows rows = RowsOf(packed, labels);
    if (reference_) {
      const at::NoGradGuard no_grad;
      rows.ref_logprobs = LabelLogprobs(*reference_, ForwardBatch(*reference_, packed.batch), labels);
    }
    const GrpoLossOptions options = {config_.grpo.clip_low, config_.grpo.clip_high, reference_ ? config_.grpo.kl_coef : 0};
    return BackwardSlices(*model_, ForwardBatch(*model_, packed.batch), labels, [&](const Tensor& logprobs, int64_t begin, int64_t end) {
      const auto slice = [&](const Tensor& x) { return x.defined() ? x.slice(0, begin, end) : x; };
      const GrpoRows part = {slice(rows.old_logprobs), slice(rows.ref_logprobs), slice(rows.advantages)};
      stats.Add(logprobs.detach(), part, config_.grpo);
      return GrpoTokenLoss(logprobs, part, options).sum() / total_tokens;
    });
  }

  const StageConfig& config_;
  const StageContext& context_;
  std::shared_ptr<Model> model_;
  std::shared_ptr<const Model> reference_;
  const GrpoInputs& inputs_;
  Engine engine_;
  std::vector<StepPlan> plan_;
};

void CheckInputs(const StageConfig& config, const GrpoInputs& inputs) {
  if (inputs.prompts.empty()) throw Error(ErrorCode::kUsage, fmt::format("{}: the stage has no prompts.\nHINT: check its data parts.", config.name));
  for (const auto* list : {&inputs.prompts, &inputs.heldout})
    for (const GrpoPrompt& prompt : *list) {
      const auto tokens = static_cast<int64_t>(prompt.example.prompt_ids.size());
      if (tokens + config.grpo.max_new_tokens > config.max_length)
        throw Error(ErrorCode::kTooLong, fmt::format("{}: a prompt of {} tokens and {} new ones exceed max_length = {}.", prompt.sample.id, tokens,
                                                     config.grpo.max_new_tokens, config.max_length));
    }
}

}  // namespace

GrpoResult RunGrpo(const StageConfig& config, const StageContext& context, const std::shared_ptr<Model>& model,
                   const std::shared_ptr<const Tokenizer>& tokenizer, const GrpoInputs& inputs) {
  CHECK(config.kind == StageKind::kGrpo) << config.name;
  CheckInputs(config, inputs);
  return GrpoStage(config, context, model, tokenizer, inputs).Run();
}

}  // namespace lingshu
