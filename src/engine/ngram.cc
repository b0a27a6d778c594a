// A table of three-token n-grams that grows with the text; the last occurrence wins.
#include "engine/ngram.h"

#include <algorithm>

#include "base/rng.h"

namespace lingshu {
namespace {

constexpr int64_t kGram = 3;

uint64_t KeyAt(const std::vector<int64_t>& ids, int64_t end) {
  return MixSeed({static_cast<uint64_t>(ids[end - 3]), static_cast<uint64_t>(ids[end - 2]), static_cast<uint64_t>(ids[end - 1])});
}

}  // namespace

std::vector<int64_t> NgramDrafter::Draft(const std::vector<int64_t>& ids, int64_t room) {
  const auto size = static_cast<int64_t>(ids.size());
  const int64_t count = std::min(length_, room);
  if (max_tokens_ == 0 || size <= kGram) return {};
  for (int64_t end = std::max(indexed_, kGram); end < size; ++end) place_after_[KeyAt(ids, end)] = end;
  indexed_ = size;
  const auto found = place_after_.find(KeyAt(ids, size));
  if (found == place_after_.end() || count <= 0) return {};
  const int64_t from = found->second;
  if (!std::equal(ids.end() - kGram, ids.end(), ids.begin() + from - kGram)) return {};  // another n-gram of the same key
  // Beyond the end of the text the guesses themselves go on: a text that repeats does so as a whole.
  std::vector<int64_t> draft;
  for (int64_t k = 0; k < count; ++k) draft.push_back(from + k < size ? ids[from + k] : draft[from + k - size]);
  return draft;
}

void NgramDrafter::Learn(int64_t drafted, int64_t accepted) {
  if (drafted == 0) return;
  length_ = accepted == drafted ? std::min(max_tokens_, 2 * length_) : std::clamp(accepted + 1, std::min<int64_t>(2, max_tokens_), max_tokens_);
}

}  // namespace lingshu
