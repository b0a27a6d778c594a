// Normalisation of short answers, after the exact match of SQuAD (Rajpurkar et al. 2016, arXiv:1606.05250), extended by
// width, number words, units glued to numbers and CJK.
//   "The 3.5cm mass."  ->  "3.5 cm mass"        "Two" -> "2"
#include <algorithm>
#include <array>
#include <map>

#include "base/strings.h"
#include "score/reply.h"
#include "score/score.h"

namespace lingshu {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

std::string_view NumberOfWord(std::string_view word) {
  static constexpr std::array<std::string_view, 21> kNumbers = {"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
                                                                "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"};
  static constexpr std::array<std::string_view, 21> kDigits = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20"};
  const auto it = std::find(kNumbers.begin(), kNumbers.end(), word);
  return it == kNumbers.end() ? word : kDigits[it - kNumbers.begin()];
}

// ".50" -> "0.5", "24.0" -> "24", "1,200" -> "1200".
std::string CanonicalNumber(std::string_view digits) {
  std::string number = ReplaceAll(std::string(digits), ",", "");
  if (number.find('.') != std::string::npos) {
    while (number.back() == '0') number.pop_back();
    if (number.back() == '.') number.pop_back();
  }
  if (number.empty() || number[0] == '.') number.insert(number.begin(), '0');
  return number;
}

// Splits "3.5cm" into "3.5" and "cm", and evens out the number; other words stay.
void AppendWord(std::string_view word, std::vector<std::string>& words) {
  if (word == "a" || word == "an" || word == "the") return;
  if (!word.empty() && (IsDigit(word[0]) || (word[0] == '.' && word.size() > 1 && IsDigit(word[1])))) {
    size_t end = 0;
    while (end < word.size() && (IsDigit(word[end]) || word[end] == '.' || word[end] == ',')) ++end;
    words.push_back(CanonicalNumber(word.substr(0, end)));
    if (end < word.size()) words.emplace_back(word.substr(end));
    return;
  }
  if (!word.empty()) words.emplace_back(NumberOfWord(word));
}

std::vector<std::string> NormalWords(const std::string& text) {
  const std::string lower = LowerSameLength(FoldWidth(text, nullptr));
  std::vector<std::string> words;
  std::string word;
  for (size_t i = 0; i < lower.size(); ++i) {
    const char c = lower[i];
    const char next = i + 1 < lower.size() ? lower[i + 1] : ' ';
    const bool is_point = (c == '.' || c == ',') && IsDigit(next) && (word.empty() ? c == '.' : IsDigit(word.back()));
    const bool is_sign = (c == '-' && word.empty() && IsDigit(next) && (i == 0 || lower[i - 1] == ' ')) || c == '%' || c == '+';
    if (c == '\'' && IsLetter(next) && !word.empty()) continue;  // "crohn's" and "crohns" are one
    if (IsDigit(c) || IsLetter(c) || is_point) {
      word += c;
      continue;
    }
    AppendWord(word, words);
    word.clear();
    if (is_sign) words.emplace_back(1, c);
  }
  AppendWord(word, words);
  return words;
}

}  // namespace

std::string NormalizeAnswer(const std::string& text) {
  const std::string normal = JoinStrings(NormalWords(text), " ");
  if (!normal.empty()) return normal;
  // An answer that is nothing but an article is that article ("A" as a letter grade).
  const std::string lower = LowerAscii(TrimAscii(text));
  return lower == "a" || lower == "an" || lower == "the" ? lower : "";
}

double TokenF1(const std::string& gold, const std::string& response) {
  // CJK text has no spaces: its characters are the tokens.
  const auto count = [](const std::string& text) {
    std::map<std::string, int> counts;
    const Reply plain = ReadPlain(NormalizeAnswer(text));
    for (int i = 0; i < plain.num_words(); ++i) ++counts[std::string(plain.Lower(i))];
    return counts;
  };
  const std::map<std::string, int> gold_counts = count(gold), response_counts = count(response);
  int64_t num_gold = 0, num_response = 0, num_common = 0;
  for (const auto& [word, n] : gold_counts) num_gold += n;
  for (const auto& [word, n] : response_counts) {
    num_response += n;
    const auto it = gold_counts.find(word);
    if (it != gold_counts.end()) num_common += std::min(n, it->second);
  }
  if (num_common == 0) return 0;
  const double precision = static_cast<double>(num_common) / num_response, recall = static_cast<double>(num_common) / num_gold;
  return 2 * precision * recall / (precision + recall);
}

}  // namespace lingshu
