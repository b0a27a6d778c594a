// Weights from their names: the same float32 numbers here and in tools/golden/model.py, so that golden files hold
// configs, inputs and outputs only. Element i of a tensor is drawn from SplitMix64 (Steele, Lea, Flood 2014) seeded
// with the FNV-1a hash of its released name, and lies in [-a, a), or in [1 - a, 1 + a) for norms:
//   x = (top 24 bits of SplitMix64(FNV1a(name), i) - 2^23) / 2^23   exact in float32
//   norm weights 1 + 0.1 x   ·   biases 0.1 x   ·   others x · sqrt(3 / fan_in), fan_in = elements / shape[0]
// Example: FillRandom("model.norm.weight", {192}, out) gives out[0] = 0.9097376
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/block_format.h"

namespace lingshu {

// Fills out[0, product of shape).
void FillRandom(std::string_view name, const std::vector<int64_t>& shape, float* out);

// Rows [begin, end) of a random matrix with `columns` columns as blocks, made without quantizing anything: random bits under
// scales that give numbers of about ±sqrt(3 / columns). For measuring speed on models that no file holds.
void FillRandomBlocks(std::string_view name, BlockFormat format, int64_t begin, int64_t end, int64_t columns, uint8_t* blocks);

}  // namespace lingshu
