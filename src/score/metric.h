// Metric: a score of generated reports against references, as a registered value that says what it is: which way is
// better, in which range, which variant of the name, after which source, and which files it needs.
//   const Register<Metric> kBleu4({.name = "bleu4_nltk", .help = "…", .direction = MetricDirection::kHigherIsBetter,
//   …});
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/registry.h"

namespace lingshu {

struct ReportPair {
  std::string reference, candidate;
  std::string green_analysis = {};  // what GREEN's model wrote about the pair, when it was asked
};

// Folders of what metrics cannot do without; "" where the user has none.
struct MetricFiles {
  std::filesystem::path wordnet;  // index.*, data.*, *.exc of WordNet 3.0
  std::filesystem::path models;   // one folder per encoder: models / "distilroberta-base" / "model.safetensors"
};

enum class MetricDirection { kHigherIsBetter, kLowerIsBetter };
const char* MetricDirectionName(MetricDirection direction);  // "higher is better", "lower is better"

struct MetricRange {
  double low = 0, high = 1;
};

struct MetricValues {
  double total = 0;  // of the whole set
  std::vector<std::optional<double>>
      each;  // by pair; none where the reference code fails. Empty: defined for sets only
};

struct Metric {
  std::string name;  // base and variant: "rouge_l_rouge_score_stem"
  std::string help;
  MetricDirection direction = MetricDirection::kHigherIsBetter;
  MetricRange range;
  std::string variant;  // package, version, options
  std::string source;   // paper
  // The file whose absence keeps the metric from being computed, with its full path; "" when nothing is missing.
  std::function<std::string(const MetricFiles&)> missing_file;  // none: needs no file
  // What the rows themselves lack; "" when nothing.
  std::function<std::string(const std::vector<ReportPair>&)> missing_input;  // none: a reference and a candidate are enough
  // REQUIRES: missing_file and missing_input say "".
  std::function<MetricValues(const std::vector<ReportPair>&, const MetricFiles&)> compute;
};

// The mean of one value per pair, over the pairs that have one; 0 for none at all.
MetricValues MeanOfPairs(const std::vector<ReportPair>& pairs,
                         const std::function<std::optional<double>(const ReportPair&)>& value_of);

// The rows of a JSONL file that have a reference and a candidate, in order.
// Throws Error(kCorrupt) naming file, line and field, Error(kUsage) where there is none.
std::vector<ReportPair> ReadReportPairs(const std::filesystem::path& file);

// Every metric on the pairs, sorted by name:
//   [{"name", "value", "n", "failed", "direction", "range": [low, high], "variant", "source"}, …]
// and {"name", "value": null, "missing": "models/…/model.safetensors", …} where a file is missing.
Json ComputeMetrics(const std::vector<ReportPair>& pairs, const MetricFiles& files);

}  // namespace lingshu
