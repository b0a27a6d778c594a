// Several replies to one question: pass@k (Chen et al. 2021, arXiv:2107.03374) and the majority vote of k (Wang et al.
// 2022, self-consistency, arXiv:2203.11171).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lingshu {

// Chance that at least one of k replies drawn without replacement from n, of which c are right, is right:
// 1 − C(n − c, k) / C(n, k). REQUIRES: 0 ≤ c ≤ n, 1 ≤ k ≤ n.
double PassAtK(int64_t n, int64_t c, int64_t k);

// predictions[i] as the scorer understood reply i ("" for none, which has no vote), values[i] its score. The value of
// the prediction that most of the first k gave; of equals the mean, which is what a fair draw among them earns; 0
// without a vote. REQUIRES: one length, 1 ≤ k ≤ that length.
double MajorityOfK(const std::vector<std::string>& predictions, const std::vector<double>& values, int64_t k);

}  // namespace lingshu
