// Data order without state: which examples form step s of an epoch is a pure function of (seed, epoch, s), so resuming needs
// no more than the number of the step.
#pragma once

#include <cstdint>
#include <vector>

namespace lingshu {

// What the order needs to know of an example. Example: a question on the 7th image,
//   {.group = 7, .num_tokens = 412, .shared_tokens = 350}: 350 tokens begin every question on that image.
struct OrderItem {
  int64_t group = 0;          // examples of a group may share their beginning in a row
  int64_t num_tokens = 0;     // of the example alone
  int64_t shared_tokens = 0;  // of these, the beginning that the whole group has in common
};

struct OrderOptions {
  uint64_t seed = 0;
  int64_t micro_batch_size = 1;
  int64_t micro_batches_per_step = 1;
  bool packing = false;        // a micro-batch holds micro_batch_size · max_length tokens; else micro_batch_size examples
  int64_t max_length = 8192;   // packing
  int64_t group_size_max = 16; // packing: at most so many examples of a group in a micro-batch
};

using MicroBatch = std::vector<int64_t>;   // indices of items
using StepPlan = std::vector<MicroBatch>;  // what one optimizer step accumulates

// All steps of an epoch. Every item is in exactly one micro-batch; none is empty; only the last step may be short.
// With packing, members of a group stand together (up to group_size_max), so their common beginning is computed once.
// REQUIRES: with packing, no item is longer than max_length.
std::vector<StepPlan> PlanEpoch(const std::vector<OrderItem>& items, const OrderOptions& options, int64_t epoch);

}  // namespace lingshu
