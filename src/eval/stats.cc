#include "eval/stats.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "base/error.h"
#include "base/rng.h"

namespace lingshu {

double MeanOf(const std::vector<double>& values) {
  return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

namespace {

constexpr double kZ95 = 1.959963984540054;
constexpr size_t kFewClusters = 10;

struct Cluster {
  double sum = 0;
  int64_t n = 0;
};

std::vector<Cluster> ClustersOf(const std::vector<double>& values, const std::vector<std::string>& groups) {
  CHECK(values.size() == groups.size() && !values.empty()) << values.size() << " values, " << groups.size() << " groups";
  std::unordered_map<std::string, size_t> places;
  std::vector<Cluster> clusters;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto [it, is_new] = places.emplace(groups[i], clusters.size());
    if (is_new) clusters.emplace_back();
    clusters[it->second].sum += values[i];
    ++clusters[it->second].n;
  }
  return clusters;
}

// Means of `resamples` draws of as many clusters as there are, sorted.
std::vector<double> ResampleMeans(const std::vector<Cluster>& clusters, int resamples, uint64_t seed) {
  Rng rng(seed);
  std::vector<double> means(resamples);
  for (double& mean : means) {
    Cluster drawn;
    for (size_t k = 0; k < clusters.size(); ++k) {
      const Cluster& cluster = clusters[rng.Below(clusters.size())];
      drawn.sum += cluster.sum;
      drawn.n += cluster.n;
    }
    mean = drawn.sum / static_cast<double>(drawn.n);
  }
  std::sort(means.begin(), means.end());
  return means;
}

// Linear interpolation between order statistics (type 7 of Hyndman and Fan 1996).
double Quantile(const std::vector<double>& sorted, double probability) {
  const double place = probability * static_cast<double>(sorted.size() - 1);
  const size_t below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

// Two-sided sign-flip test (Fisher 1935): the share of sign patterns of the clusters' sums that are as far from 0 as the one
// observed. Sums of one size need no enumeration: then it is the sign test.
double SignFlipExact(const std::vector<Cluster>& clusters) {
  std::vector<double> sums;
  for (const Cluster& cluster : clusters)
    if (cluster.sum != 0) sums.push_back(cluster.sum);
  if (sums.empty()) return 1;
  if (sums.size() > 20) return std::min(1.0, std::ldexp(1.0, 1 - static_cast<int>(std::min<size_t>(sums.size(), 1000))));  // all alike
  const double observed = std::abs(std::accumulate(sums.begin(), sums.end(), 0.0));
  int64_t as_far = 0;
  const int64_t patterns = int64_t{1} << sums.size();
  for (int64_t pattern = 0; pattern < patterns; ++pattern) {
    double sum = 0;
    for (size_t i = 0; i < sums.size(); ++i) sum += (pattern >> i & 1) != 0 ? -sums[i] : sums[i];
    as_far += std::abs(sum) >= observed - 1e-9;
  }
  return static_cast<double>(as_far) / static_cast<double>(patterns);
}

bool AreAlike(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [&](double value) { return value == values[0]; });
}

}  // namespace

Interval WilsonInterval(double successes, double n) {
  CHECK(n > 0 && successes >= 0 && successes <= n) << successes << " of " << n;
  const double p = successes / n, z2 = kZ95 * kZ95;
  const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kZ95 / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {std::max(0.0, middle - half), std::min(1.0, middle + half), "Wilson over clusters"};
}

Interval ClusterInterval(const std::vector<double>& values, const std::vector<std::string>& groups, int resamples, uint64_t seed) {
  const std::vector<Cluster> clusters = ClustersOf(values, groups);
  const double num_clusters = static_cast<double>(clusters.size());
  if (clusters.size() < kFewClusters || AreAlike(values)) return WilsonInterval(std::min(MeanOf(values) * num_clusters, num_clusters), num_clusters);
  const std::vector<double> means = ResampleMeans(clusters, resamples, seed);
  return {Quantile(means, 0.025), Quantile(means, 0.975), "cluster bootstrap"};
}

PairedDifference ComparePaired(const std::vector<double>& a, const std::vector<double>& b, const std::vector<std::string>& groups, int resamples,
                               uint64_t seed) {
  CHECK(a.size() == b.size()) << a.size() << " and " << b.size() << " scores";
  std::vector<double> differences(a.size());
  PairedDifference result{.n = static_cast<int64_t>(a.size())};
  for (size_t i = 0; i < a.size(); ++i) {
    differences[i] = a[i] - b[i];
    result.only_a += a[i] > 0.5 && b[i] <= 0.5;
    result.only_b += b[i] > 0.5 && a[i] <= 0.5;
  }
  result.mean = MeanOf(differences);
  result.p_mcnemar = McNemarExact(result.only_a, result.only_b);
  const std::vector<Cluster> clusters = ClustersOf(differences, groups);
  if (clusters.size() < kFewClusters) {
    result.interval = {-1, 1, "too few clusters"};
    result.p_bootstrap = SignFlipExact(clusters);
    return result;
  }
  if (AreAlike(differences)) {
    // Rule of three: with 95 % confidence at most 3 of n clusters like these behave otherwise, by −1 or +1 at the most.
    const double rest = 3.0 / static_cast<double>(clusters.size());
    result.interval = {result.mean - rest * (1 + result.mean), result.mean + rest * (1 - result.mean), "rule of three"};
    result.p_bootstrap = SignFlipExact(clusters);
    return result;
  }
  const std::vector<double> means = ResampleMeans(clusters, resamples, seed);
  result.interval = {Quantile(means, 0.025), Quantile(means, 0.975), "cluster bootstrap"};
  const auto num_below = std::upper_bound(means.begin(), means.end(), 0.0) - means.begin();
  const auto num_above = means.end() - std::lower_bound(means.begin(), means.end(), 0.0);
  // Counting the observed sample as one resample keeps p above 0 (Davison and Hinkley 1997, §4.2).
  result.p_bootstrap = std::min(1.0, 2.0 * static_cast<double>(1 + std::min(num_below, num_above)) / static_cast<double>(resamples + 1));
  return result;
}

double McNemarExact(int64_t only_a, int64_t only_b) {
  const int64_t n = only_a + only_b, fewer = std::min(only_a, only_b);
  if (n == 0) return 1;
  // Σ_{k ≤ fewer} C(n, k) 2^{-n}, in logarithms so that n may be large.
  double tail = 0;
  for (int64_t k = 0; k <= fewer; ++k)
    tail += std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0) - static_cast<double>(n) * std::log(2.0));
  return std::min(1.0, 2 * tail);
}

double McNemarChiSquare(int64_t only_a, int64_t only_b) {
  if (only_a == only_b) return 1;
  const double gap = static_cast<double>(std::abs(only_a - only_b)) - 1;
  // Upper tail of chi-square with one degree of freedom: erfc(sqrt(x / 2)).
  return std::erfc(std::sqrt(gap * gap / static_cast<double>(only_a + only_b) / 2));
}

std::vector<double> HolmAdjust(const std::vector<double>& p_values) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t k) { return p_values[i] < p_values[k]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    largest = std::max(largest, std::min(1.0, p_values[order[rank]] * static_cast<double>(order.size() - rank)));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

Agreement AgreementOf(const std::vector<int>& a, const std::vector<int>& b) {
  CHECK(a.size() == b.size()) << a.size() << " and " << b.size() << " opinions";
  Agreement agreement{.n = static_cast<int64_t>(a.size())};
  if (a.empty()) return agreement;
  const double n = static_cast<double>(a.size());
  for (size_t i = 0; i < a.size(); ++i) {
    agreement.raw += (a[i] == b[i]) / n;
    agreement.rate_a += (a[i] != 0) / n;
    agreement.rate_b += (b[i] != 0) / n;
  }
  const double by_chance = agreement.rate_a * agreement.rate_b + (1 - agreement.rate_a) * (1 - agreement.rate_b);
  if (by_chance < 1) agreement.kappa = (agreement.raw - by_chance) / (1 - by_chance);
  return agreement;
}

MacroMean MacroMeanOf(const std::vector<double>& values, const std::vector<std::string>& groups, const std::vector<int>& cells, int resamples, uint64_t seed) {
  CHECK(values.size() == groups.size() && values.size() == cells.size() && !values.empty()) << values.size() << " values, " << groups.size() << " groups, " << cells.size() << " cells";
  const auto num_cells = static_cast<size_t>(*std::max_element(cells.begin(), cells.end())) + 1;
  std::unordered_map<std::string, size_t> places;
  std::vector<std::vector<std::pair<int, double>>> clusters;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto [it, is_new] = places.emplace(groups[i], clusters.size());
    if (is_new) clusters.emplace_back();
    clusters[it->second].emplace_back(cells[i], values[i]);
  }
  std::vector<Cluster> sums(num_cells);
  const auto add = [&](const std::vector<std::pair<int, double>>& cluster) {
    for (const auto& [cell, value] : cluster) sums[static_cast<size_t>(cell)].sum += value, ++sums[static_cast<size_t>(cell)].n;
  };
  const auto mean_of_cells = [&] {
    double sum = 0;
    int64_t n = 0;
    for (const Cluster& cell : sums)
      if (cell.n > 0) sum += cell.sum / static_cast<double>(cell.n), ++n;
    return n > 0 ? sum / static_cast<double>(n) : 0;
  };
  for (const auto& cluster : clusters) add(cluster);
  MacroMean macro{.mean = mean_of_cells()};
  Rng rng(seed);
  std::vector<double> means(static_cast<size_t>(resamples));
  for (double& mean : means) {
    std::fill(sums.begin(), sums.end(), Cluster());
    for (size_t k = 0; k < clusters.size(); ++k) add(clusters[rng.Below(clusters.size())]);
    mean = mean_of_cells();
  }
  std::sort(means.begin(), means.end());
  macro.interval = {Quantile(means, 0.025), Quantile(means, 0.975), "cluster bootstrap"};
  return macro;
}

}  // namespace lingshu
