// See read_memory.h.
#include "kernels/read_memory.h"

#include "kernels/simd.h"

namespace lingshu {

LINGSHU_CLONES
int32_t ReadMemory(const void* memory, int64_t bytes) {
  const auto* words = static_cast<const int32_t*>(memory);
  simd::I16 lanes[8] = {};
  for (int64_t i = 0; i + 128 <= bytes / 4; i += 128)
    for (int k = 0; k < 8; ++k) lanes[k] += *reinterpret_cast<const simd::I16*>(words + i + 16 * k);
  for (int k = 1; k < 8; ++k) lanes[0] += lanes[k];
  int32_t sum = 0;
  for (int i = 0; i < 16; ++i) sum += lanes[0][i];
  return sum;
}

}  // namespace lingshu
