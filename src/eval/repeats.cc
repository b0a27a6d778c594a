#include "eval/repeats.h"

#include <algorithm>
#include <map>

#include "base/error.h"

namespace lingshu {

double PassAtK(int64_t n, int64_t c, int64_t k) {
  CHECK(c >= 0 && c <= n && k >= 1 && k <= n) << c << " of " << n << " right, k = " << k;
  if (n - c < k) return 1;
  double fail = 1;  // ∏ (1 − k / i), i from n − c + 1 to n: no binomial overflows
  for (int64_t i = n - c + 1; i <= n; ++i) fail *= 1 - static_cast<double>(k) / static_cast<double>(i);
  return 1 - fail;
}

double MajorityOfK(const std::vector<std::string>& predictions, const std::vector<double>& values, int64_t k) {
  CHECK(predictions.size() == values.size() && k >= 1 && k <= static_cast<int64_t>(values.size()))
      << predictions.size() << " predictions, " << values.size() << " values, k = " << k;
  struct Votes {
    int64_t n = 0;
    double sum = 0;
  };
  std::map<std::string, Votes> votes;
  int64_t most = 0;
  for (int64_t i = 0; i < k; ++i) {
    if (predictions[i].empty()) continue;
    Votes& of_prediction = votes[predictions[i]];
    most = std::max(most, ++of_prediction.n);
    of_prediction.sum += values[i];
  }
  double sum = 0;
  int64_t num_winners = 0;
  for (const auto& [prediction, of_prediction] : votes) {
    if (of_prediction.n < most) continue;
    sum += of_prediction.sum / static_cast<double>(of_prediction.n);
    ++num_winners;
  }
  return num_winners == 0 ? 0 : sum / static_cast<double>(num_winners);
}

}  // namespace lingshu
