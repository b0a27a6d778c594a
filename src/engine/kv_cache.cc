// Pages: free → held → (published) idle → held again or free.
#include "engine/kv_cache.h"

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {

KvCache::KvCache(int64_t num_tokens) {
  const int64_t pages = (num_tokens + kPageTokens - 1) / kPageTokens;
  references_.resize(static_cast<size_t>(pages));
  hashes_.resize(static_cast<size_t>(pages));
  idle_at_.resize(static_cast<size_t>(pages));
  for (int64_t page = pages; page-- > 0;) free_.push_back(static_cast<int32_t>(page));
}

int32_t KvCache::Take() {
  int32_t page;
  if (!free_.empty()) {
    page = free_.back();
    free_.pop_back();
  } else if (!idle_.empty()) {
    page = idle_.front();
    idle_.pop_front();
    known_.erase(hashes_[page]);
    hashes_[page] = 0;
  } else {
    throw Error(ErrorCode::kTooLarge, fmt::format("the KV cache of {} tokens is full.\nHINT: raise kv_cache_tokens.", num_pages() * kPageTokens));
  }
  references_[page] = 1;
  return page;
}

int32_t KvCache::Find(uint64_t hash) {
  const auto it = known_.find(hash);
  if (it == known_.end()) return -1;
  const int32_t page = it->second;
  if (references_[page]++ == 0) idle_.erase(idle_at_[page]);
  return page;
}

void KvCache::Publish(int32_t page, uint64_t hash) {
  if (hashes_[page] == 0 && known_.emplace(hash, page).second) hashes_[page] = hash;
}

void KvCache::Release(int32_t page) {
  CHECK(references_[page] > 0) << "page " << page << " is not held";
  if (--references_[page] > 0) return;
  if (hashes_[page] == 0) free_.push_back(page);
  else idle_at_[page] = idle_.insert(idle_.end(), page);
}

void KvCache::ReleaseAll(std::vector<int32_t>& pages) {
  for (auto page = pages.rbegin(); page != pages.rend(); ++page) Release(*page);
  pages.clear();
}

void KvCache::Forget() {
  known_.clear();
  for (const int32_t page : idle_) free_.push_back(page);
  idle_.clear();
  std::fill(hashes_.begin(), hashes_.end(), 0);
}

}  // namespace lingshu
