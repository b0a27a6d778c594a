// The cache as tensors: one row of keys and values per token and layer, at the place page · 16 + column. Single new tokens of
// many sequences attend together, padded to the longest; a chunk of a prompt attends alone.
#include <algorithm>

#include "base/error.h"
#include "engine/cached_attention.h"
#include "kernels/attention.h"

namespace lingshu {
namespace {

struct Store {
  std::vector<Tensor> keys, values;  // per layer [places, K, H]
};

// Tokens of the step that attend in one call: B sequences with C new tokens each that see S places.
struct Group {
  Tensor tokens;   // [B · C] in the step
  Tensor places;   // [B · S] in the store
  Tensor mask;     // [B, 1, C, S]: what each token sees
  int64_t sequences, count, seen;
};

int64_t PlaceOf(const CachedRows& rows, int64_t position) { return rows.pages[position / kPageTokens] * kPageTokens + position % kPageTokens; }

// REQUIRES: all have the same count. first_token[i] is the place of rows[i] in the step.
Group MakeGroup(const std::vector<CachedRows>& rows, const std::vector<int64_t>& first_token, at::Device device) {
  const int64_t sequences = static_cast<int64_t>(rows.size()), count = rows[0].count;
  int64_t seen = 0;
  for (const CachedRows& row : rows) seen = std::max(seen, row.begin + row.count);
  std::vector<int64_t> tokens, places;
  Tensor mask = at::zeros({sequences, 1, count, seen}, at::kBool);
  for (int64_t b = 0; b < sequences; ++b) {
    for (int64_t i = 0; i < count; ++i) {
      tokens.push_back(first_token[b] + i);
      mask[b][0][i].slice(0, 0, rows[b].begin + i + 1).fill_(true);
    }
    const int64_t own = rows[b].begin + count;
    for (int64_t position = 0; position < seen; ++position) places.push_back(PlaceOf(rows[b], std::min(position, own - 1)));
  }
  return {ToTensor(tokens, {sequences * count}).to(device), ToTensor(places, {sequences * seen}).to(device), mask.to(device), sequences, count, seen};
}

std::vector<Group> MakeGroups(const std::vector<CachedRows>& slices, at::Device device) {
  std::vector<CachedRows> singles;
  std::vector<int64_t> single_tokens;
  std::vector<Group> groups;
  int64_t token = 0;
  for (const CachedRows& slice : slices) {
    if (slice.count == 1) {
      singles.push_back(slice);
      single_tokens.push_back(token);
    } else {
      groups.push_back(MakeGroup({slice}, {token}, device));
    }
    token += slice.count;
  }
  if (!singles.empty()) groups.push_back(MakeGroup(singles, single_tokens, device));
  return groups;
}

Tensor AttendGroup(const Group& group, const Tensor& keys, const Tensor& values, const Tensor& q_TNH) {
  const int64_t heads = q_TNH.size(1), h = q_TNH.size(2), repeat = heads / keys.size(1);
  const auto cached = [&](const Tensor& store) {
    return store.index_select(0, group.places).reshape({group.sequences, group.seen, -1, h}).transpose(1, 2).repeat_interleave(repeat, 1);
  };
  const Tensor q = q_TNH.index_select(0, group.tokens).reshape({group.sequences, group.count, heads, h}).transpose(1, 2);
  const Tensor out = at::scaled_dot_product_attention(q, cached(keys), cached(values), group.mask);
  return out.transpose(1, 2).reshape({group.sequences * group.count, heads, h});
}

}  // namespace

CachedAttention ComposedCache(const TextConfig& config, int64_t num_pages, const at::TensorOptions& options) {
  const auto store = std::make_shared<Store>();
  for (int64_t layer = 0; layer < config.num_hidden_layers; ++layer) {
    store->keys.push_back(at::zeros({num_pages * kPageTokens, config.num_key_value_heads, config.HeadDim()}, options));
    store->values.push_back(at::zeros_like(store->keys.back()));
  }
  return [store, device = options.device()](std::vector<CachedRows> slices) -> AttentionFn {
    std::vector<int64_t> places;
    for (const CachedRows& slice : slices)
      for (int64_t i = 0; i < slice.count; ++i) places.push_back(PlaceOf(slice, slice.begin + i));
    const Tensor written = ToTensor(places, {static_cast<int64_t>(places.size())}).to(device);
    return [store, written, groups = MakeGroups(slices, device)](int64_t layer, const Tensor& q, const Tensor& k, const Tensor& v) {
      Tensor &keys = store->keys[layer], &values = store->values[layer];
      keys.index_copy_(0, written, k.to(keys.scalar_type()));
      values.index_copy_(0, written, v.to(values.scalar_type()));
      Tensor out = at::empty_like(q);
      for (const Group& group : groups) out.index_copy_(0, group.tokens, AttendGroup(group, keys, values, q));
      return out;
    };
  };
}

}  // namespace lingshu
