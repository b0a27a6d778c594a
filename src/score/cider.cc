#include "score/cider.h"

#include <algorithm>
#include <cmath>

namespace lingshu {
namespace {

// Σ (count · idf)².
double SquaredNorm(const NgramCounts& counts, const std::vector<double>& idf) {
  double sum = 0;
  for (const auto& [ngram, count] : counts) sum += count * idf[ngram] * (count * idf[ngram]);
  return sum;
}

struct Products {
  double plain = 0, clipped = 0;
};

// <c, r> and <min(c, r), r> over the n-grams that both have.
Products Multiply(const NgramCounts& reference, const NgramCounts& candidate, const std::vector<double>& idf) {
  Products products;
  for (auto i = reference.begin(), k = candidate.begin(); i != reference.end() && k != candidate.end();) {
    if (i->first == k->first) {
      const double weight = idf[i->first], r = i->second * weight, c = k->second * weight;
      products.plain += c * r;
      products.clipped += std::min(c, r) * r;
      ++i, ++k;
    } else if (i->first < k->first) {
      ++i;
    } else {
      ++k;
    }
  }
  return products;
}

}  // namespace

void CiderCorpus::Add(const Tokens& reference) {
  const Ngrams ngrams = NgramsOf(table_, reference);
  frequencies_.resize(static_cast<size_t>(table_.size()));
  for (const std::vector<int>& of_order : ngrams)
    for (const auto& [ngram, count] : CountNgrams(of_order)) ++frequencies_[static_cast<size_t>(ngram)];
  ++num_references_;
}

// ln N − ln max(1, df) by the n-gram's number in `local`, which must have met `tokens` by NgramsOf.
std::vector<double> CiderCorpus::IdfOf(NgramTable& local, const Tokens& tokens, std::vector<double> idf) const {
  const double log_n = std::log(static_cast<double>(num_references_));
  const Ngrams numbers = NgramsOf(local, tokens);
  idf.resize(static_cast<size_t>(local.size()));
  std::vector<int> words, known;
  for (const std::string& token : tokens) words.push_back(table_.FindWord(token));
  known = words;
  for (int n = 0; n < kMaxNgramOrder; ++n)
    for (size_t i = 0; i < numbers[n].size(); ++i) {
      if (n > 0) known[i] = table_.FindJoined(known[i], words[i + n]);
      const int frequency = known[i] < 0 ? 0 : frequencies_[static_cast<size_t>(known[i])];
      idf[static_cast<size_t>(numbers[n][i])] = log_n - std::log(std::max(1, frequency));
    }
  return idf;
}

CiderScores CiderCorpus::Score(const Tokens& reference, const Tokens& candidate) const {
  constexpr double kSigma = 6;
  NgramTable local;
  const std::vector<double> idf = IdfOf(local, candidate, IdfOf(local, reference, {}));
  const Ngrams of_reference = NgramsOf(local, reference), of_candidate = NgramsOf(local, candidate);
  // The reference code takes the number of bigrams for the length.
  const double delta = static_cast<double>(of_candidate[1].size()) - static_cast<double>(of_reference[1].size());
  const double penalty = std::exp(-delta * delta / (2 * kSigma * kSigma));
  CiderScores scores;
  for (int n = 0; n < kMaxNgramOrder; ++n) {
    const NgramCounts one = CountNgrams(of_reference[n]), other = CountNgrams(of_candidate[n]);
    const double norm = std::sqrt(SquaredNorm(one, idf)) * std::sqrt(SquaredNorm(other, idf));
    if (norm == 0) continue;
    const Products products = Multiply(one, other, idf);
    scores.cider += products.plain / norm;
    scores.cider_d += products.clipped / norm * penalty;
  }
  return {.cider = 10 * scores.cider / kMaxNgramOrder, .cider_d = 10 * scores.cider_d / kMaxNgramOrder};
}

}  // namespace lingshu
