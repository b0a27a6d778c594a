// rouge_score 0.1.2 of Google, and the ROUGE-L of pycocoevalcap.
#include <algorithm>

#include "base/strings.h"
#include "score/medevalkit.h"
#include "score/porter.h"
#include "score/rouge.h"

namespace lingshu {
namespace {

PrecisionRecallF Scores(int64_t num_common, size_t num_reference, size_t num_candidate) {
  const double p = static_cast<double>(num_common) / static_cast<double>(std::max<size_t>(1, num_candidate));
  const double r = static_cast<double>(num_common) / static_cast<double>(std::max<size_t>(1, num_reference));
  return {.p = p, .r = r, .f = p + r > 0 ? 2 * p * r / (p + r) : 0};
}

bool IsTokenByte(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// Runs of [a-z0-9] in lower case; those longer than three letters are stemmed.
std::vector<int> WordsOf(NgramTable& table, std::string_view text, bool use_stemmer) {
  const std::string lower = PythonLower(text);
  std::vector<int> words;
  for (size_t i = 0; i < lower.size();) {
    size_t end = i;
    while (end < lower.size() && IsTokenByte(lower[end])) ++end;
    if (end == i) {
      ++i;
      continue;
    }
    const std::string word = lower.substr(i, end - i);
    words.push_back(table.WordId(use_stemmer && word.size() > 3 ? PorterStem(word) : word));
    i = end;
  }
  return words;
}

PrecisionRecallF CompareCounts(const std::vector<int>& reference, const std::vector<int>& candidate) {
  return Scores(CountOverlap(CountNgrams(reference), CountNgrams(candidate)), reference.size(), candidate.size());
}

std::vector<int> BigramsOf(NgramTable& table, const std::vector<int>& words) {
  std::vector<int> bigrams;
  for (size_t i = 0; i + 1 < words.size(); ++i) bigrams.push_back(table.Join(words[i], words[i + 1]));
  return bigrams;
}

// Marks the places of the reference on one longest common subsequence; of equals the path that gives up the reference's
// word first.
void MarkCommon(const std::vector<int>& reference, const std::vector<int>& candidate, std::vector<bool>& is_common) {
  const size_t width = candidate.size() + 1;
  std::vector<int> length((reference.size() + 1) * width);
  for (size_t i = 1; i <= reference.size(); ++i)
    for (size_t k = 1; k <= candidate.size(); ++k)
      length[i * width + k] = reference[i - 1] == candidate[k - 1]
                                  ? length[(i - 1) * width + k - 1] + 1
                                  : std::max(length[(i - 1) * width + k], length[i * width + k - 1]);
  for (size_t i = reference.size(), k = candidate.size(); i > 0 && k > 0;) {
    if (reference[i - 1] == candidate[k - 1]) is_common[i - 1] = true, --i, --k;
    else if (length[i * width + k - 1] > length[(i - 1) * width + k]) --k;
    else --i;
  }
}

std::vector<std::vector<int>> LinesOf(NgramTable& table, const std::string& text, bool use_stemmer) {
  std::vector<std::vector<int>> lines;
  for (const std::string& line : SplitString(text, '\n'))
    if (!line.empty()) lines.push_back(WordsOf(table, line, use_stemmer));
  return lines;
}

// Union of the common subsequences of each line with all lines of the other; a word hits at most as often as both have
// it.
PrecisionRecallF SummaryLevel(const std::vector<std::vector<int>>& references,
                              const std::vector<std::vector<int>>& candidates, int num_ids) {
  std::vector<int> left_reference(num_ids), left_candidate(num_ids);
  size_t num_reference = 0, num_candidate = 0;
  for (const std::vector<int>& line : references)
    for (const int word : line) ++left_reference[word], ++num_reference;
  for (const std::vector<int>& line : candidates)
    for (const int word : line) ++left_candidate[word], ++num_candidate;
  int64_t num_hits = 0;
  for (const std::vector<int>& reference : references) {
    std::vector<bool> is_common(reference.size());
    for (const std::vector<int>& candidate : candidates) MarkCommon(reference, candidate, is_common);
    for (size_t i = 0; i < reference.size(); ++i) {
      const int word = reference[i];
      if (!is_common[i] || left_reference[word] == 0 || left_candidate[word] == 0) continue;
      --left_reference[word], --left_candidate[word], ++num_hits;
    }
  }
  return Scores(num_hits, num_reference, num_candidate);
}

}  // namespace

GoogleRouge RougeOfGoogle(const std::string& reference, const std::string& candidate, bool use_stemmer) {
  NgramTable table;
  const std::vector<int> one = WordsOf(table, reference, use_stemmer), other = WordsOf(table, candidate, use_stemmer);
  GoogleRouge rouge{.rouge1 = CompareCounts(one, other),
                    .rouge2 = CompareCounts(BigramsOf(table, one), BigramsOf(table, other)),
                    .rouge_l = Scores(LongestCommonSubsequence(one, other), one.size(), other.size())};
  const std::vector<std::vector<int>> references = LinesOf(table, reference, use_stemmer);
  const std::vector<std::vector<int>> candidates = LinesOf(table, candidate, use_stemmer);
  rouge.rouge_l_sum = SummaryLevel(references, candidates, table.size());
  return rouge;
}

double RougeOfCoco(std::string_view reference, std::string_view candidate) {
  constexpr double kBeta2 = 1.2 * 1.2;
  NgramTable table;
  std::vector<int> one, other;
  for (const std::string& word : SplitString(reference, ' ')) one.push_back(table.WordId(word));
  for (const std::string& word : SplitString(candidate, ' ')) other.push_back(table.WordId(word));
  const double common = LongestCommonSubsequence(one, other);
  const double p = common / static_cast<double>(other.size()), r = common / static_cast<double>(one.size());
  return common == 0 ? 0 : (1 + kBeta2) * p * r / (r + kBeta2 * p);
}

}  // namespace lingshu
