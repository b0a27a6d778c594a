// Losses on the rows of a batch that have labels, and their backward pass without ever holding all logits at once.
// Shapes: T tokens, R label rows, D hidden_size, V vocab.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "model/model.h"

namespace lingshu {

// The positions of a batch that predict something, and what they should predict.
struct LabelRows {
  std::vector<int64_t> positions;  // [R], ascending
  std::vector<int64_t> labels;     // [R]
};
LabelRows LabelRowsOf(const Batch& batch);

// log p(label) of every row, in slices without gradients: hidden [T, D] → [R], float32.
Tensor LabelLogprobs(const Model& model, const Tensor& hidden_TD, const LabelRows& rows);

// Logits of one slice: 2^25 floats are 128 MB.
inline constexpr int64_t kMaxSliceLogits = int64_t{1} << 25;

// Takes log p(label) of rows [begin, end) and returns what they add to the loss, a scalar.
using SliceLoss = std::function<Tensor(const Tensor& logprobs, int64_t begin, int64_t end)>;
// Adds the gradients of Σ slices to the weights and returns the sum. Logits exist for one slice of rows at a time: at
// V = 152,064 a packed row of 8,192 tokens would need 5 GB for them, and twice that again in the backward pass.
// Throws nothing on NaN: the sum says so.
double BackwardSlices(const Model& model, const Tensor& hidden_TD, const LabelRows& rows, const SliceLoss& loss,
                      int64_t max_slice_logits = kMaxSliceLogits);

// What the policy loss needs of each token; all [R], float32, without gradients.
struct GrpoRows {
  Tensor old_logprobs;  // of the policy that sampled
  Tensor ref_logprobs;  // of the reference; undefined when kl_coef is 0
  Tensor advantages;    // of the roll-out that a token belongs to
};
struct GrpoLossOptions {
  double clip_low = 0.2, clip_high = 0.2, kl_coef = 1e-3;
};
// Per token: −min(ratio · A, clip(ratio, 1 − clip_low, 1 + clip_high) · A) + kl_coef · k3, with ratio = p / p_old and
// k3 = p_ref / p − log(p_ref / p) − 1 (Schulman 2020, unbiased and never negative; DeepSeekMath, eq. 4).  [R] → [R].
Tensor GrpoTokenLoss(const Tensor& logprobs, const GrpoRows& rows, const GrpoLossOptions& options);

}  // namespace lingshu
