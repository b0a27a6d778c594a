// Activations as int8 (packed_matrix.h). In a file of its own because it is cloned per instruction set and compiled
// without contraction: x · inverse must be rounded before it is rounded to an integer.
#include "kernels/half.h"
#include "kernels/packed_layout.h"
#include "kernels/packed_matrix.h"
#include "kernels/simd.h"

namespace lingshu {
namespace {

using simd::F16;
using simd::I16;
using simd::Load;

constexpr int32_t kMagnitude = 0x7FFFFFFF, kInfinity = 0x7F800000;

// The lanes moved down by kStep, in a circle: folding by 8, 4, 2, 1 leaves the same value in every lane.
template <int kStep>
LINGSHU_INLINE I16 Turn(I16 v) {
  I16 from;
  for (int i = 0; i < 16; ++i) from[i] = (i + kStep) % 16;
  return __builtin_shuffle(v, from);
}
LINGSHU_INLINE I16 Max(I16 a, I16 b) { return a > b ? a : b; }
LINGSHU_INLINE int32_t LargestOf(I16 v) {
  v = Max(v, Turn<8>(v)), v = Max(v, Turn<4>(v)), v = Max(v, Turn<2>(v));
  return Max(v, Turn<1>(v))[0];
}
LINGSHU_INLINE int32_t SumOf(I16 v) {
  v += Turn<8>(v), v += Turn<4>(v), v += Turn<2>(v), v += Turn<1>(v);
  return v[0];
}

// x · inverse to the nearest integer, ties to even: 1.5 · 2^23 pushes the fraction out, the low bits are the integer.
LINGSHU_INLINE I16 Round(F16 x, float inverse) {
  return reinterpret_cast<I16>(x * inverse + 12582912.0f) - 0x4B400000;
}

LINGSHU_CLONES
void QuantizeToken(const float* x, int64_t columns, int bias, bool is_bias_of_16, int8_t* q, float* d, int32_t* biases) {
  for (int64_t b = 0; b < columns / 32; ++b, x += 32, q += 32) {
    const F16 low = Load(x), high = Load(x + 16);
    // Bits of magnitudes are in the order of the magnitudes, infinities and NaN above all.
    const int32_t bits = LargestOf(Max(reinterpret_cast<I16>(low) & kMagnitude, reinterpret_cast<I16>(high) & kMagnitude));
    const bool is_finite = bits < kInfinity;
    const float most = is_finite ? FloatOfBits(static_cast<uint32_t>(bits)) : 0.0f;
    const bool is_fine = most > 1e-36f;  // below, 127 / most would be infinite
    const float inverse = is_fine ? 127.0f / most : 0.0f;
    const F16 zero = {};
    const I16 first = Round(is_fine ? low : zero, inverse), second = Round(is_fine ? high : zero, inverse);
    int32_t rounded[32];
    *reinterpret_cast<I16*>(rounded) = first, *reinterpret_cast<I16*>(rounded + 16) = second;
    for (int i = 0; i < 32; ++i) q[i] = static_cast<int8_t>(rounded[i]);
    d[b] = !is_finite ? __builtin_nanf("") : is_fine ? most / 127.0f : 0.0f;
    if (is_bias_of_16) {
      biases[2 * b] = -bias * SumOf(first);
      biases[2 * b + 1] = -bias * SumOf(second);
    }
    if (!is_bias_of_16) biases[b] = -bias * SumOf(first + second);
  }
}

// The sums d · Σ q of 8 blocks of 32 in 15 bits, for the mins of Q4_K.
LINGSHU_CLONES
void RoundMinSums(const int8_t* q, const float* d, int64_t columns, int8_t* min_sums, float* min_factor) {
  for (int64_t i = 0; i < columns / 256; ++i, q += 256, d += 8, min_sums += 16) {
    float sums[8], most = 0;
    bool is_finite = true;
    for (int j = 0; j < 8; ++j) {
      int32_t sum = 0;
      for (int k = 0; k < 32; ++k) sum += q[32 * j + k];
      sums[j] = d[j] * static_cast<float>(sum);
      is_finite = is_finite && d[j] - d[j] == 0.0f;
      const float size = __builtin_fabsf(sums[j]);
      most = size > most ? size : most;
    }
    const bool is_fine = is_finite && most > 1e-34f;
    const float inverse = is_fine ? 16256.0f / most : 0.0f;
    for (int j = 0; j < 8; ++j) {
      const auto r = static_cast<int32_t>(__builtin_rintf(is_fine ? sums[j] * inverse : 0.0f));
      min_sums[j] = static_cast<int8_t>(r & 127), min_sums[8 + j] = static_cast<int8_t>(r >> 7);
    }
    min_factor[i] = !is_finite ? __builtin_nanf("") : is_fine ? -(most / 16256.0f) : 0.0f;
  }
}

}  // namespace

int64_t ActivationBytes(BlockFormat format, int64_t columns) {
  const int64_t bytes = IsHalf(format) ? 4 * columns : columns + columns / 8 + columns / 4 + columns / 8;
  return (bytes + 63) / 64 * 64;
}

void QuantizeActivations(BlockFormat format, const float* x, int64_t tokens, int64_t columns, uint8_t* activations) {
  const int64_t bytes = ActivationBytes(format, columns);
  if (IsHalf(format)) {
    for (int64_t t = 0; t < tokens; ++t)
      __builtin_memcpy(activations + t * bytes, x + t * columns, static_cast<uint64_t>(columns) * 4);
    return;
  }
  const PackedLayout& layout = LayoutOf(format);
  for (int64_t t = 0; t < tokens; ++t) {
    const ActivationRow row = RowOfActivations(activations + t * bytes, columns);
    QuantizeToken(x + t * columns, columns, layout.bias, layout.bias_span == 16, const_cast<int8_t*>(row.q),
                  const_cast<float*>(row.d), const_cast<int32_t*>(row.bias));
    if (format == BlockFormat::kQ4_K)
      RoundMinSums(row.q, row.d, columns, const_cast<int8_t*>(row.min_sums), const_cast<float*>(row.min_factor));
  }
}

}  // namespace lingshu
