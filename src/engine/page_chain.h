// PageChain: the names of a sequence's full pages in the KV cache. A page's name is a hash over everything that its keys depend on:
// its tokens, the image behind an image token, and all that stands before.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "batch/example.h"

namespace lingshu {

class PageChain {
 public:
  // Sequences of different scopes share no pages.
  explicit PageChain(const std::string& scope);
  // The next token: its id.
  void Append(int64_t id) { AppendKey(static_cast<uint64_t>(id)); }
  // A whole prompt.
  void Append(const Example& example, const ModelConfig& config);
  const std::vector<uint64_t>& hashes() const { return hashes_; }

 private:
  void AppendKey(uint64_t key);
  uint64_t chain_ = 0;
  std::vector<uint64_t> keys_;  // of the page that is not full
  std::vector<uint64_t> hashes_;
};

}  // namespace lingshu
