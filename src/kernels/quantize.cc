// See block_format.h. The searches of Q4_K and Q6_K keep one sub-block per lane: element i of all of them is one
// vector, so sums run over elements in order, as in the plain algorithm of ggml's quantize_row_*_ref, and no lane adds
// across. Bytes of Q8_0, Q4_0 and Q6_K equal ggml's (but for q where a scale is 0). Q4_K's candidates all stretch the
// range of the numbers; ggml's stretch the last accepted one, which leaves 2.7 % more squared error on normal numbers.
// Compiled without fused multiply-add, so that every machine writes the same bytes.
#include "kernels/block_format.h"
#include "kernels/half.h"
#include "kernels/simd.h"

namespace lingshu {
namespace {

constexpr float kTiny = 1e-15f;  // a group of numbers below this is all zero

typedef float F8 __attribute__((vector_size(32), aligned(4), may_alias));
typedef int32_t I8 __attribute__((vector_size(32), aligned(4), may_alias));

// To the nearest integer, ties to even, for |x| < 2^22: adding 1.5 · 2^23 pushes the fraction out.
LINGSHU_INLINE float Round(float x) { return x + 12582912.0f - 12582912.0f; }
template <typename F>
LINGSHU_INLINE F RoundLanes(F x) {
  return (x + 12582912.0f) - 12582912.0f;
}
template <typename F>
LINGSHU_INLINE F Least(F a, F b) {
  return a < b ? a : b;
}
template <typename F>
LINGSHU_INLINE F Most(F a, F b) {
  return a > b ? a : b;
}
template <typename F>
LINGSHU_INLINE F Clamp(F x, float low, float high) {
  return Least(Most(x, F{} + low), F{} + high);
}
LINGSHU_INLINE float Abs(float x) { return x < 0 ? -x : x; }
LINGSHU_INLINE int ClampInt(float x, int low, int high) {
  return x < low ? low : x > high ? high : static_cast<int>(x);
}
// 1 / d, or 0 where that would not be a number.
LINGSHU_INLINE float Inverse(float d) {
  const float inverse = d != 0 ? 1.0f / d : 0.0f;
  return Abs(inverse) <= 3.4e38f ? inverse : 0.0f;
}

// d = max |x| / 127, halves away from zero.
void Quantize(const float* x, BlockQ8_0& block) {
  float most = 0;
  for (int i = 0; i < 32; ++i) most = Abs(x[i]) > most ? Abs(x[i]) : most;
  const float d = most / 127.0f, inverse = Inverse(d);
  block.d = FloatToHalf(d);
  for (int i = 0; i < 32; ++i) {
    const float scaled = x[i] * inverse;
    block.qs[i] = static_cast<int8_t>(ClampInt(scaled + (scaled < 0 ? -0.5f : 0.5f), -127, 127));
  }
}

// d = (the number of largest magnitude, with its sign) / −8, so that this number is met exactly by q = 0.
void Quantize(const float* x, BlockQ4_0& block) {
  float extreme = 0;
  for (int i = 0; i < 32; ++i) extreme = Abs(x[i]) > Abs(extreme) ? x[i] : extreme;
  const float d = extreme / -8.0f, inverse = Inverse(d);
  block.d = FloatToHalf(d);
  for (int i = 0; i < 16; ++i)
    block.qs[i] =
        static_cast<uint8_t>(ClampInt(x[i] * inverse + 8.5f, 0, 15) | ClampInt(x[i + 16] * inverse + 8.5f, 0, 15) << 4);
}

// x ≈ scale · q − min with q in [0, 15], for 8 sub-blocks of 32 in lanes. Weights of the squared error are
// sqrt(mean x²) + |x|; candidates stretch the range from 14 / 15 to 16 / 15, each with scale and min by least squares.
LINGSHU_INLINE void SearchScaleAndMin(const F8* x, F8& scale, F8& min) {
  F8 weights[32], low = x[0], high = x[0], squares = {};
  for (int i = 0; i < 32; ++i) squares += x[i] * x[i];
  squares /= 32.0f;
  F8 mean;
  for (int lane = 0; lane < 8; ++lane) mean[lane] = __builtin_sqrtf(squares[lane]);
  F8 sum_w = {}, sum_x = {};
  for (int i = 0; i < 32; ++i) {
    weights[i] = mean + (x[i] < 0 ? -x[i] : x[i]);
    low = Least(low, x[i]);
    high = Most(high, x[i]);
    sum_w += weights[i];
    sum_x += weights[i] * x[i];
  }
  low = Least(low, F8{});
  const I8 is_flat = high <= low;
  const F8 range = is_flat ? F8{} + 1.0f : high - low;

  F8 best = {};
  scale = 1.0f / (15.0f / range), min = low;
  for (int step = -1; step <= 20; ++step) {  // −1 is the plain range
    const F8 inverse = (step < 0 ? 15.0f : -1.0f + 0.1f * static_cast<float>(step) + 15.0f) / range;
    F8 q[32], sum_q = {}, sum_qq = {}, sum_xq = {};
    for (int i = 0; i < 32; ++i) {
      q[i] = Clamp(RoundLanes(inverse * (x[i] - low)), 0, 15);
      sum_q += weights[i] * q[i];
      sum_qq += weights[i] * q[i] * q[i];
      sum_xq += weights[i] * q[i] * x[i];
    }
    F8 try_scale = scale, try_min = min;
    I8 is_regular = best == best;
    if (step >= 0) {
      const F8 determinant = sum_w * sum_qq - sum_q * sum_q;
      is_regular = determinant > 0;
      const F8 divisor = is_regular ? determinant : F8{} + 1.0f;
      try_scale = (sum_w * sum_xq - sum_x * sum_q) / divisor;
      try_min = (sum_qq * sum_x - sum_q * sum_xq) / divisor;
      const I8 is_above = is_regular & (try_min > 0);  // zero must stay within reach
      try_scale = is_above ? sum_xq / sum_qq : try_scale;
      try_min = is_above ? F8{} : try_min;
    }
    F8 error = {};
    for (int i = 0; i < 32; ++i) {
      const F8 difference = try_scale * q[i] + try_min - x[i];
      error += weights[i] * (difference * difference);
    }
    const I8 is_better = step < 0 ? is_regular : is_regular & (error < best);
    best = is_better ? error : best;
    scale = is_better ? try_scale : scale;
    min = is_better ? try_min : min;
  }
  scale = is_flat ? F8{} : scale;
  min = is_flat ? -low : -min;
}

LINGSHU_INLINE void PackScalesOfQ4_K(const uint8_t* scales, const uint8_t* mins, uint8_t* packed) {
  for (int j = 0; j < 4; ++j) {
    packed[j] = static_cast<uint8_t>(scales[j] | (scales[j + 4] >> 4) << 6);
    packed[j + 4] = static_cast<uint8_t>(mins[j] | (mins[j + 4] >> 4) << 6);
    packed[j + 8] = static_cast<uint8_t>((scales[j + 4] & 15) | (mins[j + 4] & 15) << 4);
  }
}

LINGSHU_CLONES
void Quantize(const float* x, BlockQ4_K& block) {
  F8 lanes[32], scale, min;
  for (int i = 0; i < 32; ++i)
    for (int j = 0; j < 8; ++j) lanes[i][j] = x[32 * j + i];
  SearchScaleAndMin(lanes, scale, min);
  float most_scale = 0, most_min = 0;
  for (int j = 0; j < 8; ++j) {
    most_scale = scale[j] > most_scale ? scale[j] : most_scale;
    most_min = min[j] > most_min ? min[j] : most_min;
  }
  block.d = FloatToHalf(most_scale / 63.0f);
  block.dmin = FloatToHalf(most_min / 63.0f);
  const float to_scale = most_scale > 0 ? 63.0f / most_scale : 0.0f, to_min = most_min > 0 ? 63.0f / most_min : 0.0f;
  uint8_t scales[8], mins[8];
  for (int j = 0; j < 8; ++j) {
    scales[j] = static_cast<uint8_t>(ClampInt(Round(to_scale * scale[j]), 0, 63));
    mins[j] = static_cast<uint8_t>(ClampInt(Round(to_min * min[j]), 0, 63));
  }
  PackScalesOfQ4_K(scales, mins, block.scales);
  const float d = HalfToFloat(block.d), dmin = HalfToFloat(block.dmin);
  for (int pair = 0; pair < 4; ++pair)
    for (int i = 0; i < 32; ++i) {
      int q[2];
      for (int j = 0; j < 2; ++j) {
        const float step = d * scales[2 * pair + j], offset = dmin * mins[2 * pair + j];
        q[j] = step == 0 ? 0 : ClampInt(Round((x[64 * pair + 32 * j + i] + offset) / step), 0, 15);
      }
      block.qs[32 * pair + i] = static_cast<uint8_t>(q[0] | q[1] << 4);
    }
}

// x ≈ scale · q with q in [−32, 31], for 16 sub-blocks of 16 in lanes. Errors are weighted by x²; candidates place the
// number of largest magnitude from −31.1 to −32.9.
LINGSHU_INLINE simd::F16 SearchScale(const simd::F16* x) {
  using simd::F16;
  F16 extreme = {}, most = {};
  for (int i = 0; i < 16; ++i) {
    const F16 magnitude = x[i] < 0 ? -x[i] : x[i];
    extreme = magnitude > most ? x[i] : extreme;
    most = Most(most, magnitude);
  }
  const simd::I16 is_zero = most < kTiny;
  const F16 divisor = is_zero ? F16{} + 1.0f : extreme;
  F16 scale = {}, best = {};
  for (int step = 0; step < 19; ++step) {
    const int stretch = step == 0 ? 0 : step <= 9 ? step - 10 : step - 9;  // 0, −9 … −1, 1 … 9
    const F16 inverse = -(32.0f + 0.1f * static_cast<float>(stretch)) / divisor;
    F16 sum_xq = {}, sum_qq = {};
    for (int i = 0; i < 16; ++i) {
      const F16 q = Clamp(RoundLanes(inverse * x[i]), -32, 31), weight = x[i] * x[i];
      sum_xq += weight * x[i] * q;
      sum_qq += weight * q * q;
    }
    const simd::I16 is_better = (sum_qq > 0) & (step == 0 ? sum_qq > 0 : sum_xq * sum_xq > best * sum_qq);
    const F16 least_squares = sum_xq / (sum_qq > 0 ? sum_qq : F16{} + 1.0f);
    scale = is_better ? least_squares : scale;
    best = is_better ? least_squares * sum_xq : best;
  }
  return is_zero ? F16{} : scale;
}

LINGSHU_CLONES
void Quantize(const float* x, BlockQ6_K& block) {
  simd::F16 lanes[16];
  for (int i = 0; i < 16; ++i)
    for (int j = 0; j < 16; ++j) lanes[i][j] = x[16 * j + i];
  const simd::F16 scale = SearchScale(lanes);
  float extreme = 0;
  for (int j = 0; j < 16; ++j) extreme = Abs(scale[j]) > Abs(extreme) ? scale[j] : extreme;
  block = {};
  if (Abs(extreme) < kTiny) return;
  const float to_scale = -128.0f / extreme;
  block.d = FloatToHalf(1.0f / to_scale);
  const float d = HalfToFloat(block.d);
  for (int j = 0; j < 16; ++j) block.scales[j] = static_cast<int8_t>(ClampInt(Round(to_scale * scale[j]), -128, 127));
  for (int i = 0; i < 256; ++i) {
    const float step = d * block.scales[i / 16];
    const int q = (step == 0 ? 0 : ClampInt(Round(x[i] / step), -32, 31)) + 32;
    const int half = i / 128, quarter = i % 128 / 32, l = i % 32;
    block.ql[64 * half + 32 * (quarter % 2) + l] |= static_cast<uint8_t>((q & 15) << 4 * (quarter / 2));
    block.qh[32 * half + l] |= static_cast<uint8_t>(q >> 4 << 2 * quarter);
  }
}

template <typename Block>
void QuantizeBlocks(const float* x, int64_t n, void* blocks) {
  const int64_t elements = sizeof(Block) < 128 ? kSubBlock : kSuperBlock;
  for (int64_t i = 0; i < n / elements; ++i) Quantize(x + i * elements, static_cast<Block*>(blocks)[i]);
}

}  // namespace

void QuantizeRow(BlockFormat format, const float* x, int64_t n, void* blocks) {
  auto* words = static_cast<uint16_t*>(blocks);
  switch (format) {
    case BlockFormat::kF32:
      __builtin_memcpy(blocks, x, static_cast<uint64_t>(n) * 4);
      return;
    case BlockFormat::kF16:
      for (int64_t i = 0; i < n; ++i) words[i] = FloatToHalf(x[i]);
      return;
    case BlockFormat::kBF16:
      for (int64_t i = 0; i < n; ++i) words[i] = FloatToBFloat16(x[i]);
      return;
    case BlockFormat::kQ8_0:
      return QuantizeBlocks<BlockQ8_0>(x, n, blocks);
    case BlockFormat::kQ4_0:
      return QuantizeBlocks<BlockQ4_0>(x, n, blocks);
    case BlockFormat::kQ4_K:
      return QuantizeBlocks<BlockQ4_K>(x, n, blocks);
    case BlockFormat::kQ6_K:
      return QuantizeBlocks<BlockQ6_K>(x, n, blocks);
  }
}

}  // namespace lingshu
