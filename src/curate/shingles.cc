// Words and n-grams. ASCII, nearly all of the corpus, never reaches ICU.
#include "curate/shingles.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "base/hash.h"
#include "text/unicode.h"

namespace lingshu {
namespace {

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

std::vector<uint64_t> WordHashes(std::string_view text) {
  std::vector<uint64_t> words;
  if (!IsAscii(text)) {
    for (const std::string& word : WordTokens(FoldCase(RepairUtf8(text)))) words.push_back(HashBytes(word));
    return words;
  }
  std::string word;
  for (size_t i = 0; i <= text.size(); ++i) {
    const char c = i < text.size() ? text[i] : ' ';
    const bool is_inside_number = (c == '.' || c == ',') && !word.empty() &&
                                  std::isdigit(static_cast<unsigned char>(word.back())) && i + 1 < text.size() &&
                                  std::isdigit(static_cast<unsigned char>(text[i + 1]));
    if (std::isalnum(static_cast<unsigned char>(c)) || is_inside_number) {
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!word.empty()) {
      words.push_back(HashBytes(word));
      word.clear();
    }
  }
  return words;
}

std::vector<uint64_t> Shingles(const std::vector<uint64_t>& words, int64_t n) {
  std::vector<uint64_t> shingles;
  if (words.empty()) return shingles;
  const size_t width = std::min(words.size(), static_cast<size_t>(n));
  for (size_t i = 0; i + width <= words.size(); ++i)
    shingles.push_back(HashBytes({reinterpret_cast<const char*>(words.data() + i), width * sizeof(uint64_t)}, width));
  return shingles;
}

}  // namespace lingshu
