// Counter-based SplitMix64 per element: no state, so any part of a tensor can be filled alone. Every operation is one
// correctly rounded IEEE step, which is why numpy arrives at the same bits.
#include "checkpoint/random_weights.h"

#include <cmath>

#include "base/rng.h"

namespace lingshu {
namespace {

// [-1, 1) on a grid of 2^-23: the top 24 bits fit a float's significand.
float Draw(uint64_t seed, uint64_t index) {
  uint64_t z = seed + (index + 1) * 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  return static_cast<float>(static_cast<int64_t>(z >> 40) - (int64_t{1} << 23)) * 0x1p-23f;
}

bool IsNorm(std::string_view name) {
  return name.ends_with("norm.weight") || name.ends_with("norm1.weight") || name.ends_with("norm2.weight") ||
         name.ends_with("ln_q.weight");
}

}  // namespace

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
