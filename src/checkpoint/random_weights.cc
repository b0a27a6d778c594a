// Counter-based SplitMix64 per element: no state, so any part of a tensor can be filled alone. Every operation is one
// correctly rounded IEEE step, which is why numpy arrives at the same bits.
#include "checkpoint/random_weights.h"

#include <cmath>
#include <cstring>

#include "base/rng.h"
#include "kernels/half.h"

namespace lingshu {
namespace {

uint64_t SplitMix64(uint64_t seed, uint64_t index) {
  uint64_t z = seed + (index + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// [-1, 1) on a grid of 2^-23: the top 24 bits fit a float's significand.
float Draw(uint64_t seed, uint64_t index) {
  const uint64_t z = SplitMix64(seed, index);
  return static_cast<float>(static_cast<int64_t>(z >> 40) - (int64_t{1} << 23)) * 0x1p-23f;
}

bool IsNorm(std::string_view name) {
  return name.ends_with("norm.weight") || name.ends_with("norm1.weight") || name.ends_with("norm2.weight") ||
         name.ends_with("ln_q.weight");
}

// The scales of a block of random bits, so that its numbers lie within about ±range.
void SetScales(BlockFormat format, float range, uint64_t random, uint8_t* block) {
  // 8 scales in [32, 64), the block's own scale divides by their mean and by the largest quant.
  constexpr float kMeanScale = 48;
  uint8_t scales[8];
  for (int j = 0; j < 8; ++j) scales[j] = static_cast<uint8_t>(32 | (random >> 5 * j & 31));
  if (format == BlockFormat::kQ8_0) {
    reinterpret_cast<BlockQ8_0*>(block)->d = FloatToHalf(range / 127);
  } else if (format == BlockFormat::kQ4_0) {
    reinterpret_cast<BlockQ4_0*>(block)->d = FloatToHalf(range / 8);
  } else if (format == BlockFormat::kQ4_K) {  // min = scale, dmin = 7.5 d: symmetric about zero
    auto* q4 = reinterpret_cast<BlockQ4_K*>(block);
    q4->d = FloatToHalf(range / (7.5f * kMeanScale));
    q4->dmin = FloatToHalf(range / kMeanScale);
    for (int j = 0; j < 4; ++j) {
      q4->scales[j] = q4->scales[j + 4] = static_cast<uint8_t>(scales[j] | (scales[j + 4] >> 4) << 6);
      q4->scales[j + 8] = static_cast<uint8_t>((scales[j + 4] & 15) * 17);
    }
  } else {
    auto* q6 = reinterpret_cast<BlockQ6_K*>(block);
    q6->d = FloatToHalf(range / (32 * kMeanScale));
    for (int j = 0; j < 16; ++j) q6->scales[j] = static_cast<int8_t>(scales[j / 2]);
  }
}

}  // namespace

void FillRandomBlocks(std::string_view name, BlockFormat format, int64_t begin, int64_t end, int64_t columns, uint8_t* blocks) {
  const uint64_t seed = SeedOf(name);
  const auto range = static_cast<float>(std::sqrt(3.0 / static_cast<double>(columns)));
  if (format <= BlockFormat::kBF16) {
    for (int64_t i = 0; i < (end - begin) * columns; ++i) {
      const float x = range * Draw(seed, static_cast<uint64_t>(begin * columns + i));
      const uint16_t bits = format == BlockFormat::kF16 ? FloatToHalf(x) : FloatToBFloat16(x);
      if (format == BlockFormat::kF32) std::memcpy(blocks + 4 * i, &x, 4);
      else std::memcpy(blocks + 2 * i, &bits, 2);
    }
    return;
  }
  const int64_t bytes = InfoOf(format).bytes, per_row = columns / InfoOf(format).elements, words = (bytes + 7) / 8;
  for (int64_t i = 0; i < (end - begin) * per_row; ++i, blocks += bytes) {
    const auto first = static_cast<uint64_t>((begin * per_row + i) * (words + 1));
    for (int64_t w = 0; w < words; ++w) {
      const uint64_t bits = SplitMix64(seed, first + static_cast<uint64_t>(w));
      std::memcpy(blocks + 8 * w, &bits, static_cast<size_t>(w + 1 < words ? 8 : bytes - 8 * w));
    }
    SetScales(format, range, SplitMix64(seed, first + static_cast<uint64_t>(words)), blocks);
  }
}

void FillRandom(std::string_view name, const std::vector<int64_t>& shape, float* out) {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  float center = 0, scale = 0.1f;
  if (IsNorm(name)) center = 1;
  else if (!name.ends_with(".bias") && count > 0)
    scale = static_cast<float>(std::sqrt(3.0 / static_cast<double>(count / shape[0])));
  const uint64_t seed = SeedOf(name);
  for (int64_t i = 0; i < count; ++i) out[i] = center + scale * Draw(seed, static_cast<uint64_t>(i));
}

}  // namespace lingshu
