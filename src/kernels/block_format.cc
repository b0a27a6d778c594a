// See block_format.h: the table of formats, and rows of plain formats. Quantized ones are in quantize.cc.
#include "kernels/block_format.h"

#include "kernels/half.h"

namespace lingshu {
namespace {

constexpr BlockFormatInfo kInfos[kNumBlockFormats] = {
    {"F32", 0, 1, 4},    {"F16", 1, 1, 2},       {"BF16", 30, 1, 2},    {"Q8_0", 8, 32, 34},
    {"Q4_0", 2, 32, 18}, {"Q4_K", 12, 256, 144}, {"Q6_K", 14, 256, 210}};

void Dequantize(const BlockQ8_0& block, float* x) {
  const float d = HalfToFloat(block.d);
  for (int i = 0; i < 32; ++i) x[i] = d * block.qs[i];
}

void Dequantize(const BlockQ4_0& block, float* x) {
  const float d = HalfToFloat(block.d);
  for (int i = 0; i < 16; ++i) {
    x[i] = d * ((block.qs[i] & 15) - 8);
    x[i + 16] = d * ((block.qs[i] >> 4) - 8);
  }
}

void Dequantize(const BlockQ4_K& block, float* x) {
  const float d = HalfToFloat(block.d), dmin = HalfToFloat(block.dmin);
  for (int j = 0; j < 8; ++j) {
    const float scale = d * ScaleOfQ4_K(block.scales, j), min = dmin * MinOfQ4_K(block.scales, j);
    for (int i = 0; i < 32; ++i) x[32 * j + i] = scale * (block.qs[j / 2 * 32 + i] >> 4 * (j % 2) & 15) - min;
  }
}

void Dequantize(const BlockQ6_K& block, float* x) {
  const float d = HalfToFloat(block.d);
  for (int i = 0; i < 256; ++i) x[i] = d * block.scales[i / 16] * QuantOfQ6_K(block.ql, block.qh, i);
}

template <typename Block>
void DequantizeBlocks(const void* blocks, int64_t n, float* x) {
  const int64_t elements = sizeof(Block) < 128 ? kSubBlock : kSuperBlock;
  for (int64_t i = 0; i < n / elements; ++i) Dequantize(static_cast<const Block*>(blocks)[i], x + i * elements);
}

}  // namespace

const BlockFormatInfo& InfoOf(BlockFormat format) { return kInfos[static_cast<int>(format)]; }

void DequantizeRow(BlockFormat format, const void* blocks, int64_t n, float* x) {
  const auto* words = static_cast<const uint16_t*>(blocks);
  switch (format) {
    case BlockFormat::kF32:
      __builtin_memcpy(x, blocks, static_cast<uint64_t>(n) * 4);
      return;
    case BlockFormat::kF16:
      for (int64_t i = 0; i < n; ++i) x[i] = HalfToFloat(words[i]);
      return;
    case BlockFormat::kBF16:
      for (int64_t i = 0; i < n; ++i) x[i] = BFloat16ToFloat(words[i]);
      return;
    case BlockFormat::kQ8_0:
      return DequantizeBlocks<BlockQ8_0>(blocks, n, x);
    case BlockFormat::kQ4_0:
      return DequantizeBlocks<BlockQ4_0>(blocks, n, x);
    case BlockFormat::kQ4_K:
      return DequantizeBlocks<BlockQ4_K>(blocks, n, x);
    case BlockFormat::kQ6_K:
      return DequantizeBlocks<BlockQ6_K>(blocks, n, x);
  }
}

}  // namespace lingshu
