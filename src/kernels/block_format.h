// BlockFormat: how the numbers of a matrix's rows are stored in GGUF files (github.com/ggml-org/ggml). A row is a
// sequence of blocks of `elements` numbers in `bytes` bytes; little-endian, float16 scales.
//   Q8_0  32 numbers: d, 32 × int8                  x = d · q
//   Q4_0  32 numbers: d, 16 bytes                   x = d · (q − 8); byte j holds q[j] low, q[j + 16] high
//   Q4_K 256 numbers: d, dmin, 12 bytes, 128 bytes  x = d · scale · q − dmin · min, 8 sub-blocks of 32 with 6-bit scale
//   and
//         min; 32 bytes hold sub-block 2i low, 2i + 1 high
//   Q6_K 256 numbers: 128 + 64 bytes, 16 × int8, d  x = d · scale · (q − 32), 16 sub-blocks of 16; q's low 4 and high 2
//   bits
// Example: the Q8_0 block of 1, 0, 0, … is d = 0x2008 (1/127), q = 127, 0, 0, …
#pragma once

#include <cstdint>

namespace lingshu {

enum class BlockFormat : uint8_t { kF32, kF16, kBF16, kQ8_0, kQ4_0, kQ4_K, kQ6_K };
inline constexpr int kNumBlockFormats = 7;

struct BlockFormatInfo {
  const char* name;    // "Q4_K", as GGUF tools print it
  uint32_t ggml_type;  // its number in files
  int64_t elements;    // of one block
  int64_t bytes;       // of one block
};
const BlockFormatInfo& InfoOf(BlockFormat format);

inline constexpr int64_t kSubBlock = 32;     // numbers that share an activation's scale, and a block of Q8_0 and Q4_0
inline constexpr int64_t kSuperBlock = 256;  // of Q4_K and Q6_K

// Layouts, without padding.
struct BlockQ8_0 {
  uint16_t d;
  int8_t qs[32];
};
struct BlockQ4_0 {
  uint16_t d;
  uint8_t qs[16];
};
struct BlockQ4_K {
  uint16_t d, dmin;
  uint8_t scales[12];
  uint8_t qs[128];
};
struct BlockQ6_K {
  uint8_t ql[128];
  uint8_t qh[64];
  int8_t scales[16];
  uint16_t d;
};
static_assert(sizeof(BlockQ8_0) == 34 && sizeof(BlockQ4_0) == 18 && sizeof(BlockQ4_K) == 144 &&
              sizeof(BlockQ6_K) == 210);

// The 6-bit scale and min of sub-block j of a Q4_K block: sub-blocks 0 to 3 lie in the low bits of bytes j and j + 4,
// those of 4 to 7 are nibbles of byte j + 4 with their high bits on top of bytes j − 4 and j.
inline uint8_t ScaleOfQ4_K(const uint8_t* scales, int j) {
  return j < 4 ? scales[j] & 63 : static_cast<uint8_t>((scales[j + 4] & 15) | (scales[j - 4] >> 6) << 4);
}
inline uint8_t MinOfQ4_K(const uint8_t* scales, int j) {
  return j < 4 ? scales[j + 4] & 63 : static_cast<uint8_t>(scales[j + 4] >> 4 | (scales[j] >> 6) << 4);
}

// Number i of a Q6_K block, in [−32, 31]. Each half of 128 numbers has 64 bytes of low bits and 32 bytes of high ones:
// number l and l + 64 share a byte of ql, l, l + 32, l + 64 and l + 96 one of qh (l < 32).
inline int QuantOfQ6_K(const uint8_t* ql, const uint8_t* qh, int i) {
  const int half = i / 128, quarter = i % 128 / 32, l = i % 32;
  const int low = ql[64 * half + 32 * (quarter % 2) + l] >> 4 * (quarter / 2) & 15;
  return (low | (qh[32 * half + l] >> 2 * quarter & 3) << 4) - 32;
}

// One row of n numbers to blocks and back.  REQUIRES: n is a multiple of InfoOf(format).elements.
// Quantizing is deterministic, the same bytes on every machine; its numbers are to be finite. Q4_K and Q6_K search
// their scales as ggml's reference quantizers do (weighted least squares over about twenty candidates per sub-block).
void QuantizeRow(BlockFormat format, const float* x, int64_t n, void* blocks);
void DequantizeRow(BlockFormat format, const void* blocks, int64_t n, float* x);

}  // namespace lingshu
