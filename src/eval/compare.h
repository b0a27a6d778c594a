// Compare: two evaluated models on the questions that both were asked: difference of accuracy with interval, McNemar,
// Holm across the benchmarks, and the samples whose verdict changed. What `lingshu compare A B` prints.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "eval/report.h"
#include "eval/stats.h"

namespace lingshu {

// What is resampled as a whole: kGroup is the sample's group (patient, report or image id, as its source has it),
// kImage its images, kSample nothing but itself.
enum class ClusterBy { kGroup, kImage, kSample };
std::vector<std::string> EnumNames(ClusterBy*);  // group image sample

struct CompareOptions {
  ClusterBy cluster = ClusterBy::kGroup;
  int resamples = 10000;
  uint64_t seed = 0;
};

struct ChangedSample {
  std::string id, question, gold;
  ScoreState state_a = ScoreState::kWrong, state_b = ScoreState::kWrong;
  std::string response_a, response_b;
};

// Differences are B − A: positive where B is better.
struct BenchmarkComparison {
  std::string benchmark, model_a, model_b;
  int64_t n = 0, num_clusters = 0;        // samples that both have
  int64_t only_in_a = 0, only_in_b = 0;   // samples left out because one side lacks them
  int64_t num_gold_differs = 0;           // left out because the two runs had another gold answer
  double accuracy_a = 0, accuracy_b = 0;  // over the n
  double difference = 0;
  Interval interval;  // 95 %, paired cluster bootstrap
  double p_bootstrap = 1, p_bootstrap_holm = 1;
  int64_t lost = 0, won = 0;                 // A right and B not; B right and A not
  double p_mcnemar = 1, p_mcnemar_holm = 1;  // exact binomial
  double p_mcnemar_chi2 = 1;                 // with continuity correction
  std::vector<ChangedSample> changed;        // another state; in the order of A
};

struct Comparison {
  std::vector<BenchmarkComparison> benchmarks;    // in the order of their names
  std::vector<std::string> only_in_a, only_in_b;  // benchmarks
};

// The reports of an evaluation: each *.json of the folder that `lingshu eval` wrote, or one such file.
// Throws Error(kNotFound) where there is none, Error(kCorrupt | kUnsupported) naming file and key.
std::vector<EvalReport> ReadReports(const std::filesystem::path& path);

// Throws Error(kUsage) where the two have no sample of any benchmark in common.
Comparison Compare(const std::vector<EvalReport>& a, const std::vector<EvalReport>& b, const CompareOptions& options);

Json ToJson(const Comparison& comparison);
// A table for a terminal, and up to max_changed of the changed samples per benchmark.
std::string ComparisonText(const Comparison& comparison, int max_changed);

}  // namespace lingshu
