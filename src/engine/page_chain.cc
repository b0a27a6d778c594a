// See page_chain.h.
#include "engine/page_chain.h"

#include "base/hash.h"
#include "kernels/attention.h"

namespace lingshu {

PageChain::PageChain(const std::string& scope) : chain_(scope.empty() ? 0 : HashBytes(scope)) {}

void PageChain::AppendKey(uint64_t key) {
  keys_.push_back(key);
  if (static_cast<int64_t>(keys_.size()) < kPageTokens) return;
  chain_ = HashBytes({reinterpret_cast<const char*>(keys_.data()), keys_.size() * sizeof(uint64_t)}, chain_) | 1;  // 0 is no name
  hashes_.push_back(chain_);
  keys_.clear();
}

void PageChain::Append(const Example& example, const ModelConfig& config) {
  int64_t features_left = 0;
  size_t image = 0;
  for (const int64_t id : example.prompt_ids) {
    const bool is_placeholder = config.IsPlaceholder(id);
    if (is_placeholder && features_left == 0) features_left = example.images.at(image++)->num_tokens;
    if (is_placeholder) --features_left;
    AppendKey(is_placeholder ? example.images[image - 1]->hash : static_cast<uint64_t>(id));
  }
}

}  // namespace lingshu
