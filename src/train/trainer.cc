// A supervised step: pack, forward, loss on the label rows, backward, per micro-batch.
#include "train/trainer.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/rng.h"
#include "batch/pack.h"
#include "train/loss.h"

namespace lingshu {
namespace {

OrderOptions OrderOf(const StageConfig& config, uint64_t seed) {
  return {.seed = MixSeed({seed, SeedOf(config.name)}),
          .micro_batch_size = config.micro_batch_size,
          .micro_batches_per_step = config.gradient_accumulation_steps,
          .packing = config.packing,
          .max_length = config.max_length,
          .group_size_max = config.group_size_max};
}

// Steps over epochs; the plan of one epoch is held at a time.
class StepOrder {
 public:
  StepOrder(const StageConfig& config, uint64_t seed, const std::vector<OrderItem>& items) : items_(items), options_(OrderOf(config, seed)) {
    CHECK(!items.empty()) << config.name << ": an empty training set";
    for (int64_t epoch = 0; config.steps > 0 ? total_ < config.steps : epoch < config.epochs; ++epoch) {
      begin_of_epoch_.push_back(total_);
      total_ += static_cast<int64_t>(Plan(epoch).size());
    }
    if (config.steps > 0) total_ = config.steps;
  }

  int64_t total() const { return total_; }

  int64_t EpochOf(int64_t step) const {
    return std::upper_bound(begin_of_epoch_.begin(), begin_of_epoch_.end(), step) - begin_of_epoch_.begin() - 1;
  }

  const StepPlan& At(int64_t step) {
    const int64_t epoch = EpochOf(step);
    return Plan(epoch).at(static_cast<size_t>(step - begin_of_epoch_[epoch]));
  }

 private:
  const std::vector<StepPlan>& Plan(int64_t epoch) {
    if (planned_epoch_ != epoch) plan_ = PlanEpoch(items_, options_, epoch);
    planned_epoch_ = epoch;
    return plan_;
  }

  const std::vector<OrderItem>& items_;
  OrderOptions options_;
  std::vector<int64_t> begin_of_epoch_;
  int64_t total_ = 0, planned_epoch_ = -1;
  std::vector<StepPlan> plan_;
};

// The micro-batches of a step on the host, so that the number of labels is known before the first backward pass.
std::vector<Batch> PackStep(const StageConfig& config, const ModelConfig& model, const TrainingSet& set, const StepPlan& plan) {
  std::vector<Batch> batches;
  for (const MicroBatch& micro_batch : plan) {
    std::vector<std::shared_ptr<const Example>> held;
    std::vector<const Example*> examples;
    for (const int64_t i : micro_batch) {
      held.push_back(set.load(i));
      examples.push_back(held.back().get());
    }
    batches.push_back(PackExamples(examples, model, /*should_share_prefix=*/config.packing, config.max_length));
  }
  return batches;
}

StepReport SupervisedStep(const StageConfig& config, const Model& model, const std::vector<Batch>& batches, const ApplyUpdate& apply) {
  int64_t labels = 0, tokens = 0, computed = 0, images = 0;
  std::vector<std::string> ids;
  for (const Batch& batch : batches) {
    labels += batch.num_labels;
    tokens += batch.sample_tokens;
    computed += batch.num_tokens();
    images += static_cast<int64_t>(batch.image_grid_thw.size()) / 3;
    ids.insert(ids.end(), batch.sample_ids.begin(), batch.sample_ids.end());
  }
  CHECK(labels > 0) << config.name << ": a step without labels";
  double loss = 0;
  for (const Batch& batch : batches)
    loss += BackwardSlices(model, ForwardBatch(model, batch), LabelRowsOf(batch),
                           [&](const Tensor& logprobs, int64_t, int64_t) { return -logprobs.sum() / static_cast<double>(labels); });
  const UpdateReport update = apply(ids);
  return {.loss = loss,
          .tokens = tokens,
          .note = fmt::format("loss {:.4f}", loss),
          .metrics = {{"grad_norm", update.grad_norm}, {"examples", ids.size()}, {"images", images}, {"tokens", tokens},
                      {"computed_tokens", computed}, {"labels", labels}}};
}

}  // namespace

int64_t CountSteps(const StageConfig& config, uint64_t seed, const std::vector<OrderItem>& items) { return StepOrder(config, seed, items).total(); }

StageResult RunStage(const StageConfig& config, const StageContext& context, Model& model, const TrainingSet& set) {
  CHECK(config.kind == StageKind::kSft) << config.name;
  StepOrder order(config, context.seed, set.items);
  StageWork work = {.total_steps = order.total(), .data_sha256 = set.sha256};
  work.run_step = [&](int64_t step, const ApplyUpdate& apply) {
    StepReport report = SupervisedStep(config, model, PackStep(config, model.config, set, order.At(step)), apply);
    report.metrics["epoch"] = order.EpochOf(step);
    return report;
  };
  return RunStageLoop(config, context, model, work);
}

}  // namespace lingshu
