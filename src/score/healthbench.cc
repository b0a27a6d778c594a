#include "score/healthbench.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>

namespace lingshu {
namespace {

std::optional<double> Share(double met, double possible) {
  return possible > 0 ? std::optional(met / possible) : std::nullopt;
}

double ClippedMeanOf(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return std::clamp(sum / static_cast<double>(values.size()), 0.0, 1.0);
}

// numpy's legacy randint(0, n): masked rejection on 32-bit words; one value takes no draw.
size_t DrawBelow(std::mt19937& generator, size_t n) {
  const uint32_t most = static_cast<uint32_t>(n - 1);
  if (most == 0) return 0;
  const uint32_t mask = std::bit_ceil(most) == most ? (most << 1) - 1 : std::bit_ceil(most) - 1;
  for (;;)
    if (const uint32_t drawn = static_cast<uint32_t>(generator()) & mask; drawn <= most) return drawn;
}

double BootstrapStd(const std::vector<double>& values, std::mt19937& generator) {
  constexpr int kResamples = 1000;
  std::vector<double> means, drawn(values.size());
  double sum = 0;
  for (int i = 0; i < kResamples; ++i) {
    for (double& value : drawn) value = values[DrawBelow(generator, values.size())];
    means.push_back(ClippedMeanOf(drawn));
    sum += means.back();
  }
  double square = 0;
  for (const double mean : means) square += (mean - sum / kResamples) * (mean - sum / kResamples);
  return std::sqrt(square / kResamples);
}

// The place of a name in a list that keeps the order of first sight.
template <typename Value>
Value& At(std::vector<std::pair<std::string, Value>>& list, const std::string& name) {
  for (auto& [known, value] : list)
    if (known == name) return value;
  return list.emplace_back(name, Value()).second;
}

}  // namespace

RubricScore ScoreRubric(const std::vector<RubricItem>& items) {
  struct Points {
    double met = 0, possible = 0;
  };
  Points overall;
  std::vector<std::pair<std::string, Points>> by_tag;
  for (const RubricItem& item : items) {
    std::vector<Points*> places = {&overall};
    for (const std::string& tag : item.tags) At(by_tag, tag);
    for (const std::string& tag : item.tags) places.push_back(&At(by_tag, tag));
    for (Points* points : places) {
      if (item.is_met) points->met += item.points;
      if (item.points > 0) points->possible += item.points;
    }
  }
  RubricScore score{.overall = Share(overall.met, overall.possible)};
  for (const auto& [tag, points] : by_tag) score.by_tag.emplace_back(tag, Share(points.met, points.possible));
  return score;
}

HealthBenchTotals TotalHealthBench(const std::vector<HealthBenchSample>& samples, uint32_t seed) {
  HealthBenchTotals totals;
  std::vector<std::pair<std::string, std::vector<double>>> values;
  for (const HealthBenchSample& sample : samples) {
    totals.num_ungraded += !sample.has_value();
    if (sample)
      for (const auto& [name, value] : *sample) At(values, name).push_back(value);
  }
  std::mt19937 generator(seed);
  for (const auto& [name, of_metric] : values)
    totals.by_metric.emplace_back(name, ClippedMean{.mean = ClippedMeanOf(of_metric),
                                                    .n = static_cast<int64_t>(of_metric.size()),
                                                    .bootstrap_std = BootstrapStd(of_metric, generator)});
  return totals;
}

}  // namespace lingshu
