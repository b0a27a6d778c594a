// KvCache: which pages of 16 tokens are whose. The keys and values themselves lie in cached_attention.h, by page number. Pages are
// shared by reference between sequences that begin alike.
// A full page is known by a hash chain over everything that its keys depend on (ids, images, positions), so a prompt that was
// seen before finds its pages; pages nobody holds stay until room is needed, oldest first (vLLM's prefix caching, Kwon 2023).
#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include "kernels/attention.h"

namespace lingshu {

class KvCache {
 public:
  explicit KvCache(int64_t num_tokens);

  int64_t num_free_pages() const { return static_cast<int64_t>(free_.size()) + static_cast<int64_t>(idle_.size()); }
  int64_t num_pages() const { return static_cast<int64_t>(references_.size()); }

  // A page for writing, held once. Throws Error(kTooLarge) when all pages are held.
  int32_t Take();
  // The page known by `hash`, held once more; −1 when absent.
  int32_t Find(uint64_t hash);
  // Makes a full page known.
  void Publish(int32_t page, uint64_t hash);
  void Release(int32_t page);
  // A sequence's pages, last first: what is longest is forgotten first, and a beginning stays useful alone.
  void ReleaseAll(std::vector<int32_t>& pages);
  // Forgets all known pages: the weights have changed.
  void Forget();

 private:
  std::vector<int32_t> references_;
  std::vector<uint64_t> hashes_;  // 0: not known
  std::vector<int32_t> free_;
  std::list<int32_t> idle_;  // known, held by nobody; oldest first
  std::vector<std::list<int32_t>::iterator> idle_at_;
  std::unordered_map<uint64_t, int32_t> known_;
};

}  // namespace lingshu
