// See matmul.h. The tile (outputs × vectors of tokens) is what each instruction set's registers hold.
#include "kernels/matmul.h"

#include "kernels/simd.h"

namespace lingshu {
namespace {

using simd::F16;
using simd::I16;
using simd::kLanes;
using simd::Load;
using simd::Store;

// 16 × 16 floats in place: rows become columns. Stage by stage, blocks of 8, 4, 2, 1 lanes change places.
template <int kSize>
LINGSHU_INLINE void SwapBlocks(F16* rows) {
  I16 low, high;  // of lanes [0, 16) of a and [16, 32) of b
  for (int i = 0; i < kLanes; ++i) {
    const bool is_second = (i & kSize) != 0;
    low[i] = is_second ? kLanes + i - kSize : i;
    high[i] = is_second ? kLanes + i : i + kSize;
  }
#pragma GCC unroll 16
  for (int i = 0; i < kLanes; ++i) {
    if ((i & kSize) != 0) continue;
    const F16 a = rows[i], b = rows[i + kSize];
    rows[i] = __builtin_shuffle(a, b, low);
    rows[i + kSize] = __builtin_shuffle(a, b, high);
  }
}
LINGSHU_INLINE void Transpose(F16* rows) {
  SwapBlocks<8>(rows);
  SwapBlocks<4>(rows);
  SwapBlocks<2>(rows);
  SwapBlocks<1>(rows);
}

// tile[r · 16 · kVectors + t] = Σ_k w[r][k] · panel[k][t] for kRows rows of w and 16 · kVectors tokens from `panel` on.
template <int kRows, int kVectors>
LINGSHU_INLINE void Tile(const float* panel, int64_t width, int64_t k, const float* w, float* tile) {
  F16 sums[kRows][kVectors] = {};
  for (int64_t i = 0; i < k; ++i, panel += width) {
    F16 x[kVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kVectors; ++v) x[v] = Load(panel + v * kLanes);
#pragma GCC unroll 8
    for (int r = 0; r < kRows; ++r)
#pragma GCC unroll 4
      for (int v = 0; v < kVectors; ++v) sums[r][v] += w[r * k + i] * x[v];
  }
  for (int r = 0; r < kRows; ++r)
    for (int v = 0; v < kVectors; ++v) Store(tile + (r * kVectors + v) * kLanes, sums[r][v]);
}

// The block's outputs for tokens [first, first + 16 · kVectors) of the panel.
template <int kRows, int kVectors>
LINGSHU_INLINE void Block(const float* panel, int64_t width, int64_t tokens, int64_t first, int64_t k, const float* w,
                          const float* bias, int64_t outputs, float* y, int64_t stride) {
  alignas(64) float tile[kOutputBlock * kVectors * kLanes];
  int64_t row = 0;
  for (; row + kRows <= outputs; row += kRows)
    Tile<kRows, kVectors>(panel + first, width, k, w + row * k, tile + row * kVectors * kLanes);
  for (; row < outputs; ++row) Tile<1, kVectors>(panel + first, width, k, w + row * k, tile + row * kVectors * kLanes);
  for (int v = 0; v < kVectors; ++v) {
    const int64_t begin = first + v * kLanes, count = tokens - begin < kLanes ? tokens - begin : kLanes;
    if (outputs == kOutputBlock) {
      F16 rows[kLanes];
#pragma GCC unroll 16
      for (int r = 0; r < kLanes; ++r) rows[r] = Load(tile + (r * kVectors + v) * kLanes);
      Transpose(rows);
      const F16 added = bias ? Load(bias) : F16{};
      for (int64_t t = 0; t < count; ++t) Store(y + (begin + t) * stride, bias ? rows[t] + added : rows[t]);
    } else {
      for (int64_t t = 0; t < count; ++t)
        for (int64_t j = 0; j < outputs; ++j) {
          const float sum = tile[(j * kVectors + v) * kLanes + t];
          y[(begin + t) * stride + j] = bias ? sum + bias[j] : sum;
        }
    }
  }
}

#define LINGSHU_MATMUL_ARGUMENTS                                                                                      \
  const float *panel, int64_t tokens, int64_t k, const float *w, const float *bias, int64_t outputs, float *y, int64_t stride

template <int kRows, int kVectors>
LINGSHU_INLINE void Panel(LINGSHU_MATMUL_ARGUMENTS) {
  const int64_t width = (tokens + kLanes - 1) / kLanes * kLanes;
  int64_t first = 0;
  for (; first + kVectors * kLanes <= width; first += kVectors * kLanes)
    Block<kRows, kVectors>(panel, width, tokens, first, k, w, bias, outputs, y, stride);
  if constexpr (kVectors > 2) {
    if (first + 2 * kLanes <= width) {
      Block<kRows, 2>(panel, width, tokens, first, k, w, bias, outputs, y, stride);
      first += 2 * kLanes;
    }
  }
  if (first < width) Block<kRows, 1>(panel, width, tokens, first, k, w, bias, outputs, y, stride);
}

#if defined(__x86_64__)
__attribute__((target("arch=x86-64-v4"))) void PanelV4(LINGSHU_MATMUL_ARGUMENTS) {
  Panel<8, 3>(panel, tokens, k, w, bias, outputs, y, stride);
}
__attribute__((target("arch=x86-64-v3"))) void PanelV3(LINGSHU_MATMUL_ARGUMENTS) {
  Panel<4, 1>(panel, tokens, k, w, bias, outputs, y, stride);
}
#endif
void PanelPlain(LINGSHU_MATMUL_ARGUMENTS) { Panel<2, 1>(panel, tokens, k, w, bias, outputs, y, stride); }

using PanelFn = void (*)(LINGSHU_MATMUL_ARGUMENTS);
PanelFn ChoosePanel() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("x86-64-v4")) return PanelV4;
  if (__builtin_cpu_supports("x86-64-v3")) return PanelV3;
#endif
  return PanelPlain;
}

}  // namespace

LINGSHU_CLONES
void PackPanel(const float* x, int64_t tokens, int64_t k, float* panel) {
  const int64_t width = (tokens + kLanes - 1) / kLanes * kLanes, whole = k / kLanes * kLanes;
  for (int64_t first = 0; first < width; first += kLanes) {
    const int64_t count = tokens - first < kLanes ? tokens - first : kLanes;
    for (int64_t i = 0; i < whole; i += kLanes) {
      F16 rows[kLanes];
      for (int64_t t = 0; t < kLanes; ++t) rows[t] = t < count ? Load(x + (first + t) * k + i) : F16{};
      Transpose(rows);
      for (int64_t d = 0; d < kLanes; ++d) Store(panel + (i + d) * width + first, rows[d]);
    }
    for (int64_t i = whole; i < k; ++i)
      for (int64_t t = 0; t < kLanes; ++t) panel[i * width + first + t] = t < count ? x[(first + t) * k + i] : 0.0f;
  }
}

void MatmulPanel(LINGSHU_MATMUL_ARGUMENTS) {
  static const PanelFn chosen = ChoosePanel();
  chosen(panel, tokens, k, w, bias, outputs, y, stride);
}

}  // namespace lingshu
