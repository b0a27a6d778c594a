// Statistics of scores: intervals that respect that several questions share one image, paired comparison of two runs on the
// same questions, and correction for asking many times.
//   cluster bootstrap   Cameron, Gelbach, Miller 2008 (resampling whole clusters), percentile interval
//   Wilson              Wilson 1927, for few clusters or scores of exactly 0 or 1, where a bootstrap has no width
//   McNemar             McNemar 1947, exact binomial form and chi-square
//   Holm                Holm 1979
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lingshu {

double MeanOf(const std::vector<double>& values);  // 0 of none

struct Interval {
  double low = 0, high = 0;
  std::string method;  // "cluster bootstrap" or "Wilson over clusters"
};

// 95 % interval of a proportion from `n` independent observations, of which `successes` (may be fractional) succeeded.
Interval WilsonInterval(double successes, double n);

// 95 % percentile interval of the mean of values, resampling groups (clusters) with replacement; Wilson over the clusters
// when there are fewer than 10 of them or all values are alike. Same seed, same interval.
// REQUIRES: values and groups have one length, at least 1; values lie in [0, 1].
Interval ClusterInterval(const std::vector<double>& values, const std::vector<std::string>& groups, int resamples, uint64_t seed);

// Mean of a − b over the same questions. Below 10 clusters the interval is [−1, 1], for a bootstrap knows nothing there, and p is
// that of the exact sign-flip test over clusters; where all differences are alike, the interval is that of the rule of three.
struct PairedDifference {
  int64_t n = 0;
  double mean = 0;
  Interval interval;       // of the mean, 95 %
  double p_bootstrap = 1;  // two-sided: twice the share of resamples on the other side of 0
  int64_t only_a = 0, only_b = 0;  // questions that one has right (above 0.5) and the other not
  double p_mcnemar = 1;    // exact, two-sided; ignores clusters
};
PairedDifference ComparePaired(const std::vector<double>& a, const std::vector<double>& b, const std::vector<std::string>& groups, int resamples,
                               uint64_t seed);

// Two-sided exact McNemar test of the discordant counts.
double McNemarExact(int64_t only_a, int64_t only_b);
// The same by chi-square with one degree of freedom and continuity correction (Edwards 1948): for 25 and more discordant
// pairs; 1 where the counts are equal.
double McNemarChiSquare(int64_t only_a, int64_t only_b);

// Holm's step-down adjustment, in the order given.
std::vector<double> HolmAdjust(const std::vector<double>& p_values);

// Two who called the same things right (1) or wrong (0): the share on which they agree, Cohen's kappa (Cohen 1960), and how often each says right.
// kappa is none where chance alone would agree always: both give one answer throughout.
struct Agreement {
  int64_t n = 0;
  double raw = 0, rate_a = 0, rate_b = 0;
  std::optional<double> kappa;
};
Agreement AgreementOf(const std::vector<int>& a, const std::vector<int>& b);

// The mean of cells' means, cells counting the same: values[i] is of cell cells[i] (0, 1, …). The interval resamples groups whole; a cell that a draw
// leaves empty keeps out of that draw. REQUIRES: one length, at least 1.
struct MacroMean {
  double mean = 0;
  Interval interval;
};
MacroMean MacroMeanOf(const std::vector<double>& values, const std::vector<std::string>& groups, const std::vector<int>& cells, int resamples, uint64_t seed);

}  // namespace lingshu
