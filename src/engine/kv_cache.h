// KvCache: keys and values in pages of 16 tokens, shared by reference between sequences that begin alike.
// A full page is known by a hash chain over everything that its keys depend on (ids, images, positions), so a prompt that was
// seen before finds its pages; pages nobody holds stay until room is needed, oldest first (vLLM's prefix caching, Kwon 2023).
#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include "checkpoint/config.h"
#include "kernels/attention.h"

namespace lingshu {

class KvCache {
 public:
  KvCache(const TextConfig& config, int64_t num_tokens);

  int64_t num_free_pages() const { return static_cast<int64_t>(free_.size()) + static_cast<int64_t>(idle_.size()); }
  int64_t num_pages() const { return static_cast<int64_t>(references_.size()); }

  // A page for writing, held once. Throws Error(kTooLarge) when all pages are held.
  int32_t Take();
  // The page known by `hash`, held once more; −1 when absent.
  int32_t Find(uint64_t hash);
  // Makes a full page known.
  void Publish(int32_t page, uint64_t hash);
  void Release(int32_t page);
  // Forgets all known pages: the weights have changed.
  void Forget();

  // [head_dim][16] and [16][head_dim] of one page, layer and kv head.
  float* Keys(int32_t page, int64_t layer, int64_t kv_head) { return data_.data() + Offset(page, layer, kv_head); }
  float* Values(int32_t page, int64_t layer, int64_t kv_head) { return Keys(page, layer, kv_head) + head_dim_ * kPageTokens; }

 private:
  int64_t Offset(int32_t page, int64_t layer, int64_t kv_head) const {
    return ((page * num_layers_ + layer) * num_kv_heads_ + kv_head) * 2 * head_dim_ * kPageTokens;
  }
  int64_t num_layers_, num_kv_heads_, head_dim_;
  std::vector<float> data_;
  std::vector<int32_t> references_;
  std::vector<uint64_t> hashes_;  // 0: not known
  std::vector<int32_t> free_;
  std::list<int32_t> idle_;  // known, held by nobody; oldest first
  std::vector<std::list<int32_t>::iterator> idle_at_;
  std::unordered_map<uint64_t, int32_t> known_;
};

}  // namespace lingshu
