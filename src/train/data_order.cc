// Shuffle the members of each group, cut groups into bundles, shuffle the bundles, fill micro-batches in that order.
#include "train/data_order.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/rng.h"

namespace lingshu {
namespace {

// Members of one group that stay together.
struct Bundle {
  int64_t group = 0;
  int64_t num_tokens = 0;  // with the common beginning counted once
  std::vector<int64_t> items;
};

std::vector<Bundle> BundlesOf(const std::vector<int64_t>& members, const std::vector<OrderItem>& items, int64_t size_max, int64_t tokens_max) {
  std::vector<Bundle> bundles;
  for (const int64_t i : members) {
    const OrderItem& item = items[i];
    const int64_t own_tokens = item.num_tokens - item.shared_tokens;
    const bool is_full = bundles.empty() || static_cast<int64_t>(bundles.back().items.size()) >= size_max ||
                         bundles.back().num_tokens + own_tokens > tokens_max;
    if (is_full) bundles.push_back({.group = item.group, .num_tokens = item.shared_tokens});
    bundles.back().items.push_back(i);
    bundles.back().num_tokens += own_tokens;
  }
  return bundles;
}

// Shuffled bundles of at most `size_max` members and `tokens_max` tokens.
std::vector<Bundle> ShuffledBundles(const std::vector<OrderItem>& items, int64_t size_max, int64_t tokens_max, uint64_t seed) {
  std::map<int64_t, std::vector<int64_t>> groups;
  for (size_t i = 0; i < items.size(); ++i) groups[items[i].group].push_back(static_cast<int64_t>(i));
  Rng rng(seed);
  std::vector<Bundle> all;
  for (auto& [group, members] : groups) {
    rng.Shuffle(members);
    for (Bundle& bundle : BundlesOf(members, items, size_max, tokens_max)) all.push_back(std::move(bundle));
  }
  rng.Shuffle(all);
  return all;
}

std::vector<MicroBatch> PackedMicroBatches(const std::vector<OrderItem>& items, const OrderOptions& options, uint64_t seed) {
  const int64_t tokens_max = options.micro_batch_size * options.max_length;
  std::vector<MicroBatch> micro_batches;
  std::vector<int64_t> groups_inside;
  int64_t tokens = 0;
  for (const Bundle& bundle : ShuffledBundles(items, options.group_size_max, tokens_max, seed)) {
    // Two bundles of one group must not meet, or the group would be larger than allowed.
    const bool is_inside = std::find(groups_inside.begin(), groups_inside.end(), bundle.group) != groups_inside.end();
    if (micro_batches.empty() || is_inside || tokens + bundle.num_tokens > tokens_max) {
      micro_batches.emplace_back();
      groups_inside.clear();
      tokens = 0;
    }
    micro_batches.back().insert(micro_batches.back().end(), bundle.items.begin(), bundle.items.end());
    groups_inside.push_back(bundle.group);
    tokens += bundle.num_tokens;
  }
  return micro_batches;
}

std::vector<MicroBatch> PlainMicroBatches(int64_t num_items, int64_t micro_batch_size, uint64_t seed) {
  std::vector<int64_t> order(static_cast<size_t>(num_items));
  for (int64_t i = 0; i < num_items; ++i) order[i] = i;
  Rng(seed).Shuffle(order);
  std::vector<MicroBatch> micro_batches;
  for (int64_t begin = 0; begin < num_items; begin += micro_batch_size)
    micro_batches.emplace_back(order.begin() + begin, order.begin() + std::min(num_items, begin + micro_batch_size));
  return micro_batches;
}

}  // namespace

std::vector<StepPlan> PlanEpoch(const std::vector<OrderItem>& items, const OrderOptions& options, int64_t epoch) {
  const uint64_t seed = MixSeed({options.seed, SeedOf("data_order"), static_cast<uint64_t>(epoch)});
  for (const OrderItem& item : items) CHECK(!options.packing || item.num_tokens <= options.max_length) << item.num_tokens << " tokens";
  const auto micro_batches = options.packing ? PackedMicroBatches(items, options, seed)
                                             : PlainMicroBatches(static_cast<int64_t>(items.size()), options.micro_batch_size, seed);
  std::vector<StepPlan> steps;
  for (const MicroBatch& micro_batch : micro_batches) {
    if (steps.empty() || static_cast<int64_t>(steps.back().size()) == options.micro_batches_per_step) steps.emplace_back();
    steps.back().push_back(micro_batch);
  }
  return steps;
}

}  // namespace lingshu
