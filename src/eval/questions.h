// The questions of a benchmark as they are asked: read from their source, kept to the benchmark's kinds and language, and
// changed as a run wants it: options in another order, pictures withheld.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "data/sample.h"
#include "eval/benchmark.h"

namespace lingshu {

struct EvalOptions;

struct Questions {
  std::vector<Sample> samples;
  int64_t num_skipped = 0;
  std::map<std::string, int64_t> skip_reasons;  // the reason without the row's id -> rows
};

// Throws Error(kNotFound) when the data are absent, Error(kUsage) for an unknown split.
Questions ReadQuestions(const Benchmark& benchmark, const std::string& split, const EvalOptions& options, int64_t limit);

// Why the benchmark's split is not below options.data_root, in its source's words; "" when it is. Reads up to the first question.
std::string WhyAbsent(const Benchmark& benchmark, const EvalOptions& options);

// Puts the options into an order drawn from the sample's id and the seed; the gold letters follow their texts, and
// meta["option_order"] says where each came from ("CABD"). Samples without options stay as they are.
void ShuffleOptions(Sample& sample, uint64_t seed);

}  // namespace lingshu
