#include "score/bleu.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

namespace lingshu {
namespace {

double BrevityPenalty(const BleuCounts& counts) {
  if (counts.candidate_length > counts.reference_length) return 1;
  if (counts.candidate_length == 0) return 0;
  return std::exp(1 - static_cast<double>(counts.reference_length) / static_cast<double>(counts.candidate_length));
}

}  // namespace

BleuCounts& BleuCounts::operator+=(const BleuCounts& other) {
  for (int n = 0; n < kMaxNgramOrder; ++n) {
    matches[n] += other.matches[n];
    totals[n] += other.totals[n];
    nltk_totals[n] += other.nltk_totals[n];
  }
  candidate_length += other.candidate_length;
  reference_length += other.reference_length;
  return *this;
}

BleuCounts CountBleu(const Ngrams& reference, const Ngrams& candidate) {
  BleuCounts counts{.candidate_length = static_cast<int64_t>(candidate[0].size()),
                    .reference_length = static_cast<int64_t>(reference[0].size())};
  for (int n = 0; n < kMaxNgramOrder; ++n) {
    counts.matches[n] = CountOverlap(CountNgrams(reference[n]), CountNgrams(candidate[n]));
    counts.totals[n] = static_cast<int64_t>(candidate[n].size());
    counts.nltk_totals[n] = std::max<int64_t>(1, counts.totals[n]);
  }
  return counts;
}

double NltkBleu(const BleuCounts& counts, int max_order, BleuSmoothing smoothing) {
  if (counts.matches[0] == 0) return 0;
  double sum = 0;
  for (int n = 0; n < max_order; ++n) {
    const double total = static_cast<double>(counts.nltk_totals[n]);
    double precision = static_cast<double>(counts.matches[n]) / total;
    if (counts.matches[n] == 0) precision = smoothing == BleuSmoothing::kNone ? DBL_MIN : 0.1 / total;
    sum += std::log(precision) / max_order;
  }
  return BrevityPenalty(counts) * std::exp(sum);
}

double CocoBleu(const BleuCounts& counts, int max_order) {
  constexpr double kSmall = 1e-9, kTiny = 1e-15;
  double product = 1;
  for (int n = 0; n < max_order; ++n)
    product *= (static_cast<double>(counts.matches[n]) + kTiny) / (static_cast<double>(counts.totals[n]) + kSmall);
  const double ratio =
      (static_cast<double>(counts.candidate_length) + kTiny) / (static_cast<double>(counts.reference_length) + kSmall);
  return std::pow(product, 1.0 / max_order) * (ratio < 1 ? std::exp(1 - 1 / ratio) : 1);
}

double SacreSentenceBleu(const BleuCounts& counts) {
  if (counts.matches[0] == 0 && counts.matches[1] == 0 && counts.matches[2] == 0 && counts.matches[3] == 0) return 0;
  // The order that the candidate is long enough for; each order without a match is halved once more than the last one.
  double sum = 0, smoothing = 1;
  int order = 0;
  for (int n = 0; n < kMaxNgramOrder && counts.totals[n] > 0; ++n, ++order) {
    const double total = static_cast<double>(counts.totals[n]);
    if (counts.matches[n] == 0) smoothing *= 2;
    sum += std::log(counts.matches[n] == 0 ? 100 / (smoothing * total)
                                           : 100 * static_cast<double>(counts.matches[n]) / total);
  }
  return order == 0 ? 0 : BrevityPenalty(counts) * std::exp(sum / order);
}

}  // namespace lingshu
