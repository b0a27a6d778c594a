// HealthBench (Arora et al. 2025, arXiv:2505.08775): the score of a reply from its graded rubric, and of a set of
// replies.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lingshu {

// Example: {.points = -4, .is_met = true, .tags = {"axis:accuracy"}}
struct RubricItem {
  double points = 0;  // negative for what a reply should not do
  bool is_met = false;
  std::vector<std::string> tags;
};

// Points of the items met over the points that could be earned; below 0 when faults outweigh, none without positive
// items.
struct RubricScore {
  std::optional<double> overall;
  std::vector<std::pair<std::string, std::optional<double>>> by_tag;  // in order of first sight
};
RubricScore ScoreRubric(const std::vector<RubricItem>& items);

struct ClippedMean {
  double mean = 0;  // clipped to [0, 1] after averaging
  int64_t n = 0;
  double bootstrap_std = 0;  // of 1,000 resampled clipped means
};

// Metrics of each sample by name in order; none for a sample that could not be graded, which is counted and left out.
struct HealthBenchTotals {
  std::vector<std::pair<std::string, ClippedMean>> by_metric;  // in order of first sight
  int64_t num_ungraded = 0;
};
using HealthBenchSample = std::optional<std::vector<std::pair<std::string, double>>>;

// The draws are those of numpy.random.seed(seed) followed by numpy.random.choice, metric after metric, as simple-evals
// has them: equal to the reference bit for bit but for the order of summation.
HealthBenchTotals TotalHealthBench(const std::vector<HealthBenchSample>& samples, uint32_t seed);

}  // namespace lingshu
