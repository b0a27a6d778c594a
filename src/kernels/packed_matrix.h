// Products with a matrix in fewer bits: weights repacked at load so that 16 rows lie side by side. y = x Wᵀ, x [tokens,
// columns] in float32, W [rows, columns] in Q8_0, Q4_0, Q4_K, Q6_K, F16 or BF16, y [tokens, rows] in float32. With
// quantized weights activations are int8 in blocks of 32 and dot products inside blocks are integers; with the two
// 16-bit formats activations stay float32.
//
// A lane of a vector is a row, so every number of y is one sum over blocks in order, with integer sums inside a block
// and one fused multiply-add per block (recipes below). Its bits therefore depend on the row and the token alone: not on
// threads, the number of tokens, or the instruction set (packed_matrix_test.cc holds them equal).
//   activation block  d = max |x| / 127 (NaN when a number is not finite), q = round(x · 127 / max |x|), ties to even
//   Q8_0, Q4_0        y = fma(Σ q_w q, d_w · d, y)
//   Q4_K sub-block j  y = fma(Σ q_w q, (d_w · scale) · d, y) for even j; y = fma(16 Σ q_w q, (d_w / 16 · scale) · d, y) for odd j, whose
//                     numbers lie in high nibbles; after the eight, y = fma(Σ min_j r_j, dmin_w · −e, y), where r_j are the sums d · Σ q of
//                     the sub-blocks as integers of 15 bits: e = max |d · Σ q| / 16256, r = round(d · Σ q · 16256 / max |d · Σ q|)
//   Q6_K sub-blocks   y = fma(scale_0 Σ₀ q_w q + scale_1 Σ₁ q_w q, d_w · d, y), the sum exact in float32
//   F16, BF16         y = even + odd, each a chain of fma(w, x, ·) over the columns of that parity
// Example: quantize x once with QuantizeActivations, then call PackedMatmul from each thread with its range of groups.
#pragma once

#include <cstdint>

#include "kernels/block_format.h"

namespace lingshu {

inline constexpr int64_t kPackedRows = 16;  // rows of a group

bool IsPackable(BlockFormat format);  // all but F32
bool IsQuantized(BlockFormat format);  // neither F32 nor of 16 bits

// A matrix in its packed form; the memory is the caller's, on a multiple of 64 bytes.
struct PackedMatrix {
  BlockFormat format = BlockFormat::kQ8_0;
  int64_t rows = 0, columns = 0;
  const uint8_t* packed = nullptr;

  int64_t groups() const { return (rows + kPackedRows - 1) / kPackedRows; }
};

int64_t PackedGroupBytes(BlockFormat format, int64_t columns);
int64_t PackedBytes(BlockFormat format, int64_t rows, int64_t columns);
// Packs groups [group_begin, group_end) of a matrix of blocks as GGUF files hold it.  REQUIRES: whole blocks per row.
void PackGroups(BlockFormat format, const void* blocks, int64_t rows, int64_t columns, int64_t group_begin,
                int64_t group_end, uint8_t* packed);
// One row's blocks, as they were before packing: for embeddings, which are looked up, and for writing.
void UnpackRow(const PackedMatrix& matrix, int64_t row, void* blocks);
void DequantizePackedRow(const PackedMatrix& matrix, int64_t row, float* x);

// Bytes of one token's activations; the memory lies on a multiple of 64 bytes.
int64_t ActivationBytes(BlockFormat format, int64_t columns);
// x [tokens, columns] for products with matrices of that format.  REQUIRES: whole blocks.
void QuantizeActivations(BlockFormat format, const float* x, int64_t tokens, int64_t columns, uint8_t* activations);

enum class InstructionSet : uint8_t { kPlain, kAvx2, kAvx512 };  // kAvx512 has VNNI
InstructionSet BestInstructionSet();                             // of this processor, found once
const char* NameOf(InstructionSet set);

// Rows of groups [group_begin, group_end): y[t · y_stride + row].
void PackedMatmul(const PackedMatrix& matrix, const uint8_t* activations, int64_t tokens, int64_t group_begin,
                  int64_t group_end, float* y, int64_t y_stride);
// The same with an instruction set of the caller's choice, for tests.  REQUIRES: the processor has it.
void PackedMatmulWith(InstructionSet set, const PackedMatrix& matrix, const uint8_t* activations, int64_t tokens,
                      int64_t group_begin, int64_t group_end, float* y, int64_t y_stride);

}  // namespace lingshu
