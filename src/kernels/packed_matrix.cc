// See packed_matrix.h: packing, the plain kernel, and the choice of the fast one.
#include "kernels/packed_matrix.h"

#include "kernels/half.h"
#include "kernels/packed_layout.h"

namespace lingshu {
namespace {

union AnyBlock {
  BlockQ8_0 q8_0;
  BlockQ4_0 q4_0;
  BlockQ4_K q4_k;
  BlockQ6_K q6_k;
};

// Moves one block between its place in a row and its lanes of a group.
template <typename Move>
void MoveBlock(const PackedLayout& layout, uint8_t* block, uint8_t* words, uint8_t* scales, int64_t lane, Move move) {
  for (int64_t w = 0; w < layout.words; ++w) move(block + layout.words_at + 4 * w, words + 64 * layout.PlaceOfWord(w) + 4 * lane, 4);
  for (int64_t h = 0; h < layout.halves; ++h) move(block + layout.halves_at + 2 * h, scales + 32 * h + 2 * lane, 2);
  const int64_t span = layout.byte_span;
  for (int64_t i = 0; i < layout.bytes; i += span) move(block + layout.bytes_at + i, scales + 32 * layout.halves + 16 * i + span * lane, span);
}

void PackGroup(const PackedLayout& layout, const uint8_t* rows, int64_t num_rows, int64_t blocks, uint8_t* group) {
  const auto pack = [](uint8_t* from, uint8_t* to, int64_t count) {
    __builtin_memcpy(to, from, static_cast<uint64_t>(count));
  };
  uint8_t absent[256] = {};  // rows beyond the last: d = 0
  for (int64_t b = 0; b < blocks; ++b) {
    const PackedLayout::Place place = layout.PlaceOf(b, blocks);
    for (int64_t lane = 0; lane < kPackedRows; ++lane) {
      uint8_t* block = lane < num_rows ? const_cast<uint8_t*>(rows) + (lane * blocks + b) * layout.block_bytes : absent;
      MoveBlock(layout, block, group + place.words, group + place.scales, lane, pack);
    }
  }
}

// 16-bit numbers: [columns][16 rows].
void PackHalves(const uint8_t* rows, int64_t num_rows, int64_t columns, uint8_t* group) {
  const auto* from = reinterpret_cast<const uint16_t*>(rows);
  auto* to = reinterpret_cast<uint16_t*>(group);
  constexpr int64_t kTile = 32;  // columns: a line of each row and of the group at a time
  for (int64_t begin = 0; begin < columns; begin += kTile)
    for (int64_t lane = 0; lane < kPackedRows; ++lane)
      for (int64_t k = begin; k < columns && k < begin + kTile; ++k)
        to[k * kPackedRows + lane] = lane < num_rows ? from[lane * columns + k] : uint16_t{0};
}

void UnpackBlock(const PackedMatrix& matrix, int64_t row, int64_t b, void* block) {
  const auto unpack = [](uint8_t* to, uint8_t* from, int64_t count) {
    __builtin_memcpy(to, from, static_cast<uint64_t>(count));
  };
  const PackedLayout& layout = LayoutOf(matrix.format);
  auto* group =
      const_cast<uint8_t*>(matrix.packed) + row / kPackedRows * PackedGroupBytes(matrix.format, matrix.columns);
  const PackedLayout::Place place = layout.PlaceOf(b, matrix.columns / layout.elements);
  MoveBlock(layout, static_cast<uint8_t*>(block), group + place.words, group + place.scales, row % kPackedRows, unpack);
}

// y plus sub-block b of one row times that of one token; `block` holds it. What the fast kernels are held against, and
// what runs without AVX2.
float AddSubBlock(BlockFormat format, const AnyBlock& block, const ActivationRow& a, int64_t b, float y) {
  const int8_t* q = a.q + 32 * b;
  const int j = static_cast<int>(b % 8);
  int32_t sums[2] = {0, 0};
  switch (format) {
    case BlockFormat::kQ8_0:
      for (int i = 0; i < 32; ++i) sums[0] += block.q8_0.qs[i] * q[i];
      return __builtin_fmaf(static_cast<float>(sums[0]), HalfToFloat(block.q8_0.d) * a.d[b], y);
    case BlockFormat::kQ4_0:
      for (int i = 0; i < 32; ++i) sums[0] += ((block.q4_0.qs[i % 16] >> i / 16 * 4 & 15) - 8) * q[i];
      return __builtin_fmaf(static_cast<float>(sums[0]), HalfToFloat(block.q4_0.d) * a.d[b], y);
    case BlockFormat::kQ4_K: {
      for (int i = 0; i < 32; ++i) sums[0] += (block.q4_k.qs[j / 2 * 32 + i] & (j % 2 ? 240 : 15)) * q[i];
      const float d = HalfToFloat(block.q4_k.d) * (j % 2 ? 0.0625f : 1.0f);
      y = __builtin_fmaf(static_cast<float>(sums[0]), d * ScaleOfQ4_K(block.q4_k.scales, j) * a.d[b], y);
      if (j < 7) return y;
      const int8_t* r = a.min_sums + b / 8 * 16;
      for (int i = 0; i < 8; ++i) sums[1] += static_cast<int>(MinOfQ4_K(block.q4_k.scales, i)) * (r[i] + 128 * r[8 + i]);
      return __builtin_fmaf(static_cast<float>(sums[1]), HalfToFloat(block.q4_k.dmin) * a.min_factor[b / 8], y);
    }
    case BlockFormat::kQ6_K: {
      for (int i = 0; i < 32; ++i) sums[i / 16] += QuantOfQ6_K(block.q6_k.ql, block.q6_k.qh, 32 * j + i) * q[i];
      const int32_t sum = sums[0] * block.q6_k.scales[2 * j] + sums[1] * block.q6_k.scales[2 * j + 1];
      return __builtin_fmaf(static_cast<float>(sum), HalfToFloat(block.q6_k.d) * a.d[b], y);
    }
    default:
      return y;
  }
}

void PlainHalfMatmul(const PackedCall& call) {
  const auto widen = [&](uint16_t bits) {
    return call.format == BlockFormat::kF16 ? HalfToFloat(bits) : BFloat16ToFloat(bits);
  };
  const int64_t end = call.group_end * kPackedRows < call.rows ? call.group_end * kPackedRows : call.rows;
  for (int64_t row = call.group_begin * kPackedRows; row < end; ++row)
    for (int64_t t = 0; t < call.tokens; ++t) {
      const auto* w = reinterpret_cast<const uint16_t*>(call.packed + row / kPackedRows * call.group_bytes);
      const auto* x = reinterpret_cast<const float*>(call.activations + t * call.activation_bytes);
      float sums[2] = {0, 0};
      for (int64_t k = 0; k < call.columns; ++k)
        sums[k % 2] = __builtin_fmaf(widen(w[k * kPackedRows + row % kPackedRows]), x[k], sums[k % 2]);
      call.y[t * call.y_stride + row] = sums[0] + sums[1];
    }
}

void PlainMatmul(const PackedCall& call) {
  if (IsHalf(call.format)) return PlainHalfMatmul(call);
  const PackedMatrix matrix = {call.format, call.rows, call.columns, call.packed};
  const int64_t elements = LayoutOf(call.format).elements, sub_blocks = elements / kSubBlock;
  const int64_t end = call.group_end * kPackedRows < call.rows ? call.group_end * kPackedRows : call.rows;
  for (int64_t row = call.group_begin * kPackedRows; row < end; ++row) {
    for (int64_t t = 0; t < call.tokens; ++t) call.y[t * call.y_stride + row] = 0;
    for (int64_t i = 0; i < call.columns / elements; ++i) {
      AnyBlock block;
      UnpackBlock(matrix, row, i, &block);
      for (int64_t t = 0; t < call.tokens; ++t) {
        const ActivationRow a = RowOfActivations(call.activations + t * call.activation_bytes, call.columns);
        float& y = call.y[t * call.y_stride + row];
        for (int64_t j = 0; j < sub_blocks; ++j) y = AddSubBlock(call.format, block, a, i * sub_blocks + j, y);
      }
    }
  }
}

InstructionSet FindInstructionSet() {
#ifdef __x86_64__
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vnni"))
    return InstructionSet::kAvx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c"))
    return InstructionSet::kAvx2;
#endif
  return InstructionSet::kPlain;
}

}  // namespace

bool IsPackable(BlockFormat format) { return format != BlockFormat::kF32; }
bool IsQuantized(BlockFormat format) { return IsPackable(format) && !IsHalf(format); }

int64_t PackedGroupBytes(BlockFormat format, int64_t columns) {
  if (IsHalf(format)) return (columns * kPackedRows * 2 + 63) / 64 * 64;
  const PackedLayout& layout = LayoutOf(format);
  return (columns / layout.elements * layout.packed_bytes() + 63) / 64 * 64;
}

int64_t PackedBytes(BlockFormat format, int64_t rows, int64_t columns) {
  return (rows + kPackedRows - 1) / kPackedRows * PackedGroupBytes(format, columns);
}

void PackGroups(BlockFormat format, const void* blocks, int64_t rows, int64_t columns, int64_t group_begin,
                int64_t group_end, uint8_t* packed) {
  const BlockFormatInfo& info = InfoOf(format);
  const int64_t row_blocks = columns / info.elements, row_bytes = row_blocks * info.bytes;
  for (int64_t group = group_begin; group < group_end; ++group) {
    const int64_t row = group * kPackedRows, present = rows - row < kPackedRows ? rows - row : kPackedRows;
    const uint8_t* from = static_cast<const uint8_t*>(blocks) + row * row_bytes;
    uint8_t* to = packed + group * PackedGroupBytes(format, columns);
    if (IsHalf(format)) PackHalves(from, present, columns, to);
    else PackGroup(LayoutOf(format), from, present, row_blocks, to);
  }
}

void UnpackRow(const PackedMatrix& matrix, int64_t row, void* blocks) {
  if (IsHalf(matrix.format)) {
    const uint8_t* group = matrix.packed + row / kPackedRows * PackedGroupBytes(matrix.format, matrix.columns);
    const auto* from = reinterpret_cast<const uint16_t*>(group) + row % kPackedRows;
    for (int64_t k = 0; k < matrix.columns; ++k) static_cast<uint16_t*>(blocks)[k] = from[k * kPackedRows];
    return;
  }
  const PackedLayout& layout = LayoutOf(matrix.format);
  for (int64_t b = 0; b < matrix.columns / layout.elements; ++b)
    UnpackBlock(matrix, row, b, static_cast<uint8_t*>(blocks) + b * layout.block_bytes);
}

void DequantizePackedRow(const PackedMatrix& matrix, int64_t row, float* x) {
  if (IsHalf(matrix.format)) {
    const uint8_t* group = matrix.packed + row / kPackedRows * PackedGroupBytes(matrix.format, matrix.columns);
    const auto* from = reinterpret_cast<const uint16_t*>(group) + row % kPackedRows;
    for (int64_t k = 0; k < matrix.columns; ++k) DequantizeRow(matrix.format, from + k * kPackedRows, 1, x + k);
    return;
  }
  const int64_t elements = LayoutOf(matrix.format).elements;
  for (int64_t b = 0; b < matrix.columns / elements; ++b) {
    AnyBlock block;
    UnpackBlock(matrix, row, b, &block);
    DequantizeRow(matrix.format, &block, elements, x + b * elements);
  }
}

InstructionSet BestInstructionSet() {
  static const InstructionSet set = FindInstructionSet();
  return set;
}

const char* NameOf(InstructionSet set) {
  switch (set) {
    case InstructionSet::kAvx512:
      return "avx512_vnni";
    case InstructionSet::kAvx2:
      return "avx2";
    case InstructionSet::kPlain:
      break;
  }
  return "plain";
}

void PackedMatmulWith(InstructionSet set, const PackedMatrix& matrix, const uint8_t* activations, int64_t tokens,
                      int64_t group_begin, int64_t group_end, float* y, int64_t y_stride) {
  const PackedCall call = {.format = matrix.format,
                           .rows = matrix.rows,
                           .columns = matrix.columns,
                           .packed = matrix.packed,
                           .group_bytes = PackedGroupBytes(matrix.format, matrix.columns),
                           .activations = activations,
                           .activation_bytes = ActivationBytes(matrix.format, matrix.columns),
                           .tokens = tokens,
                           .group_begin = group_begin,
                           .group_end = group_end,
                           .y = y,
                           .y_stride = y_stride};
#ifdef __x86_64__
  if (set == InstructionSet::kAvx512) return avx512::PackedMatmul(call);
  if (set == InstructionSet::kAvx2) return avx2::PackedMatmul(call);
#endif
  PlainMatmul(call);
}

void PackedMatmul(const PackedMatrix& matrix, const uint8_t* activations, int64_t tokens, int64_t group_begin,
                  int64_t group_end, float* y, int64_t y_stride) {
  PackedMatmulWith(BestInstructionSet(), matrix, activations, tokens, group_begin, group_end, y, y_stride);
}

}  // namespace lingshu
