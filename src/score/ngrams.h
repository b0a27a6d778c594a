// N-grams as numbers: equal numbers are equal n-grams, so that counting and intersecting them never touches text.
//   NgramTable table;  NgramsOf(table, {"no", "acute", "disease"}, 2)  ->  {{0, 1, 2}, {3, 4}}
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lingshu {

using Tokens = std::vector<std::string>;

inline constexpr int kMaxNgramOrder = 4;

// Numbers are given in the order of first sight; words and longer n-grams share one range. Not thread-safe.
class NgramTable {
 public:
  int WordId(std::string_view word);
  // The n-gram that is an (n - 1)-gram followed by a word.
  int Join(int prefix, int word);
  // The same without adding: -1 for what was never seen, or has an unseen prefix.
  int FindWord(std::string_view word) const;
  int FindJoined(int prefix, int word) const;
  int size() const { return size_; }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, int, Hash, std::equal_to<>> words_;
  std::unordered_map<uint64_t, int> joined_;
  int size_ = 0;
};

// By order n - 1: the n-grams of a text in order, tokens.size() - n + 1 of them (none where the text is shorter).
using Ngrams = std::array<std::vector<int>, kMaxNgramOrder>;
Ngrams NgramsOf(NgramTable& table, const Tokens& tokens, int max_order = kMaxNgramOrder);

// Sorted pairs of n-gram and count.
using NgramCounts = std::vector<std::pair<int, int>>;
NgramCounts CountNgrams(std::vector<int> ngrams);

// Σ min(count in a, count in b).
int64_t CountOverlap(const NgramCounts& a, const NgramCounts& b);

// Length of the longest common subsequence, O(|a| · |b|).
int LongestCommonSubsequence(const std::vector<int>& a, const std::vector<int>& b);

}  // namespace lingshu
