// The cache on the CPU: pages laid out for the kernel, keys transposed.
#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>

#include "base/error.h"
#include "engine/cached_attention.h"
#include "kernels/attention.h"

namespace lingshu {
namespace {

constexpr int64_t kSerialProducts = 1 << 18;  // below this, waking another thread costs more than it saves

std::shared_ptr<float> MapFloats(int64_t count) {
  const size_t bytes = static_cast<size_t>(count) * sizeof(float);
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw Error(ErrorCode::kTooLarge, fmt::format("no memory for a KV cache of {} bytes.\nHINT: lower kv_cache_tokens.", bytes));
  return {static_cast<float*>(memory), [bytes](float* p) { ::munmap(p, bytes); }};
}

class Pages {
 public:
  Pages(const TextConfig& config, int64_t num_pages)
      : num_layers_(config.num_hidden_layers), num_kv_heads_(config.num_key_value_heads), head_dim_(config.HeadDim()) {
    data_ = MapFloats(num_pages * num_layers_ * num_kv_heads_ * 2 * head_dim_ * kPageTokens);
  }

  // [head_dim][16] and [16][head_dim] of one page, layer and kv head.
  float* Keys(int32_t page, int64_t layer, int64_t kv_head) const {
    return data_.get() + ((page * num_layers_ + layer) * num_kv_heads_ + kv_head) * 2 * head_dim_ * kPageTokens;
  }
  float* Values(int32_t page, int64_t layer, int64_t kv_head) const { return Keys(page, layer, kv_head) + head_dim_ * kPageTokens; }

  // One token's [K, H].
  void Write(int32_t page, int64_t column, int64_t layer, const float* k, const float* v) const {
    for (int64_t kv = 0; kv < num_kv_heads_; ++kv, k += head_dim_, v += head_dim_) {
      float* keys = Keys(page, layer, kv) + column;
      for (int64_t d = 0; d < head_dim_; ++d) keys[d * kPageTokens] = k[d];
      std::copy(v, v + head_dim_, Values(page, layer, kv) + column * head_dim_);
    }
  }

 private:
  int64_t num_layers_, num_kv_heads_, head_dim_;
  std::shared_ptr<float> data_;  // zero, and no memory until a page is first written
};

struct Row {
  const int32_t* pages;
  int64_t position;
};

// The heads of one kv head of one row.
void AttendHeads(const Pages& store, const Row& row, int64_t layer, const Tensor& q, int64_t kv_heads, int64_t kv, int64_t t, float scale, Tensor& out) {
  const int64_t heads = q.size(1), h = q.size(2), group = heads / kv_heads;
  const int64_t seen = row.position + 1, pages = (seen + kPageTokens - 1) / kPageTokens;
  thread_local std::vector<const float*> keys, values;
  thread_local std::vector<float> scratch;
  scratch.resize(static_cast<size_t>(pages * kPageTokens));
  keys.clear(), values.clear();
  for (int64_t page = 0; page < pages; ++page) {
    keys.push_back(store.Keys(row.pages[page], layer, kv));
    values.push_back(store.Values(row.pages[page], layer, kv));
  }
  const int64_t at = (t * heads + kv * group) * h;
  PagedAttention(q.data_ptr<float>() + at, group, h, keys.data(), values.data(), seen, scale, out.data_ptr<float>() + at, scratch.data());
}

Tensor Attend(const Pages& store, const std::vector<Row>& rows, int64_t layer, const Tensor& q_TNH, const Tensor& k_TKH, const Tensor& v_TKH) {
  const auto host = [](const Tensor& x) { return x.to(at::kCPU, at::kFloat).contiguous(); };
  const Tensor q = host(q_TNH), k = host(k_TKH), v = host(v_TKH);
  const int64_t heads = q.size(1), kv_heads = k.size(1), h = q.size(2), count = static_cast<int64_t>(rows.size());
  int64_t products = 1;  // of all rows with the keys that they see
  for (int64_t t = 0; t < count; ++t) {
    const int64_t from = t * kv_heads * h, position = rows[t].position;
    store.Write(rows[t].pages[position / kPageTokens], position % kPageTokens, layer, k.data_ptr<float>() + from, v.data_ptr<float>() + from);
    products += (position + 1) * heads * h;
  }
  Tensor out = at::empty_like(q);
  const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(h)));
  const int64_t tasks = count * kv_heads;
  ForRanges(tasks, tasks * kSerialProducts / products + 1, [&](int64_t first, int64_t last) {
    for (int64_t task = first; task < last; ++task)
      AttendHeads(store, rows[task / kv_heads], layer, q, kv_heads, task % kv_heads, task / kv_heads, scale, out);
  });
  return out.to(q_TNH.options());
}

}  // namespace

CachedAttention PagedCache(const TextConfig& config, int64_t num_pages) {
  return [store = std::make_shared<const Pages>(config, num_pages)](std::vector<CachedRows> slices) -> AttentionFn {
    std::vector<Row> rows;
    for (const CachedRows& slice : slices)
      for (int64_t i = 0; i < slice.count; ++i) rows.push_back({slice.pages, slice.begin + i});
    return [store, rows = std::move(rows)](int64_t layer, const Tensor& q, const Tensor& k, const Tensor& v) {
      return Attend(*store, rows, layer, q, k, v);
    };
  };
}

}  // namespace lingshu
