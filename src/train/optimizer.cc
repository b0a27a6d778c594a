// Work is cut into chunks of fixed size over all tensors; each chunk is summed or updated by one thread, and sums are added in
// order, so the number of threads never shows in the result.
#include "train/optimizer.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/threads.h"
#include "kernels/fused.h"

namespace lingshu {
namespace {

constexpr int64_t kChunk = 1 << 16;

struct Chunk {
  size_t slot = 0;
  int64_t begin = 0, size = 0;
};

std::vector<Chunk> ChunksOf(const std::vector<int64_t>& sizes) {
  std::vector<Chunk> chunks;
  for (size_t slot = 0; slot < sizes.size(); ++slot)
    for (int64_t begin = 0; begin < sizes[slot]; begin += kChunk) chunks.push_back({slot, begin, std::min(kChunk, sizes[slot] - begin)});
  return chunks;
}

bool IsPlain(const Tensor& tensor) { return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous(); }

// The gradient as the kernels read it: float32, contiguous; undefined stays undefined.
Tensor PlainGradient(const Tensor& value) {
  const Tensor& grad = value.grad();
  return grad.defined() ? grad.to(at::kFloat).contiguous() : grad;
}

// The same update of at:: functions: other devices, and the oracle of the kernel's test.
void ComposedUpdate(const AdamWStep& step, const Tensor& grad, Tensor& value, Tensor& m, Tensor& v) {
  const Tensor g = grad.defined() ? grad * step.grad_scale : at::zeros_like(m);
  m.mul_(step.beta1).add_(g, 1 - step.beta1);
  v.mul_(step.beta2).addcmul_(g, g, 1 - step.beta2);
  const Tensor denominator = (v / step.bias_correction2).sqrt_().add_(step.eps);
  value.mul_(1 - step.learning_rate * step.weight_decay).addcdiv_(m, denominator, -step.learning_rate / step.bias_correction1);
}

double PeakRate(const StageConfig& config, WeightGroup group) {
  if (config.kind == StageKind::kGrpo) return config.grpo.learning_rate;
  if (group == WeightGroup::kVision) return config.learning_rate.vision;
  return group == WeightGroup::kMerger ? config.learning_rate.merger : config.learning_rate.language;
}

bool IsTrainable(const TrainableConfig& trainable, WeightGroup group) {
  if (group == WeightGroup::kVision) return trainable.vision;
  return group == WeightGroup::kMerger ? trainable.merger : trainable.language;
}

}  // namespace

std::vector<Parameter> SelectParameters(Model& model, const StageConfig& config) {
  std::vector<Parameter> parameters;
  VisitWeights(model, [&](const std::string& name, Weight& weight, const std::vector<int64_t>& shape) {
    const WeightGroup group = GroupOf(name);
    const bool is_trainable = IsTrainable(config.trainable, group);
    if (weight.packed)
      throw Error(ErrorCode::kUnsupported, fmt::format("{}: quantized weights only answer, they cannot be trained.\nHINT: train the Hugging Face folder, then quantize it.", name));
    weight.value.mutable_grad() = Tensor();
    weight.value.requires_grad_(is_trainable);
    if (is_trainable)
      parameters.push_back({name, weight.value, PeakRate(config, group), shape.size() > 1 ? config.optimizer.weight_decay : 0});
  });
  CHECK(!parameters.empty()) << "stage " << config.name << " trains nothing";
  return parameters;
}

void FreezeAll(Model& model) {
  VisitWeights(model, [](const std::string&, Weight& weight, const std::vector<int64_t>&) {
    weight.value.mutable_grad() = Tensor();
    weight.value.requires_grad_(false);
  });
}

AdamW::AdamW(std::vector<Parameter> parameters, const OptimizerConfig& config) : config_(config) {
  CHECK(config.betas.size() == 2) << "betas";
  for (Parameter& parameter : parameters) {
    const Tensor value = parameter.value.detach();
    const Tensor master = value.scalar_type() == at::kFloat ? value : value.to(at::kFloat);
    CHECK(master.is_contiguous()) << parameter.name;
    slots_.push_back({std::move(parameter), master, at::zeros_like(master), at::zeros_like(master)});
  }
}

int64_t AdamW::num_elements() const {
  int64_t count = 0;
  for (const Slot& slot : slots_) count += slot.master.numel();
  return count;
}

double AdamW::peak_rate() const {
  double peak = 0;
  for (const Slot& slot : slots_) peak = std::max(peak, slot.parameter.learning_rate);
  return peak;
}

double AdamW::GradNorm() const {
  std::vector<Tensor> gradients;
  std::vector<int64_t> sizes;
  double others = 0;
  for (const Slot& slot : slots_) {
    const Tensor grad = PlainGradient(slot.parameter.value);
    if (!grad.defined()) continue;
    if (!IsPlain(grad)) {
      others += grad.square().sum(at::kDouble).item<double>();
      continue;
    }
    gradients.push_back(grad);
    sizes.push_back(grad.numel());
  }
  const std::vector<Chunk> chunks = ChunksOf(sizes);
  std::vector<double> sums(chunks.size());
  ParallelFor(static_cast<int64_t>(chunks.size()), [&](int64_t i) {
    const Chunk& chunk = chunks[i];
    sums[i] = SumOfSquares(gradients[chunk.slot].data_ptr<float>() + chunk.begin, chunk.size);
  });
  double total = others;
  for (const double sum : sums) total += sum;
  return std::sqrt(total);
}

void AdamW::Step(double rate_factor, double grad_norm) {
  CHECK(std::isfinite(grad_norm)) << "a step with gradient norm " << grad_norm;
  const at::NoGradGuard no_grad;
  ++num_updates_;
  const double t = static_cast<double>(num_updates_);
  const bool is_clipped = config_.max_grad_norm > 0 && grad_norm > config_.max_grad_norm;
  std::vector<AdamWStep> steps;
  std::vector<Tensor> gradients;
  std::vector<int64_t> sizes;
  for (Slot& slot : slots_) {
    steps.push_back({.learning_rate = static_cast<float>(slot.parameter.learning_rate * rate_factor),
                     .beta1 = static_cast<float>(config_.betas[0]),
                     .beta2 = static_cast<float>(config_.betas[1]),
                     .eps = static_cast<float>(config_.eps),
                     .weight_decay = static_cast<float>(slot.parameter.weight_decay),
                     .bias_correction1 = static_cast<float>(1 - std::pow(config_.betas[0], t)),
                     .bias_correction2 = static_cast<float>(1 - std::pow(config_.betas[1], t)),
                     .grad_scale = is_clipped ? static_cast<float>(config_.max_grad_norm / grad_norm) : 1.0f});
    gradients.push_back(PlainGradient(slot.parameter.value));
    const bool is_plain = IsPlain(slot.master);
    if (!is_plain) ComposedUpdate(steps.back(), gradients.back(), slot.master, slot.m, slot.v);
    sizes.push_back(is_plain ? slot.master.numel() : 0);
  }
  const std::vector<Chunk> chunks = ChunksOf(sizes);
  const std::vector<float> zeros(kChunk);
  ParallelFor(static_cast<int64_t>(chunks.size()), [&](int64_t i) {
    const auto& [slot, begin, size] = chunks[i];
    const float* grad = gradients[slot].defined() ? gradients[slot].data_ptr<float>() + begin : zeros.data();
    AdamWUpdate(steps[slot], size, grad, slots_[slot].master.data_ptr<float>() + begin, slots_[slot].m.data_ptr<float>() + begin,
                slots_[slot].v.data_ptr<float>() + begin);
  });
  for (Slot& slot : slots_)
    if (slot.parameter.value.scalar_type() != at::kFloat) slot.parameter.value.detach().copy_(slot.master);
}

void AdamW::ClearGradients() {
  for (Slot& slot : slots_) slot.parameter.value.mutable_grad() = Tensor();
}

void AdamW::VisitState(const std::function<void(const std::string&, Tensor&)>& visit) {
  for (Slot& slot : slots_) {
    visit("m." + slot.parameter.name, slot.m);
    visit("v." + slot.parameter.name, slot.v);
    if (slot.parameter.value.scalar_type() != at::kFloat) visit("master." + slot.parameter.name, slot.master);
  }
}

}  // namespace lingshu
