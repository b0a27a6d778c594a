// Fused float32 operators of the transformer on raw pointers, forward and backward: what autograd would otherwise do in
// five to ten passes over memory. Every function works on the rows that it is given; callers split the work.
#pragma once

#include <cstdint>

namespace lingshu {

// y[r] = x[r] · inv_rms[r] · weight, inv_rms[r] = 1 / sqrt(mean(x[r]²) + eps).  x, y [rows, d].
void RmsNormForward(const float* x, const float* weight, float eps, int64_t rows, int64_t d, float* y, float* inv_rms);
// dx [rows, d] is written; dweight [d] is added to.
void RmsNormBackward(const float* dy, const float* x, const float* weight, const float* inv_rms, int64_t rows, int64_t d,
                     float* dx, float* dweight);

// y = silu(gate) · up over n elements.
void SwiGluForward(const float* gate, const float* up, int64_t n, float* y);
void SwiGluBackward(const float* dy, const float* gate, const float* up, int64_t n, float* dgate, float* dup);

// Rotate-half by angles given as cos and sin [tokens, h / 2]; sign −1 is the inverse (and so the backward).
// x, y [tokens, heads, h], y may be x.
void RopeRows(const float* x, const float* cos, const float* sin, int64_t tokens, int64_t heads, int64_t h, float sign, float* y);

// AdamW (Loshchilov, Hutter 2019) in one pass over n elements; the bias corrections are the caller's.
struct AdamWStep {
  float learning_rate, beta1, beta2, eps, weight_decay;
  float bias_correction1, bias_correction2;  // 1 − βᵗ
  float grad_scale;                          // clipping
};
void AdamWUpdate(const AdamWStep& step, int64_t n, const float* grad, float* value, float* m, float* v);
// Σ x² in double, in a fixed order.
double SumOfSquares(const float* x, int64_t n);

}  // namespace lingshu
