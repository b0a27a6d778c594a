// Products with packed matrices for AVX-512 with VNNI (see packed_matrix.h for the arithmetic, packed_layout.h for
// memory). vpdpbusd multiplies unsigned by signed bytes: weights are made unsigned (Q8_0 by flipping the top bit, the
// others are already) and the activations' bias takes that off again. A word of weights is loaded once and meets up to
// 8 tokens, whose four bytes are broadcast from memory. The compiler is given the instruction set for this file alone
// (CMakeLists.txt).
#include "kernels/packed_layout.h"

#if defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__)

#include <immintrin.h>

namespace lingshu::avx512 {
namespace {

constexpr int64_t kPrefetchBytes = 6144;
constexpr int kCached = 1 << 20;  // in place of a number of tokens: the words were loaded a moment ago

#define INLINE static inline __attribute__((always_inline))
#define BODY __attribute__((always_inline))  // of a lambda

// Weights that pass by once are asked for ahead of time: with sums between the loads, the processor's own prefetching
// falls behind (measured: 76 % of a plain read without, for Q4_K).
INLINE void Prefetch(const uint8_t* p) { _mm_prefetch(reinterpret_cast<const char*>(p) + kPrefetchBytes, _MM_HINT_T0); }
template <int T>
INLINE __m512i LoadWord(const uint8_t* p) {
  if constexpr (T <= 2) Prefetch(p);
  return _mm512_loadu_si512(p);
}
INLINE __m512 LoadHalves(const uint8_t* p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
INLINE __m128i LoadBytes(const uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }
INLINE __m512i Low4(__m512i x) { return _mm512_and_si512(x, _mm512_set1_epi8(15)); }
INLINE __m512i High4(__m512i x) { return Low4(_mm512_srli_epi16(x, 4)); }

// Four bytes of a token, in all lanes.
INLINE __m512i Broadcast(const int8_t* q) {
  int32_t word;
  __builtin_memcpy(&word, q, 4);
  return _mm512_set1_epi32(word);
}

// sums[t] += w · (the tokens' four bytes at k).
template <int T>
INLINE void Dot(__m512i (&sums)[T], __m512i w, const ActivationRow* a, int64_t k) {
#pragma GCC unroll 8
  for (int t = 0; t < T; ++t) sums[t] = _mm512_dpbusd_epi32(sums[t], w, Broadcast(a[t].q + k));
}

template <int T>
INLINE void StartWithBias(__m512i (&sums)[T], const ActivationRow* a, int64_t i) {
#pragma GCC unroll 8
  for (int t = 0; t < T; ++t) sums[t] = _mm512_set1_epi32(a[t].bias[i]);
}

// y[t] = fma(sums[t], scale · d[t], y[t])
template <int T>
INLINE void Scale(__m512 (&y)[T], const __m512i (&sums)[T], __m512 scale, const ActivationRow* a, int64_t b) {
#pragma GCC unroll 8
  for (int t = 0; t < T; ++t)
    y[t] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[t]), _mm512_mul_ps(scale, _mm512_set1_ps(a[t].d[b])), y[t]);
}

// block(b, words, scales) for every block of a group, whose scales are asked for ahead of time as the words are.
template <BlockFormat format, int T, typename Block>
INLINE void ForBlocks(const uint8_t* p, int64_t columns, const Block& block) {
  constexpr PackedLayout layout = kLayout<format>;
  const int64_t blocks = columns / layout.elements;
  for (int64_t b = 0; b < blocks; b += layout.unit) {
    const int64_t count = blocks - b < layout.unit ? blocks - b : layout.unit;
    const uint8_t* scales = p + count * layout.word_bytes();
    if constexpr (T <= 2)
      for (int64_t at = 0; at < count * layout.scale_bytes(); at += 64) Prefetch(scales + at);
    for (int64_t i = 0; i < count; ++i) block(b + i, p + i * layout.word_bytes(), scales + i * layout.scale_bytes());
    p += count * layout.packed_bytes();
  }
}

template <int T>
INLINE void GroupQ8_0(const uint8_t* group, int64_t columns, const ActivationRow* a, __m512 (&y)[T]) {
  const __m512i top = _mm512_set1_epi8(static_cast<char>(0x80));
  ForBlocks<BlockFormat::kQ8_0, T>(group, columns, [&](int64_t b, const uint8_t* words, const uint8_t* scales) BODY {
    __m512i sums[T];
    StartWithBias(sums, a, b);
#pragma GCC unroll 8
    for (int w = 0; w < 8; ++w) Dot(sums, _mm512_xor_si512(LoadWord<T>(words + 64 * w), top), a, 32 * b + 4 * w);
    Scale(y, sums, LoadHalves(scales), a, b);
  });
}

template <int T>
INLINE void GroupQ4_0(const uint8_t* group, int64_t columns, const ActivationRow* a, __m512 (&y)[T]) {
  ForBlocks<BlockFormat::kQ4_0, T>(group, columns, [&](int64_t b, const uint8_t* words, const uint8_t* scales) BODY {
    __m512i sums[T];
    StartWithBias(sums, a, b);
#pragma GCC unroll 4
    for (int w = 0; w < 4; ++w) {
      const __m512i pair = LoadWord<T>(words + 64 * w);
      Dot(sums, Low4(pair), a, 32 * b + 4 * w);
      Dot(sums, High4(pair), a, 32 * b + 16 + 4 * w);
    }
    Scale(y, sums, LoadHalves(scales), a, b);
  });
}

// Scales and mins of the 16 rows of a Q4_K block, a byte each: [0] of sub-blocks 0 to 3, [1] of 4 to 7.
struct BytesOfQ4_K {
  __m512i scales[2], mins[2];
};
INLINE BytesOfQ4_K UnpackBytesOfQ4_K(const uint8_t* packed) {
  const __m512i low6 = _mm512_set1_epi8(63), high2 = _mm512_set1_epi8(48);
  const __m512i first = _mm512_loadu_si512(packed), second = _mm512_loadu_si512(packed + 64), third = _mm512_loadu_si512(packed + 128);
  constexpr int kPick = 0xE2;  // c where the mask is 0, a where it is 1, for ternarylogic(a, mask, c)
  return {{_mm512_and_si512(first, low6), _mm512_ternarylogic_epi32(_mm512_srli_epi16(first, 2), high2, Low4(third), kPick)},
          {_mm512_and_si512(second, low6), _mm512_ternarylogic_epi32(_mm512_srli_epi16(second, 2), high2, High4(third), kPick)}};
}

// Byte j of every row as a number of 32 bits.
template <int j>
INLINE __m512i PickByte(__m512i bytes) {
  if constexpr (j == 3) return _mm512_srli_epi32(bytes, 24);
  return _mm512_maskz_shuffle_epi8(0x1111111111111111ull, bytes, _mm512_add_epi32(_mm512_set_epi32(12, 8, 4, 0, 12, 8, 4, 0, 12, 8, 4, 0, 12, 8, 4, 0), _mm512_set1_epi32(j)));
}

// Sums of sub-blocks 2i (the low nibbles) and 2i + 1 (the high ones, which count 16 times) of a Q4_K block, which share their words.
template <int T>
INLINE void DotsOfQ4_K(const uint8_t* words, const ActivationRow* a, int64_t b, __m512i (&low)[T], __m512i (&high)[T]) {
  const __m512i low4 = _mm512_set1_epi8(15), high4 = _mm512_set1_epi8(static_cast<char>(240));
#pragma GCC unroll 8
  for (int t = 0; t < T; ++t) low[t] = high[t] = _mm512_setzero_si512();
#pragma GCC unroll 8
  for (int w = 0; w < 8; ++w) {
    const __m512i pair = LoadWord<T>(words + 64 * w);
    Dot(low, _mm512_and_si512(pair, low4), a, 32 * b + 4 * w);
    Dot(high, _mm512_and_si512(pair, high4), a, 32 * b + 32 + 4 * w);
  }
}

template <int T, int i>
INLINE void ScalePairOfQ4_K(const __m512i (&low)[T], const __m512i (&high)[T], const BytesOfQ4_K& bytes, __m512 d, __m512 d16, const ActivationRow* a, int64_t b,
                            __m512 (&y)[T]) {
  const __m512i scales = bytes.scales[i / 2];
  Scale(y, low, _mm512_mul_ps(d, _mm512_cvtepi32_ps(PickByte<2 * i % 4>(scales))), a, b);
  Scale(y, high, _mm512_mul_ps(d16, _mm512_cvtepi32_ps(PickByte<2 * i % 4 + 1>(scales))), a, b + 1);
}

template <int T>
INLINE void AddMinsOfQ4_K(const BytesOfQ4_K& bytes, __m512 dmin, const ActivationRow* a, int64_t block, __m512 (&y)[T]) {
#pragma GCC unroll 8
  for (int t = 0; t < T; ++t) {
    const int8_t* r = a[t].min_sums + 16 * block;
    __m512i low = _mm512_dpbusd_epi32(_mm512_setzero_si512(), bytes.mins[0], Broadcast(r));
    __m512i high = _mm512_dpbusd_epi32(_mm512_setzero_si512(), bytes.mins[0], Broadcast(r + 8));
    low = _mm512_dpbusd_epi32(low, bytes.mins[1], Broadcast(r + 4));
    high = _mm512_dpbusd_epi32(high, bytes.mins[1], Broadcast(r + 12));
    const __m512 sum = _mm512_cvtepi32_ps(_mm512_add_epi32(low, _mm512_slli_epi32(high, 7)));
    y[t] = _mm512_fmadd_ps(sum, _mm512_mul_ps(dmin, _mm512_set1_ps(a[t].min_factor[block])), y[t]);
  }
}

// One token or two keep all sums of a block in registers and read its scales when they have read its words: memory in the order in which it
// lies. More tokens scale pair by pair.
template <int T>
INLINE void GroupQ4_K(const uint8_t* group, int64_t columns, const ActivationRow* a, __m512 (&y)[T]) {
  ForBlocks<BlockFormat::kQ4_K, T>(group, columns, [&](int64_t block, const uint8_t* words, const uint8_t* scales) BODY {
    constexpr int kAtOnce = T <= 2 ? 4 : 1;
    __m512i low[kAtOnce][T], high[kAtOnce][T];
    const int64_t b = 8 * block;
    if constexpr (kAtOnce == 4) {
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) DotsOfQ4_K<T>(words + 512 * i, a, b + 2 * i, low[i], high[i]);
    }
    const BytesOfQ4_K bytes = UnpackBytesOfQ4_K(scales + 64);
    const __m512 d = LoadHalves(scales), d16 = _mm512_mul_ps(d, _mm512_set1_ps(0.0625f));
    const auto pair = [&]<int i>() BODY {
      constexpr int at = kAtOnce == 4 ? i : 0;
      if constexpr (kAtOnce == 1) DotsOfQ4_K<T>(words + 512 * i, a, b + 2 * i, low[0], high[0]);
      ScalePairOfQ4_K<T, i>(low[at], high[at], bytes, d, d16, a, b + 2 * i, y);
    };
    pair.template operator()<0>();
    pair.template operator()<1>();
    pair.template operator()<2>();
    pair.template operator()<3>();
    AddMinsOfQ4_K<T>(bytes, LoadHalves(scales + 32), a, block, y);
  });
}

// 32 numbers of a Q6_K block: `quarter` of one of its halves, in two parts of 16 with scales of their own.
template <int T, int quarter>
INLINE void SubBlockQ6_K(const uint8_t* low, const uint8_t* high, const uint8_t* scales, int j, const ActivationRow* a,
                         int64_t b, __m512 (&y)[T]) {
  __m512 exact[T];
#pragma GCC unroll 2
  for (int part = 0; part < 2; ++part) {
    __m512i sums[T];
    StartWithBias(sums, a, 2 * b + part);
#pragma GCC unroll 4
    for (int w = 4 * part; w < 4 * part + 4; ++w) {
      const __m512i low_bits = LoadWord < quarter < 2 ? T : kCached > (low + 64 * w);
      __m512i bits = LoadWord < quarter == 0 ? T : kCached > (high + 64 * w);
      if constexpr (quarter == 0) bits = _mm512_slli_epi16(bits, 4);
      if constexpr (quarter == 1) bits = _mm512_slli_epi16(bits, 2);
      if constexpr (quarter == 3) bits = _mm512_srli_epi16(bits, 2);
      bits = _mm512_and_si512(bits, _mm512_set1_epi8(48));
      Dot(sums, _mm512_or_si512(quarter < 2 ? Low4(low_bits) : High4(low_bits), bits), a, 32 * b + 4 * w);
    }
    const __m512 scale = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(LoadBytes(scales + 32 + 16 * (2 * j + part))));
#pragma GCC unroll 8
    for (int t = 0; t < T; ++t) {
      const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[t]), scale);
      exact[t] = part == 0 ? product : _mm512_add_ps(exact[t], product);
    }
  }
  const __m512 d = LoadHalves(scales);
#pragma GCC unroll 8
  for (int t = 0; t < T; ++t) y[t] = _mm512_fmadd_ps(exact[t], _mm512_mul_ps(d, _mm512_set1_ps(a[t].d[b])), y[t]);
}

template <int T>
INLINE void GroupQ6_K(const uint8_t* group, int64_t columns, const ActivationRow* a, __m512 (&y)[T]) {
  ForBlocks<BlockFormat::kQ6_K, T>(group, columns, [&](int64_t block, const uint8_t* words, const uint8_t* scales) BODY {
    const int64_t b = 8 * block;
    for (int j = 0; j < 8; j += 4, words += 24 * 64) {  // a half: 8 words of low bits, 8 of high ones, 8 of low ones
      const uint8_t *low = words, *high = words + 512;
      SubBlockQ6_K<T, 0>(low, high, scales, j, a, b + j, y);
      SubBlockQ6_K<T, 1>(low + 1024, high, scales, j + 1, a, b + j + 1, y);
      SubBlockQ6_K<T, 2>(low, high, scales, j + 2, a, b + j + 2, y);
      SubBlockQ6_K<T, 3>(low + 1024, high, scales, j + 3, a, b + j + 3, y);
    }
  });
}

// One number of 16 rows.
template <BlockFormat format>
INLINE __m512 Widen(const uint8_t* p) {
  const __m256i bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  if constexpr (format == BlockFormat::kF16) return _mm512_cvtph_ps(bits);
  else return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16));
}

template <BlockFormat format, int T>
INLINE void GroupHalf(const uint8_t* words, int64_t columns, const float* const (&x)[T], __m512 (&y)[T]) {
  __m512 odd[T];
#pragma GCC unroll 8
  for (int t = 0; t < T; ++t) odd[t] = _mm512_setzero_ps();
  int64_t k = 0;
#pragma GCC unroll 4
  for (; k + 2 <= columns; k += 2, words += 64) {
    if constexpr (T <= 2) Prefetch(words);
    const __m512 first = Widen<format>(words), second = Widen<format>(words + 32);
#pragma GCC unroll 8
    for (int t = 0; t < T; ++t) {
      y[t] = _mm512_fmadd_ps(first, _mm512_set1_ps(x[t][k]), y[t]);
      odd[t] = _mm512_fmadd_ps(second, _mm512_set1_ps(x[t][k + 1]), odd[t]);
    }
  }
#pragma GCC unroll 8
  for (int t = 0; t < T; ++t) {
    if (k < columns) y[t] = _mm512_fmadd_ps(Widen<format>(words), _mm512_set1_ps(x[t][k]), y[t]);
    y[t] = _mm512_add_ps(y[t], odd[t]);
  }
}

// One group and T tokens from `token` on.
template <BlockFormat format, int T>
void Tile(const PackedCall& call, int64_t group, int64_t token) {
  const uint8_t* packed = call.packed + group * call.group_bytes;
  ActivationRow a[T];
  const float* x[T];
  __m512 y[T];
  for (int t = 0; t < T; ++t) {
    const uint8_t* activations = call.activations + (token + t) * call.activation_bytes;
    a[t] = RowOfActivations(activations, call.columns);
    x[t] = reinterpret_cast<const float*>(activations);
    y[t] = _mm512_setzero_ps();
  }
  if constexpr (IsHalf(format)) GroupHalf<format, T>(packed, call.columns, x, y);
  else if constexpr (format == BlockFormat::kQ8_0) GroupQ8_0<T>(packed, call.columns, a, y);
  else if constexpr (format == BlockFormat::kQ4_0) GroupQ4_0<T>(packed, call.columns, a, y);
  else if constexpr (format == BlockFormat::kQ4_K) GroupQ4_K<T>(packed, call.columns, a, y);
  else GroupQ6_K<T>(packed, call.columns, a, y);
  const int64_t row = 16 * group, present = call.rows - row < 16 ? call.rows - row : 16;
  const auto mask = static_cast<__mmask16>((1u << present) - 1);
  for (int t = 0; t < T; ++t) _mm512_mask_storeu_ps(call.y + (token + t) * call.y_stride + row, mask, y[t]);
}

template <BlockFormat format>
void Range(const PackedCall& call) {
  const int64_t step = GroupsPerBlock(call);
  for (int64_t begin = call.group_begin; begin < call.group_end; begin += step) {
    const int64_t end = begin + step < call.group_end ? begin + step : call.group_end;
    int64_t token = 0;
    for (; token + 8 <= call.tokens; token += 8)
      for (int64_t group = begin; group < end; ++group) Tile<format, 8>(call, group, token);
    for (int64_t group = begin; group < end; ++group) {
      int64_t t = token;
      if (call.tokens - t >= 4) Tile<format, 4>(call, group, t), t += 4;
      if (call.tokens - t >= 2) Tile<format, 2>(call, group, t), t += 2;
      if (call.tokens - t >= 1) Tile<format, 1>(call, group, t);
    }
  }
}

}  // namespace

void PackedMatmul(const PackedCall& call) {
  switch (call.format) {
    case BlockFormat::kQ4_0:
      return Range<BlockFormat::kQ4_0>(call);
    case BlockFormat::kQ4_K:
      return Range<BlockFormat::kQ4_K>(call);
    case BlockFormat::kQ6_K:
      return Range<BlockFormat::kQ6_K>(call);
    case BlockFormat::kF16:
      return Range<BlockFormat::kF16>(call);
    case BlockFormat::kBF16:
      return Range<BlockFormat::kBF16>(call);
    default:
      return Range<BlockFormat::kQ8_0>(call);
  }
}

}  // namespace lingshu::avx512

#endif
