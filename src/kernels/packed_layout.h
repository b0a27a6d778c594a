// How packed matrices and activations lie in memory; shared by packed_matrix.cc and the kernels of each instruction
// set, which may include nothing else.
//   group of 16 rows    units, one behind the other, padded to 64 bytes
//   unit                one or two blocks, so that it fills whole lines: words [blocks][words of a block][16 rows][4 bytes],
//                       then scales [blocks][…][16 rows]; a group's last unit has what is left
//   scales of a block   its float16 numbers [n][16 rows], then its byte scales [n][16 rows], in Q4_K [3][16 rows][4 bytes]
//   a token             q int8 [columns], d float [columns / 32], bias int32 [columns / 16], min_factor float [columns / 256]
//   F16 and BF16        group [columns][16 rows] of 2 bytes, a token float [columns]
// Memory is thus read in the order in which it lies: scales in a place of their own cost a third of the speed of decoding
// (Q4_K: 19 instead of 31 GB/s on one core), since a new stream begins with every group.
// Words of four bytes are taken as they are in a block, packing only moves them. The word of Q8_0 is four numbers; a
// word of Q4_0 and Q4_K is four numbers low and four numbers high.
#pragma once

#include <cstdint>

#include "kernels/block_format.h"

namespace lingshu {

// Where things are in a block, in bytes.
struct PackedLayout {
  int64_t elements, block_bytes;
  int64_t words, words_at;
  int64_t halves, halves_at;
  int64_t bytes, bytes_at, byte_span;  // byte_span of them stay together
  int64_t unit;       // blocks
  int bias;           // what is added to a weight to make it unsigned in the kernels, and so taken off again
  int64_t bias_span;  // numbers per bias

  constexpr int64_t word_bytes() const { return words * 64; }
  constexpr int64_t scale_bytes() const { return halves * 32 + bytes * 16; }
  constexpr int64_t packed_bytes() const { return word_bytes() + scale_bytes(); }  // of a block of 16 rows

  // Which word of a packed block is word w of a block. Those of Q6_K are put in the order in which they are needed, per half of
  // the block: 8 words of low bits, 8 of high ones, 8 of low ones.
  constexpr int64_t PlaceOfWord(int64_t w) const {
    if (words != 48) return w;
    if (w >= 32) return (w - 32) / 8 * 24 + 8 + w % 8;
    return w / 16 * 24 + w % 8 + (w % 16 < 8 ? 0 : 16);
  }

  // Where block b of a group with so many blocks lies.
  struct Place {
    int64_t words, scales;
  };
  constexpr Place PlaceOf(int64_t b, int64_t blocks) const {
    const int64_t first = b / unit * unit, count = blocks - first < unit ? blocks - first : unit;
    const int64_t base = first * packed_bytes();
    return {base + (b - first) * word_bytes(), base + count * word_bytes() + (b - first) * scale_bytes()};
  }
};

inline constexpr PackedLayout kLayoutQ8_0 = {32, 34, 8, 2, 1, 0, 0, 0, 1, 2, 128, 32};
inline constexpr PackedLayout kLayoutQ4_0 = {32, 18, 4, 2, 1, 0, 0, 0, 1, 2, 8, 32};
inline constexpr PackedLayout kLayoutQ4_K = {256, 144, 32, 16, 2, 0, 12, 4, 4, 1, 0, 32};
inline constexpr PackedLayout kLayoutQ6_K = {256, 210, 48, 0, 1, 208, 16, 192, 1, 2, 32, 16};

constexpr bool IsHalf(BlockFormat format) { return format == BlockFormat::kF16 || format == BlockFormat::kBF16; }

inline const PackedLayout& LayoutOf(BlockFormat format) {  // REQUIRES: IsQuantized(format)
  switch (format) {
    case BlockFormat::kQ4_0:
      return kLayoutQ4_0;
    case BlockFormat::kQ4_K:
      return kLayoutQ4_K;
    case BlockFormat::kQ6_K:
      return kLayoutQ6_K;
    default:
      return kLayoutQ8_0;
  }
}

// One token's activations.
struct ActivationRow {
  const int8_t* q;
  const float* d;
  const int32_t* bias;      // −(layout.bias) · Σ q over bias_span numbers
  const int8_t* min_sums;   // Q4_K, in the place of bias: of 256 numbers, the low 7 bits of 8 rounded sums, then their high bits
  const float* min_factor;  // Q4_K: what a rounded sum of 256 numbers counts, negative
};

inline ActivationRow RowOfActivations(const uint8_t* token, int64_t columns) {
  const uint8_t* d = token + columns;
  const uint8_t* bias = d + columns / 8;
  const uint8_t* min_factor = bias + columns / 4;
  return {reinterpret_cast<const int8_t*>(token), reinterpret_cast<const float*>(d),
          reinterpret_cast<const int32_t*>(bias), reinterpret_cast<const int8_t*>(bias), reinterpret_cast<const float*>(min_factor)};
}

// A product of one range of groups, as the kernels get it.
struct PackedCall {
  BlockFormat format;
  int64_t rows, columns;
  const uint8_t* packed;
  int64_t group_bytes;
  const uint8_t* activations;
  int64_t activation_bytes;
  int64_t tokens;
  int64_t group_begin, group_end;
  float* y;
  int64_t y_stride;
};

// Groups whose weights stay in the second-level cache while all tokens pass by: their activations are then read from
// further away once per so many groups.
inline int64_t GroupsPerBlock(const PackedCall& call) {
  constexpr int64_t kBytes = 512 << 10;
  const int64_t groups = kBytes / call.group_bytes;
  return groups < 1 ? 1 : groups;
}

template <BlockFormat format>
inline constexpr PackedLayout kLayout = format == BlockFormat::kQ8_0   ? kLayoutQ8_0
                                        : format == BlockFormat::kQ4_0 ? kLayoutQ4_0
                                        : format == BlockFormat::kQ4_K ? kLayoutQ4_K
                                                                       : kLayoutQ6_K;

namespace avx2 {
void PackedMatmul(const PackedCall& call);
}
namespace avx512 {
void PackedMatmul(const PackedCall& call);
}

}  // namespace lingshu
