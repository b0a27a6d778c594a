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

// y = x · Φ(x) over n elements, Φ by erf (Hendrycks, Gimpel 2016), one element at a time: vectors with a scalar tail would
// give an element bits that depend on its place.
void GeluForward(const float* x, int64_t n, float* y);
void GeluBackward(const float* dy, const float* x, int64_t n, float* dx);

// Rotate-half by angles given as cos and sin [tokens, h / 2]; sign −1 is the inverse (and so the backward).
// x, y [tokens, heads, h], y may be x.
void RopeRows(const float* x, const float* cos, const float* sin, int64_t tokens, int64_t heads, int64_t h, float sign, float* y);

// log Σ exp(x) over n elements. Exponentials in float32, their sums in double, so that the result is off by about 1e-7 whatever
// n is. NaN where an element is NaN or +Inf, or none is finite.
double LogSumExp(const float* x, int64_t n);
// The first place of the largest of n numbers that hold no NaN.
int64_t ArgMax(const float* x, int64_t n);

// loss[r] = −log softmax(logits[r])[labels[r]], lse[r] = log Σ exp(logits[r]).  logits [rows, v].
// The difference is taken in double and rounded once: sampling computes the same number (engine/sampler.cc).
void CrossEntropyForward(const float* logits, const int64_t* labels, int64_t rows, int64_t v, float* loss, float* lse);
// dlogits[r] = dloss[r] · (softmax(logits[r]) − onehot(labels[r])).
void CrossEntropyBackward(const float* dloss, const float* logits, const int64_t* labels, const float* lse, int64_t rows,
                          int64_t v, float* dlogits);

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
