// Attention of new tokens to a cache of keys and values in pages. Two forms of one contract: plain memory and our kernel, whose
// rows do not depend on each other, and tensors on the model's device with libtorch's fused attention.
// Shapes: T tokens of the step, N heads, K kv heads, H head_dim.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "checkpoint/config.h"
#include "model/model.h"

namespace lingshu {

// New tokens of one sequence: `count` at positions begin, begin + 1, … behind what its pages hold.
struct CachedRows {
  const int32_t* pages;
  int64_t begin, count;
};
// The attention of one step, whose packed tokens are `rows` in order. It writes their keys and values and lets each token see the
// positions of its own sequence up to itself. REQUIRES: the pages of `rows` stay until the step is done.
using CachedAttention = std::function<AttentionFn(std::vector<CachedRows> rows)>;

// kAuto: paged for weights on the CPU, composed elsewhere.
enum class AttentionKind { kAuto, kPaged, kComposed };
std::vector<std::string> EnumNames(AttentionKind*);  // auto paged composed

// Keys and values in float32 in this process's memory, which the system hands out page by page as they are written.
CachedAttention PagedCache(const TextConfig& config, int64_t num_pages);
// Tensors of these options (device and type), scaled_dot_product_attention.
CachedAttention ComposedCache(const TextConfig& config, int64_t num_pages, const at::TensorOptions& options);

}  // namespace lingshu
