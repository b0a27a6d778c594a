// See fused.h. Tails shorter than a vector are plain loops.
#include "kernels/fused.h"

#include "kernels/simd.h"

namespace lingshu {

using simd::F16;
using simd::kLanes;
using simd::Load;
using simd::Store;

LINGSHU_CLONES
void RmsNormForward(const float* x, const float* weight, float eps, int64_t rows, int64_t d, float* y, float* inv_rms) {
  const int64_t whole = d / kLanes * kLanes;
  for (int64_t r = 0; r < rows; ++r, x += d, y += d) {
    F16 squares = {};
    for (int64_t i = 0; i < whole; i += kLanes) squares += Load(x + i) * Load(x + i);
    float sum = simd::Sum(squares);
    for (int64_t i = whole; i < d; ++i) sum += x[i] * x[i];
    const float scale = 1.0f / __builtin_sqrtf(sum / static_cast<float>(d) + eps);
    inv_rms[r] = scale;
    for (int64_t i = 0; i < whole; i += kLanes) Store(y + i, Load(x + i) * scale * Load(weight + i));
    for (int64_t i = whole; i < d; ++i) y[i] = x[i] * scale * weight[i];
  }
}

// dx = inv_rms · (dy·w − x · inv_rms² · mean(dy·w·x))
LINGSHU_CLONES
void RmsNormBackward(const float* dy, const float* x, const float* weight, const float* inv_rms, int64_t rows, int64_t d,
                     float* dx, float* dweight) {
  const int64_t whole = d / kLanes * kLanes;
  for (int64_t r = 0; r < rows; ++r, x += d, dy += d, dx += d) {
    const float scale = inv_rms[r];
    F16 dots = {};
    for (int64_t i = 0; i < whole; i += kLanes) {
      const F16 g = Load(dy + i), xi = Load(x + i);
      dots += g * Load(weight + i) * xi;
      Store(dweight + i, Load(dweight + i) + g * xi * scale);
    }
    float dot = simd::Sum(dots);
    for (int64_t i = whole; i < d; ++i) {
      dot += dy[i] * weight[i] * x[i];
      dweight[i] += dy[i] * x[i] * scale;
    }
    const float mean = dot * scale * scale / static_cast<float>(d);
    for (int64_t i = 0; i < whole; i += kLanes) Store(dx + i, (Load(dy + i) * Load(weight + i) - Load(x + i) * mean) * scale);
    for (int64_t i = whole; i < d; ++i) dx[i] = (dy[i] * weight[i] - x[i] * mean) * scale;
  }
}

LINGSHU_INLINE F16 Sigmoid(F16 x) { return 1.0f / (1.0f + simd::Exp(-x)); }

LINGSHU_CLONES
void SwiGluForward(const float* gate, const float* up, int64_t n, float* y) {
  for (int64_t i = 0; i < n; i += kLanes) {
    if (i + kLanes <= n) {
      const F16 g = Load(gate + i);
      Store(y + i, g * Sigmoid(g) * Load(up + i));
      continue;
    }
    F16 g = {}, u = {};
    for (int64_t k = i; k < n; ++k) g[k - i] = gate[k], u[k - i] = up[k];
    const F16 result = g * Sigmoid(g) * u;
    for (int64_t k = i; k < n; ++k) y[k] = result[k - i];
  }
}

// silu'(g) = σ(g) · (1 + g · (1 − σ(g)))
LINGSHU_CLONES
void SwiGluBackward(const float* dy, const float* gate, const float* up, int64_t n, float* dgate, float* dup) {
  for (int64_t i = 0; i < n; i += kLanes) {
    const int64_t count = n - i < kLanes ? n - i : kLanes;
    F16 g = {}, u = {}, d = {};
    if (count == kLanes) {
      g = Load(gate + i), u = Load(up + i), d = Load(dy + i);
    } else {
      for (int64_t k = 0; k < count; ++k) g[k] = gate[i + k], u[k] = up[i + k], d[k] = dy[i + k];
    }
    const F16 s = Sigmoid(g);
    const F16 to_gate = d * u * s * (1.0f + g * (1.0f - s));
    const F16 to_up = d * g * s;
    if (count == kLanes) {
      Store(dgate + i, to_gate);
      Store(dup + i, to_up);
    } else {
      for (int64_t k = 0; k < count; ++k) dgate[i + k] = to_gate[k], dup[i + k] = to_up[k];
    }
  }
}

void GeluForward(const float* x, int64_t n, float* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = x[i] * 0.5f * (1.0f + __builtin_erff(x[i] * 0.70710678118654752f));
}

// gelu'(x) = Φ(x) + x · φ(x)
void GeluBackward(const float* dy, const float* x, int64_t n, float* dx) {
  for (int64_t i = 0; i < n; ++i) {
    const float cumulative = 0.5f * (1.0f + __builtin_erff(x[i] * 0.70710678118654752f));
    dx[i] = dy[i] * (cumulative + x[i] * 0.39894228040143268f * __builtin_expf(-0.5f * x[i] * x[i]));
  }
}

LINGSHU_CLONES
void RopeRows(const float* x, const float* cos, const float* sin, int64_t tokens, int64_t heads, int64_t h, float sign, float* y) {
  const int64_t half = h / 2;
  for (int64_t t = 0; t < tokens; ++t, cos += half, sin += half) {
    for (int64_t n = 0; n < heads; ++n, x += h, y += h) {
      for (int64_t i = 0; i < half; ++i) {
        const float a = x[i], b = x[i + half], s = sin[i] * sign;
        y[i] = a * cos[i] - b * s;
        y[i + half] = b * cos[i] + a * s;
      }
    }
  }
}

LINGSHU_CLONES
double LogSumExp(const float* x, int64_t n) {
  constexpr int64_t kBlock = 16 * kLanes;  // floats summed in float32 before they enter the double
  const int64_t whole = n / kLanes * kLanes;
  float max = x[0];
  if (whole > 0) {
    F16 most = Load(x);
    for (int64_t i = kLanes; i < whole; i += kLanes) most = simd::Max(most, Load(x + i));
    max = simd::Max(most);
  }
  for (int64_t i = whole; i < n; ++i) max = x[i] > max ? x[i] : max;
  double sum = 0;
  for (int64_t begin = 0; begin < whole; begin += kBlock) {
    const int64_t end = begin + kBlock < whole ? begin + kBlock : whole;
    F16 block = {};
    for (int64_t i = begin; i < end; i += kLanes) block += simd::Exp(Load(x + i) - max);
    for (int k = 0; k < kLanes; ++k) sum += static_cast<double>(block[k]);
  }
  for (int64_t i = whole; i < n; ++i) sum += __builtin_exp(static_cast<double>(x[i]) - max);
  return max + __builtin_log(sum);
}

LINGSHU_CLONES
int64_t ArgMax(const float* x, int64_t n) {
  const int64_t whole = n / kLanes * kLanes;
  F16 most = whole > 0 ? Load(x) : simd::Set(x[0]);
  for (int64_t i = kLanes; i < whole; i += kLanes) most = simd::Max(most, Load(x + i));
  float max = simd::Max(most);
  for (int64_t i = whole; i < n; ++i) max = x[i] > max ? x[i] : max;
  int64_t at = 0;
  while (x[at] != max) ++at;
  return at;
}

void CrossEntropyForward(const float* logits, const int64_t* labels, int64_t rows, int64_t v, float* loss, float* lse) {
  for (int64_t r = 0; r < rows; ++r, logits += v) {
    const double total = LogSumExp(logits, v);
    lse[r] = static_cast<float>(total);
    loss[r] = static_cast<float>(total - static_cast<double>(logits[labels[r]]));
  }
}

LINGSHU_CLONES
void CrossEntropyBackward(const float* dloss, const float* logits, const int64_t* labels, const float* lse, int64_t rows,
                          int64_t v, float* dlogits) {
  const int64_t whole = v / kLanes * kLanes;
  for (int64_t r = 0; r < rows; ++r, logits += v, dlogits += v) {
    for (int64_t i = 0; i < whole; i += kLanes) Store(dlogits + i, simd::Exp(Load(logits + i) - lse[r]) * dloss[r]);
    for (int64_t i = whole; i < v; ++i) dlogits[i] = __builtin_expf(logits[i] - lse[r]) * dloss[r];
    dlogits[labels[r]] -= dloss[r];
  }
}

LINGSHU_CLONES
void AdamWUpdate(const AdamWStep& step, int64_t n, const float* grad, float* value, float* m, float* v) {
  const float decay = 1.0f - step.learning_rate * step.weight_decay;
  const float rate = step.learning_rate / step.bias_correction1;
  const float correction = 1.0f / step.bias_correction2;
  for (int64_t i = 0; i < n; ++i) {
    const float g = grad[i] * step.grad_scale;
    m[i] = step.beta1 * m[i] + (1.0f - step.beta1) * g;
    v[i] = step.beta2 * v[i] + (1.0f - step.beta2) * g * g;
    value[i] = value[i] * decay - rate * m[i] / (__builtin_sqrtf(v[i] * correction) + step.eps);
  }
}

LINGSHU_CLONES
double SumOfSquares(const float* x, int64_t n) {
  double lanes[8] = {};
  const int64_t whole = n / 8 * 8;
  for (int64_t i = 0; i < whole; i += 8)
    for (int64_t k = 0; k < 8; ++k) lanes[k] += static_cast<double>(x[i + k]) * x[i + k];
  double sum = 0;
  for (int64_t i = whole; i < n; ++i) sum += static_cast<double>(x[i]) * x[i];
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace lingshu
