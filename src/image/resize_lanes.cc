// Plain and AVX2 forms. Includes nothing but integers and intrinsics: an inline function of the standard library
// compiled with wider instructions could be the copy that the linker keeps.
#include "image/resize_lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace lingshu {

void WeighLanes(const uint8_t* rows, size_t row_stride, const int32_t* weights, int taps, int precision_bits, int lanes,
                uint8_t* out) {
  int32_t sums[kResizeLanes];
  for (int i = 0; i < lanes; ++i) sums[i] = 1 << (precision_bits - 1);
  for (int t = 0; t < taps; ++t)
    for (int i = 0; i < lanes; ++i) sums[i] += rows[row_stride * t + i] * weights[t];
  for (int i = 0; i < lanes; ++i) {
    const int32_t value = sums[i] >> precision_bits;
    out[i] = static_cast<uint8_t>(value < 0 ? 0 : value > 255 ? 255 : value);
  }
}

namespace {

using WeighFunction = void (*)(const uint8_t*, size_t, const int32_t*, int, int, uint8_t*);

void WeighPlain(const uint8_t* rows, size_t row_stride, const int32_t* weights, int taps, int precision_bits, uint8_t* out) {
  WeighLanes(rows, row_stride, weights, taps, precision_bits, kResizeLanes, out);
}

#if defined(__x86_64__)

// Six vectors of eight sums stay in registers over all taps.
__attribute__((target("avx2"))) void WeighAvx2(const uint8_t* rows, size_t row_stride, const int32_t* weights, int taps,
                                               int precision_bits, uint8_t* out) {
  constexpr int kVectors = kResizeLanes / 8;
  __m256i sums[kVectors];
#pragma GCC unroll 6
  for (int v = 0; v < kVectors; ++v) sums[v] = _mm256_set1_epi32(1 << (precision_bits - 1));
  for (int t = 0; t < taps; ++t, rows += row_stride) {
    const __m256i weight = _mm256_set1_epi32(weights[t]);
#pragma GCC unroll 6
    for (int v = 0; v < kVectors; ++v) {
      const __m256i pixels = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(rows + 8 * v)));
      sums[v] = _mm256_add_epi32(sums[v], _mm256_mullo_epi32(pixels, weight));
    }
  }
#pragma GCC unroll 6
  for (int v = 0; v < kVectors; ++v) {
    const __m256i value = _mm256_sra_epi32(sums[v], _mm_cvtsi32_si128(precision_bits));
    // Saturating packs clamp to 0…255.
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(value), _mm256_extracti128_si256(value, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out + 8 * v), _mm_packus_epi16(words, words));
  }
}

WeighFunction ChooseWeigh() { return __builtin_cpu_supports("avx2") ? &WeighAvx2 : &WeighPlain; }

#else

WeighFunction ChooseWeigh() { return &WeighPlain; }

#endif

}  // namespace

void WeighBlock(const uint8_t* rows, size_t row_stride, const int32_t* weights, int taps, int precision_bits, uint8_t* out) {
  static const WeighFunction weigh = ChooseWeigh();
  weigh(rows, row_stride, weights, taps, precision_bits, out);
}

}  // namespace lingshu
