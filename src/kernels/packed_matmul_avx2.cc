// Products with packed matrices for AVX2, FMA and F16C (see packed_matrix.h for the arithmetic, packed_layout.h for
// memory). A group's 16 rows are two halves of 8 lanes: one token takes both at once, which reads memory once; four
// tokens take one half after the other, which fits the registers. vpmaddubsw adds pairs in 16 bits, saturating:
//   Q8_0  |w| times ±q is at most 128 · 127 · 2 = 32512
//   Q4    eight words of a sub-block add up to at most 15 · 127 · 2 · 8 = 30480
//   Q4_K's mins: two words to at most 63 · 127 · 2 · 2 = 32004
//   Q6_K  two words to at most 63 · 127 · 2 · 2 = 32004
// so no sum is ever cut. The compiler is given the instruction set for this file alone (CMakeLists.txt).
#include "kernels/packed_layout.h"

#if defined(__AVX2__) && defined(__FMA__) && defined(__F16C__)

#include <immintrin.h>

namespace lingshu::avx2 {
namespace {

constexpr int64_t kPrefetchBytes = 6144;
constexpr int kCached = 1 << 20;  // in place of a number of tokens: the words were loaded a moment ago

#define INLINE static inline __attribute__((always_inline))
#define BODY __attribute__((always_inline))  // of a lambda

// Weights that pass by once are asked for ahead of time: with sums between the loads, the processor's own prefetching
// falls behind (measured: 76 % of a plain read without, for Q4_K).
INLINE void Prefetch(const uint8_t* p) { _mm_prefetch(reinterpret_cast<const char*>(p) + kPrefetchBytes, _MM_HINT_T0); }
template <int T>
INLINE __m256i LoadWord(const uint8_t* p) {
  if constexpr (T <= 2) Prefetch(p);
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}
INLINE __m256 LoadHalves(const uint8_t* p) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
INLINE __m128i LoadBytes(const uint8_t* p) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)); }
INLINE __m256i Low4(__m256i x) { return _mm256_and_si256(x, _mm256_set1_epi8(15)); }
INLINE __m256i High4(__m256i x) { return Low4(_mm256_srli_epi16(x, 4)); }
INLINE __m256i Wide(__m256i pairs) { return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)); }
INLINE __m256i Zero() { return _mm256_setzero_si256(); }

INLINE __m256i Broadcast(const int8_t* q) {
  int32_t word;
  __builtin_memcpy(&word, q, 4);
  return _mm256_set1_epi32(word);
}

// A tile: T tokens times H halves of a group; `half` is the first of them. sums[h][t], y[h][t].
template <int T, int H>
struct Tile {
  ActivationRow a[T];
  __m256 y[H][T];
  int half;

  INLINE void Scale(Tile& tile, const __m256i (&sums)[H][T], const __m256 (&scale)[H], int64_t b) {
#pragma GCC unroll 4
    for (int t = 0; t < T; ++t) {
      const __m256 d = _mm256_set1_ps(tile.a[t].d[b]);
#pragma GCC unroll 2
      for (int h = 0; h < H; ++h)
        tile.y[h][t] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(sums[h][t]), _mm256_mul_ps(scale[h], d), tile.y[h][t]);
    }
  }
};

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

template <int T, int H>
INLINE void GroupQ8_0(const uint8_t* group, int64_t columns, Tile<T, H>& tile) {
  ForBlocks<BlockFormat::kQ8_0, T>(group, columns, [&](int64_t b, const uint8_t* words, const uint8_t* scales) BODY {
    __m256i sums[H][T];
    __m256 scale[H];
#pragma GCC unroll 2
    for (int h = 0; h < H; ++h) {
      scale[h] = LoadHalves(scales + 16 * (tile.half + h));
#pragma GCC unroll 4
      for (int t = 0; t < T; ++t) sums[h][t] = Zero();
    }
#pragma GCC unroll 8
    for (int w = 0; w < 8; ++w) {
#pragma GCC unroll 2
      for (int h = 0; h < H; ++h) {
        const __m256i weights = LoadWord<T>(words + 64 * w + 32 * (tile.half + h)), size = _mm256_abs_epi8(weights);
#pragma GCC unroll 4
        for (int t = 0; t < T; ++t) {
          const __m256i q = _mm256_sign_epi8(Broadcast(tile.a[t].q + 32 * b + 4 * w), weights);
          sums[h][t] = _mm256_add_epi32(sums[h][t], Wide(_mm256_maddubs_epi16(size, q)));
        }
      }
    }
    Tile<T, H>::Scale(tile, sums, scale, b);
  });
}

template <int T, int H>
INLINE void GroupQ4_0(const uint8_t* group, int64_t columns, Tile<T, H>& tile) {
  ForBlocks<BlockFormat::kQ4_0, T>(group, columns, [&](int64_t b, const uint8_t* words, const uint8_t* scales) BODY {
    __m256i sums[H][T];
    __m256 scale[H];
#pragma GCC unroll 2
    for (int h = 0; h < H; ++h) {
      scale[h] = LoadHalves(scales + 16 * (tile.half + h));
#pragma GCC unroll 4
      for (int t = 0; t < T; ++t) sums[h][t] = Zero();
#pragma GCC unroll 4
      for (int w = 0; w < 4; ++w) {
        const __m256i pair = LoadWord<T>(words + 64 * w + 32 * (tile.half + h));
        const __m256i low = Low4(pair), high = High4(pair);
#pragma GCC unroll 4
        for (int t = 0; t < T; ++t) {
          const int8_t* q = tile.a[t].q + 32 * b + 4 * w;
          sums[h][t] = _mm256_add_epi16(sums[h][t], _mm256_maddubs_epi16(low, Broadcast(q)));
          sums[h][t] = _mm256_add_epi16(sums[h][t], _mm256_maddubs_epi16(high, Broadcast(q + 16)));
        }
      }
#pragma GCC unroll 4
      for (int t = 0; t < T; ++t) sums[h][t] = _mm256_add_epi32(Wide(sums[h][t]), _mm256_set1_epi32(tile.a[t].bias[b]));
    }
    Tile<T, H>::Scale(tile, sums, scale, b);
  });
}

// Scales and mins of 8 rows of a Q4_K block, a byte each: [0] of sub-blocks 0 to 3, [1] of 4 to 7.
struct BytesOfQ4_K {
  __m256i scales[2], mins[2];
};
INLINE BytesOfQ4_K UnpackBytesOfQ4_K(const uint8_t* packed) {
  const auto load = [&](int at) BODY { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(packed + at)); };
  const __m256i low6 = _mm256_set1_epi8(63), high2 = _mm256_set1_epi8(48);
  const __m256i first = load(0), second = load(64), third = load(128);
  const auto top = [&](__m256i x) BODY { return _mm256_and_si256(_mm256_srli_epi16(x, 2), high2); };
  return {{_mm256_and_si256(first, low6), _mm256_or_si256(top(first), Low4(third))},
          {_mm256_and_si256(second, low6), _mm256_or_si256(top(second), High4(third))}};
}

// Sub-blocks 2i (the low nibbles) and 2i + 1 (the high ones, which count 16 times) of a Q4_K block share their words.
template <int T, int H, int nibble>
INLINE void SubBlockQ4_K(const uint8_t* words, const BytesOfQ4_K (&bytes)[H], const __m256 (&d)[H], int j, int64_t b, Tile<T, H>& tile) {
  __m256i sums[H][T];
  __m256 scale[H];
#pragma GCC unroll 2
  for (int h = 0; h < H; ++h) {
#pragma GCC unroll 4
    for (int t = 0; t < T; ++t) sums[h][t] = Zero();
#pragma GCC unroll 8
    for (int w = 0; w < 8; ++w) {
      const __m256i pair = LoadWord < nibble == 0 ? T : kCached > (words + 64 * w + 32 * (tile.half + h));
      const __m256i weights = nibble == 0 ? Low4(pair) : High4(pair);
#pragma GCC unroll 4
      for (int t = 0; t < T; ++t) {
        const __m256i q = Broadcast(tile.a[t].q + 32 * b + 4 * w);
        sums[h][t] = _mm256_add_epi16(sums[h][t], _mm256_maddubs_epi16(weights, q));
      }
    }
    const __m256i byte = _mm256_and_si256(_mm256_srli_epi32(bytes[h].scales[j / 4], 8 * (j % 4)), _mm256_set1_epi32(255));
    scale[h] = _mm256_mul_ps(d[h], _mm256_cvtepi32_ps(byte));
#pragma GCC unroll 4
    for (int t = 0; t < T; ++t)  // the factor of 16 by the way
      sums[h][t] = _mm256_madd_epi16(sums[h][t], _mm256_set1_epi16(nibble == 0 ? 1 : 16));
  }
  Tile<T, H>::Scale(tile, sums, scale, b);
}

template <int T, int H>
INLINE void GroupQ4_K(const uint8_t* group, int64_t columns, Tile<T, H>& tile) {
  ForBlocks<BlockFormat::kQ4_K, T>(group, columns, [&](int64_t block, const uint8_t* words, const uint8_t* scales) BODY {
    BytesOfQ4_K bytes[H];
    __m256 d[H], d16[H];
#pragma GCC unroll 2
    for (int h = 0; h < H; ++h) {
      bytes[h] = UnpackBytesOfQ4_K(scales + 64 + 32 * (tile.half + h));
      d[h] = LoadHalves(scales + 16 * (tile.half + h));
      d16[h] = _mm256_mul_ps(d[h], _mm256_set1_ps(0.0625f));
    }
#pragma GCC unroll 4
    for (int j = 0; j < 8; j += 2, words += 512) {
      SubBlockQ4_K<T, H, 0>(words, bytes, d, j, 8 * block + j, tile);
      SubBlockQ4_K<T, H, 1>(words, bytes, d16, j + 1, 8 * block + j + 1, tile);
    }
#pragma GCC unroll 2
    for (int h = 0; h < H; ++h) {
      const __m256 dmin = LoadHalves(scales + 32 + 16 * (tile.half + h));
#pragma GCC unroll 4
      for (int t = 0; t < T; ++t) {
        const int8_t* r = tile.a[t].min_sums + 16 * block;
        const auto dot = [&](int at) BODY {
          return Wide(_mm256_add_epi16(_mm256_maddubs_epi16(bytes[h].mins[0], Broadcast(r + at)),
                                       _mm256_maddubs_epi16(bytes[h].mins[1], Broadcast(r + at + 4))));
        };
        const __m256 sum = _mm256_cvtepi32_ps(_mm256_add_epi32(dot(0), _mm256_slli_epi32(dot(8), 7)));
        const __m256 factor = _mm256_mul_ps(dmin, _mm256_set1_ps(tile.a[t].min_factor[block]));
        tile.y[h][t] = _mm256_fmadd_ps(sum, factor, tile.y[h][t]);
      }
    }
  });
}

// Four numbers of 8 rows: low bits and high bits of `quarter` put together.
template <int T, int quarter>
INLINE __m256i WordOfQ6_K(const uint8_t* low, const uint8_t* high) {
  const __m256i low_bits = LoadWord < quarter < 2 ? T : kCached > (low);
  __m256i bits = LoadWord < quarter == 0 ? T : kCached > (high);
  if constexpr (quarter == 0) bits = _mm256_slli_epi16(bits, 4);
  if constexpr (quarter == 1) bits = _mm256_slli_epi16(bits, 2);
  if constexpr (quarter == 3) bits = _mm256_srli_epi16(bits, 2);
  bits = _mm256_and_si256(bits, _mm256_set1_epi8(48));
  return _mm256_or_si256(quarter < 2 ? Low4(low_bits) : High4(low_bits), bits);
}

// 32 numbers of a Q6_K block: `quarter` of one of its halves, in two parts of 16 with scales of their own.
template <int T, int H, int quarter>
INLINE void SubBlockQ6_K(const uint8_t* low, const uint8_t* high, const uint8_t* scales, int j, int64_t b,
                         Tile<T, H>& tile) {
#pragma GCC unroll 2
  for (int h = 0; h < H; ++h) {
    const int row = 8 * (tile.half + h);
    __m256 exact[T];
#pragma GCC unroll 2
    for (int part = 0; part < 2; ++part) {
      __m256i sums[T];
#pragma GCC unroll 4
      for (int t = 0; t < T; ++t) sums[t] = _mm256_set1_epi32(tile.a[t].bias[2 * b + part]);
#pragma GCC unroll 2
      for (int w = 4 * part; w < 4 * part + 4; w += 2) {
        const uint8_t *low_words = low + 64 * w + 4 * row, *high_words = high + 64 * w + 4 * row;
        const __m256i first = WordOfQ6_K<T, quarter>(low_words, high_words);
        const __m256i second = WordOfQ6_K<T, quarter>(low_words + 64, high_words + 64);
#pragma GCC unroll 4
        for (int t = 0; t < T; ++t) {
          const int8_t* q = tile.a[t].q + 32 * b + 4 * w;
          const __m256i pairs = _mm256_add_epi16(_mm256_maddubs_epi16(first, Broadcast(q)),
                                                 _mm256_maddubs_epi16(second, Broadcast(q + 4)));
          sums[t] = _mm256_add_epi32(sums[t], Wide(pairs));
        }
      }
      const __m128i scale_bytes = LoadBytes(scales + 32 + 16 * (2 * j + part) + row);
      const __m256 scale = _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(scale_bytes));
#pragma GCC unroll 4
      for (int t = 0; t < T; ++t) {
        const __m256 product = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[t]), scale);
        exact[t] = part == 0 ? product : _mm256_add_ps(exact[t], product);
      }
    }
    const __m256 d = LoadHalves(scales + 2 * row);
#pragma GCC unroll 4
    for (int t = 0; t < T; ++t)
      tile.y[h][t] = _mm256_fmadd_ps(exact[t], _mm256_mul_ps(d, _mm256_set1_ps(tile.a[t].d[b])), tile.y[h][t]);
  }
}

template <int T, int H>
INLINE void GroupQ6_K(const uint8_t* group, int64_t columns, Tile<T, H>& tile) {
  ForBlocks<BlockFormat::kQ6_K, T>(group, columns, [&](int64_t block, const uint8_t* words, const uint8_t* scales) BODY {
    const int64_t b = 8 * block;
    for (int j = 0; j < 8; j += 4, words += 24 * 64) {  // a half: 8 words of low bits, 8 of high ones, 8 of low ones
      const uint8_t *low = words, *high = words + 512;
      SubBlockQ6_K<T, H, 0>(low, high, scales, j, b + j, tile);
      SubBlockQ6_K<T, H, 1>(low + 1024, high, scales, j + 1, b + j + 1, tile);
      SubBlockQ6_K<T, H, 2>(low, high, scales, j + 2, b + j + 2, tile);
      SubBlockQ6_K<T, H, 3>(low + 1024, high, scales, j + 3, b + j + 3, tile);
    }
  });
}

// One number of 8 rows.
template <BlockFormat format>
INLINE __m256 Widen(const uint8_t* p) {
  const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  if constexpr (format == BlockFormat::kF16) return _mm256_cvtph_ps(bits);
  else return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
}

template <BlockFormat format, int T, int H>
INLINE void GroupHalf(const uint8_t* words, int64_t columns, const float* const (&x)[T], Tile<T, H>& tile) {
  __m256 odd[H][T];
#pragma GCC unroll 2
  for (int h = 0; h < H; ++h)
#pragma GCC unroll 4
    for (int t = 0; t < T; ++t) odd[h][t] = _mm256_setzero_ps();
  words += 16 * tile.half;
  int64_t k = 0;
#pragma GCC unroll 4
  for (; k + 2 <= columns; k += 2, words += 64) {
    if constexpr (T <= 2) Prefetch(words);
#pragma GCC unroll 2
    for (int h = 0; h < H; ++h) {
      const __m256 first = Widen<format>(words + 16 * h), second = Widen<format>(words + 32 + 16 * h);
#pragma GCC unroll 4
      for (int t = 0; t < T; ++t) {
        tile.y[h][t] = _mm256_fmadd_ps(first, _mm256_set1_ps(x[t][k]), tile.y[h][t]);
        odd[h][t] = _mm256_fmadd_ps(second, _mm256_set1_ps(x[t][k + 1]), odd[h][t]);
      }
    }
  }
#pragma GCC unroll 2
  for (int h = 0; h < H; ++h)
#pragma GCC unroll 4
    for (int t = 0; t < T; ++t) {
      if (k < columns)
        tile.y[h][t] = _mm256_fmadd_ps(Widen<format>(words + 16 * h), _mm256_set1_ps(x[t][k]), tile.y[h][t]);
      tile.y[h][t] = _mm256_add_ps(tile.y[h][t], odd[h][t]);
    }
}

// T tokens from `token` on times H halves of one group.
template <BlockFormat format, int T, int H>
void RunTile(const PackedCall& call, int64_t group, int64_t token, int half) {
  const uint8_t* packed = call.packed + group * call.group_bytes;
  Tile<T, H> tile;
  tile.half = half;
  const float* x[T];
  for (int t = 0; t < T; ++t) {
    const uint8_t* activations = call.activations + (token + t) * call.activation_bytes;
    x[t] = reinterpret_cast<const float*>(activations);
    tile.a[t] = RowOfActivations(activations, call.columns);
    for (int h = 0; h < H; ++h) tile.y[h][t] = _mm256_setzero_ps();
  }
  if constexpr (IsHalf(format)) GroupHalf<format, T, H>(packed, call.columns, x, tile);
  else if constexpr (format == BlockFormat::kQ8_0) GroupQ8_0<T, H>(packed, call.columns, tile);
  else if constexpr (format == BlockFormat::kQ4_0) GroupQ4_0<T, H>(packed, call.columns, tile);
  else if constexpr (format == BlockFormat::kQ4_K) GroupQ4_K<T, H>(packed, call.columns, tile);
  else GroupQ6_K<T, H>(packed, call.columns, tile);
  for (int h = 0; h < H; ++h) {
    const int64_t row = 16 * group + 8 * (half + h);
    for (int t = 0; t < T; ++t) {
      float lanes[8];
      _mm256_storeu_ps(lanes, tile.y[h][t]);
      float* y = call.y + (token + t) * call.y_stride + row;
      for (int lane = 0; lane < 8 && row + lane < call.rows; ++lane) y[lane] = lanes[lane];
    }
  }
}

template <BlockFormat format>
void Range(const PackedCall& call) {
  const int64_t step = GroupsPerBlock(call);
  for (int64_t begin = call.group_begin; begin < call.group_end; begin += step) {
    const int64_t end = begin + step < call.group_end ? begin + step : call.group_end;
    int64_t token = 0;
    for (; token + 4 <= call.tokens; token += 4)
      for (int64_t group = begin; group < end; ++group) {
        RunTile<format, 4, 1>(call, group, token, 0);
        RunTile<format, 4, 1>(call, group, token, 1);
      }
    for (int64_t group = begin; group < end; ++group)
      for (int64_t t = token; t < call.tokens; ++t) RunTile<format, 1, 2>(call, group, t, 0);
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

}  // namespace lingshu::avx2

#endif
