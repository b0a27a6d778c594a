// Label rows, sliced logits, and the clipped policy loss.
#include "train/loss.h"

#include <algorithm>

#include "base/error.h"
#include "tensor/ops.h"

namespace lingshu {
namespace {

int64_t RowsOfSlice(const Model& model, int64_t max_logits) { return std::max<int64_t>(1, max_logits / model.config.text.vocab_size); }

Tensor LogprobsOfSlice(const Model& model, const Tensor& hidden_RD, const LabelRows& rows, int64_t begin, int64_t end) {
  const std::vector<int64_t> labels(rows.labels.begin() + begin, rows.labels.begin() + end);
  return -CrossEntropyRows(Logits(model, hidden_RD), ToTensor(labels, {end - begin}).to(hidden_RD.device()));
}

Tensor SelectRows(const Tensor& hidden_TD, const LabelRows& rows) {
  const auto count = static_cast<int64_t>(rows.positions.size());
  return hidden_TD.index_select(0, ToTensor(rows.positions, {count}).to(hidden_TD.device()));
}

}  // namespace

LabelRows LabelRowsOf(const Batch& batch) {
  LabelRows rows;
  for (int64_t t = 0; t < batch.num_tokens(); ++t) {
    if (batch.labels[t] == kIgnoreIndex) continue;
    rows.positions.push_back(t);
    rows.labels.push_back(batch.labels[t]);
  }
  CHECK(static_cast<int64_t>(rows.labels.size()) == batch.num_labels) << rows.labels.size() << " label rows, the batch says " << batch.num_labels;
  return rows;
}

Tensor LabelLogprobs(const Model& model, const Tensor& hidden_TD, const LabelRows& rows) {
  const at::NoGradGuard no_grad;
  const auto count = static_cast<int64_t>(rows.positions.size());
  const Tensor hidden_RD = SelectRows(hidden_TD, rows);
  const int64_t step = RowsOfSlice(model, kMaxSliceLogits);
  std::vector<Tensor> slices;
  for (int64_t begin = 0; begin < count; begin += step) {
    const int64_t end = std::min(count, begin + step);
    slices.push_back(LogprobsOfSlice(model, hidden_RD.narrow(0, begin, end - begin), rows, begin, end));
  }
  return slices.empty() ? at::zeros({0}) : at::cat(slices);
}

double BackwardSlices(const Model& model, const Tensor& hidden_TD, const LabelRows& rows, const SliceLoss& loss, int64_t max_slice_logits) {
  const auto count = static_cast<int64_t>(rows.positions.size());
  if (count == 0) return 0;
  const Tensor hidden_RD = SelectRows(hidden_TD, rows);
  const bool is_differentiated = hidden_RD.requires_grad();
  const int64_t step = RowsOfSlice(model, max_slice_logits);
  std::vector<Tensor> gradients;
  double total = 0;
  for (int64_t begin = 0; begin < count; begin += step) {
    const int64_t end = std::min(count, begin + step);
    const Tensor leaf = hidden_RD.detach().narrow(0, begin, end - begin).requires_grad_(is_differentiated);
    const Tensor value = loss(LogprobsOfSlice(model, leaf, rows, begin, end), begin, end);
    if (value.requires_grad()) value.backward();  // a text-only batch reaches no vision weight
    total += value.item<double>();
    if (is_differentiated) gradients.push_back(leaf.grad());
  }
  if (is_differentiated) hidden_RD.backward(at::cat(gradients));
  return total;
}

Tensor GrpoTokenLoss(const Tensor& logprobs, const GrpoRows& rows, const GrpoLossOptions& options) {
  const Tensor ratio = (logprobs - rows.old_logprobs).exp();
  const Tensor clipped = ratio.clamp(1 - options.clip_low, 1 + options.clip_high);
  const Tensor policy = -at::minimum(ratio * rows.advantages, clipped * rows.advantages);
  if (options.kl_coef == 0) return policy;
  const Tensor log_ratio = rows.ref_logprobs - logprobs;
  return policy + options.kl_coef * (log_ratio.exp() - log_ratio - 1);
}

}  // namespace lingshu
