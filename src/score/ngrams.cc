#include "score/ngrams.h"

#include <algorithm>

namespace lingshu {
namespace {

uint64_t JoinKey(int prefix, int word) { return static_cast<uint64_t>(prefix) << 32 | static_cast<uint32_t>(word); }

}  // namespace

int NgramTable::WordId(std::string_view word) {
  if (const auto it = words_.find(word); it != words_.end()) return it->second;
  words_.emplace(word, size_);
  return size_++;
}

int NgramTable::Join(int prefix, int word) {
  const auto [it, is_new] = joined_.try_emplace(JoinKey(prefix, word), size_);
  size_ += is_new;
  return it->second;
}

int NgramTable::FindWord(std::string_view word) const {
  const auto it = words_.find(word);
  return it == words_.end() ? -1 : it->second;
}

int NgramTable::FindJoined(int prefix, int word) const {
  const auto it = prefix < 0 || word < 0 ? joined_.end() : joined_.find(JoinKey(prefix, word));
  return it == joined_.end() ? -1 : it->second;
}

Ngrams NgramsOf(NgramTable& table, const Tokens& tokens, int max_order) {
  Ngrams ngrams;
  for (const std::string& token : tokens) ngrams[0].push_back(table.WordId(token));
  const std::vector<int>& words = ngrams[0];
  for (int n = 1; n < max_order; ++n)
    for (size_t i = 0; i + n < words.size(); ++i) ngrams[n].push_back(table.Join(ngrams[n - 1][i], words[i + n]));
  return ngrams;
}

NgramCounts CountNgrams(std::vector<int> ngrams) {
  std::sort(ngrams.begin(), ngrams.end());
  NgramCounts counts;
  for (const int ngram : ngrams) {
    if (counts.empty() || counts.back().first != ngram) counts.emplace_back(ngram, 0);
    ++counts.back().second;
  }
  return counts;
}

int64_t CountOverlap(const NgramCounts& a, const NgramCounts& b) {
  int64_t overlap = 0;
  for (auto i = a.begin(), k = b.begin(); i != a.end() && k != b.end();) {
    if (i->first == k->first) overlap += std::min((i++)->second, (k++)->second);
    else if (i->first < k->first) ++i;
    else ++k;
  }
  return overlap;
}

int LongestCommonSubsequence(const std::vector<int>& a, const std::vector<int>& b) {
  std::vector<int> row(b.size() + 1);
  for (const int item : a) {
    int diagonal = 0;
    for (size_t k = 0; k < b.size(); ++k) {
      const int above = row[k + 1];
      row[k + 1] = item == b[k] ? diagonal + 1 : std::max(above, row[k]);
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace lingshu
