#include "score/bert_score.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace lingshu {
namespace {

std::vector<std::vector<float>> Normalized(std::vector<std::vector<float>> rows) {
  for (std::vector<float>& row : rows) {
    float square = 0;
    for (const float x : row) square += x * x;
    const float norm = std::sqrt(square);
    for (float& x : row) x /= norm;
  }
  return rows;
}

// Σ w_i max_k <a_i, b_k> / Σ w_i.
float Greedy(const EncodedText& a, const std::vector<std::vector<float>>& rows_a,
             const std::vector<std::vector<float>>& rows_b) {
  float total = 0, sum = 0;
  for (const float weight : a.weights) total += weight;
  if (total == 0 || rows_b.empty()) return std::numeric_limits<float>::quiet_NaN();
  for (size_t i = 0; i < rows_a.size(); ++i) {
    float best = -std::numeric_limits<float>::infinity();
    for (const std::vector<float>& row : rows_b) {
      float product = 0;
      for (size_t d = 0; d < row.size(); ++d) product += rows_a[i][d] * row[d];
      best = std::max(best, product);
    }
    sum += best * (a.weights[i] / total);
  }
  return sum;
}

float ZeroIfNan(float value) { return std::isnan(value) ? 0 : value; }

}  // namespace

PrecisionRecallF BertScore(const EncodedText& reference, const EncodedText& candidate) {
  for (const EncodedText* text : {&reference, &candidate})
    CHECK(text->embeddings.size() == text->weights.size())
        << text->embeddings.size() << " rows, " << text->weights.size() << " weights";
  // Texts of nothing but special tokens score 0 throughout: bert_score zeroes them whatever the other side is.
  if (reference.embeddings.size() <= 2 || candidate.embeddings.size() <= 2) return {};
  const std::vector<std::vector<float>> rows_r = Normalized(reference.embeddings),
                                        rows_c = Normalized(candidate.embeddings);
  const float p = Greedy(candidate, rows_c, rows_r), r = Greedy(reference, rows_r, rows_c);
  return {.p = ZeroIfNan(p), .r = ZeroIfNan(r), .f = ZeroIfNan(2 * p * r / (p + r))};
}

PrecisionRecallF RescaleBertScore(const PrecisionRecallF& score, const PrecisionRecallF& baseline) {
  return {.p = (score.p - baseline.p) / (1 - baseline.p),
          .r = (score.r - baseline.r) / (1 - baseline.r),
          .f = (score.f - baseline.f) / (1 - baseline.f)};
}

}  // namespace lingshu
