// rouge 1.0.1: n-grams as sets, ROUGE-L over the union of the longest common subsequences of all pairs of sentences.
#include <algorithm>
#include <iterator>

#include "base/strings.h"
#include "score/medevalkit.h"
#include "score/rouge.h"

namespace lingshu {
namespace {

using Sentence = std::vector<int>;

// Sentences end at ".", words at white space; a sentence of nothing but spaces is one empty word.
std::vector<Sentence> SentencesOf(NgramTable& table, std::string_view text) {
  std::vector<Sentence> sentences;
  for (const std::string& part : SplitString(text, '.')) {
    if (part.empty()) continue;
    Sentence& sentence = sentences.emplace_back();
    for (const std::string& word : PythonSplit(part)) sentence.push_back(table.WordId(word));
    if (sentence.empty()) sentence.push_back(table.WordId(""));
  }
  return sentences;
}

std::vector<int> SetOf(std::vector<int> items) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

std::vector<int> WordsOf(const std::vector<Sentence>& sentences) {
  std::vector<int> words;
  for (const Sentence& sentence : sentences) words.insert(words.end(), sentence.begin(), sentence.end());
  return words;
}

std::vector<int> BigramsOf(NgramTable& table, const std::vector<int>& words) {
  std::vector<int> bigrams;
  for (size_t i = 0; i + 1 < words.size(); ++i) bigrams.push_back(table.Join(words[i], words[i + 1]));
  return bigrams;
}

PrecisionRecallF Scores(size_t num_candidate, size_t num_reference, size_t num_common) {
  const double p = num_candidate == 0 ? 0 : static_cast<double>(num_common) / static_cast<double>(num_candidate);
  const double r = num_reference == 0 ? 0 : static_cast<double>(num_common) / static_cast<double>(num_reference);
  return {.p = p, .r = r, .f = 2 * (p * r / (p + r + 1e-8))};
}

PrecisionRecallF CompareSets(const std::vector<int>& reference, const std::vector<int>& candidate) {
  std::vector<int> common;
  std::set_intersection(reference.begin(), reference.end(), candidate.begin(), candidate.end(),
                        std::back_inserter(common));
  return Scores(candidate.size(), reference.size(), common.size());
}

// Adds the words of one longest common subsequence; of equals the path that gives up the candidate's word first.
void AddCommon(const Sentence& reference, const Sentence& candidate, std::vector<int>& words) {
  const size_t width = candidate.size() + 1;
  std::vector<int> length((reference.size() + 1) * width);
  for (size_t i = 1; i <= reference.size(); ++i)
    for (size_t k = 1; k <= candidate.size(); ++k)
      length[i * width + k] = reference[i - 1] == candidate[k - 1]
                                  ? length[(i - 1) * width + k - 1] + 1
                                  : std::max(length[(i - 1) * width + k], length[i * width + k - 1]);
  for (size_t i = reference.size(), k = candidate.size(); i > 0 && k > 0;) {
    if (reference[i - 1] == candidate[k - 1]) words.push_back(reference[i - 1]), --i, --k;
    else if (length[(i - 1) * width + k] > length[i * width + k - 1]) --i;
    else --k;
  }
}

}  // namespace

std::optional<Rouge> RougeOfSets(std::string_view reference, std::string_view candidate) {
  NgramTable table;
  const std::vector<Sentence> references = SentencesOf(table, reference), candidates = SentencesOf(table, candidate);
  if (references.empty() || candidates.empty()) return std::nullopt;
  const std::vector<int> reference_words = WordsOf(references), candidate_words = WordsOf(candidates);
  const std::vector<int> reference_set = SetOf(reference_words), candidate_set = SetOf(candidate_words);
  std::vector<int> common;
  for (const Sentence& one : references)
    for (const Sentence& other : candidates) AddCommon(one, other, common);
  return Rouge{
      .rouge1 = CompareSets(reference_set, candidate_set),
      .rouge2 = CompareSets(SetOf(BigramsOf(table, reference_words)), SetOf(BigramsOf(table, candidate_words))),
      .rouge_l = Scores(candidate_set.size(), reference_set.size(), SetOf(std::move(common)).size())};
}

}  // namespace lingshu
