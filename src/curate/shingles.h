// Shingles: the n-grams of a text's words as hashes, the form in which texts are compared.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace lingshu {

// One hash per word, in order; case, punctuation and blanks do not count, and each ideograph is a word.
std::vector<uint64_t> WordHashes(std::string_view text);

// One hash per run of n words. A text of 1 to n - 1 words is one shingle, an empty one none.
std::vector<uint64_t> Shingles(const std::vector<uint64_t>& words, int64_t n);

}  // namespace lingshu
