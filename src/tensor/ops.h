// The model's operators beyond matrix products: differentiable, fused on the CPU in float32 (kernels/), composed of at::
// functions for other devices and types. Shapes: T tokens, D hidden, N heads, K kv heads, H head_dim, F intermediate.
#pragma once

#include <vector>

#include "tensor/tensor.h"

namespace lingshu {

// y = x / sqrt(mean(x²) + eps) · weight; the mean in float32.  x_TD, weight [D].
Tensor RmsNorm(const Tensor& x_TD, const Weight& weight, double eps);

// silu(gate) · up, elementwise.
Tensor SwiGlu(const Tensor& gate_TF, const Tensor& up_TF);

// x · Φ(x) with the exact Φ, elementwise.
Tensor Gelu(const Tensor& x);

// Cosines and sines of angles [T, R] (CPU, float32), each element by itself: a token's do not depend on its place in a batch.
struct Rotary {
  Tensor cos, sin;  // [T, R]
};
Rotary RotaryOf(const Tensor& angles);

// Rotates each head by rotate-half with the given angles' cosines and sines [T, H / 2], each used for both halves.
Tensor Rope(const Tensor& x_TNH, const Tensor& cos_TR, const Tensor& sin_TR);

// Softmax attention inside segments (batch/batch.h): causal within a segment plus the whole of its prefix, or, with
// is_causal false, everything within the segment. K divides N (grouped queries).  Returns [T, N, H].
// REQUIRES: segments cover [0, T) in order and a prefix stands before its branches.
Tensor SegmentAttention(const Tensor& q_TNH, const Tensor& k_TKH, const Tensor& v_TKH,
                        const std::vector<Segment>& segments, bool is_causal);

// −log softmax(logits)[label] per row in float32.  logits [R, V], labels [R] in [0, V) → [R].
Tensor CrossEntropyRows(const Tensor& logits_RV, const Tensor& labels_R);

}  // namespace lingshu
