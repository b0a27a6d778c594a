// Finding benchmarks, and the cells of a question. The values are in benchmarks_*.cc.
#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "data/source.h"
#include "data/training_manifest.h"
#include "eval/benchmark.h"

namespace lingshu {
namespace {

const char* FormOf(AnswerType type) {
  switch (type) {
    case AnswerType::kMultipleChoice: return "multiple choice";
    case AnswerType::kYesNo:
    case AnswerType::kClosed: return "closed";
    case AnswerType::kOpen: return "open";
  }
  return "open";
}

std::string Plain(const std::string& name) {
  std::string plain = LowerAscii(name);
  std::erase_if(plain, [](char c) { return c == '_' || c == '-' || c == ' '; });
  return plain;
}

}  // namespace

const Benchmark& FindBenchmark(const std::string& name) {
  for (const Benchmark& benchmark : Registry<Benchmark>::Get().All())
    if (Plain(benchmark.name) == Plain(name)) return benchmark;
  for (const Benchmark& benchmark : Registry<Benchmark>::Get().All())
    if (!benchmark.medevalkit_name.empty() && Plain(benchmark.medevalkit_name) == Plain(name)) return benchmark;
  return Registry<Benchmark>::Get().Find(name, "benchmark");
}

bool HasData(const Benchmark& benchmark, const std::filesystem::path& root) {
  const Source* source = Registry<Source>::Get().FindOrNull(benchmark.source);
  return source != nullptr && IsAvailable(*source, root);
}

std::vector<std::string> CellsOf(const Benchmark& benchmark, const Sample& sample) {
  std::vector<std::string> cells = {"all", FormOf(sample.answer_type)};
  if (sample.answer_type == AnswerType::kYesNo) cells.emplace_back("closed, yes/no");
  if (!sample.modality.empty()) cells.push_back(fmt::format("modality: {}", sample.modality));
  if (const auto it = sample.meta.find(kSeenInTraining); it != sample.meta.end()) cells.push_back(fmt::format("{}: {}", kSeenInTraining, it->second));
  for (const std::string& key : benchmark.breakdown)
    if (const auto it = sample.meta.find(key); it != sample.meta.end() && !it->second.empty()) cells.push_back(fmt::format("{}: {}", key, it->second));
  if (benchmark.breakdown.end() != std::find(benchmark.breakdown.begin(), benchmark.breakdown.end(), "language"))
    cells.push_back(fmt::format("language: {}", sample.language));
  return cells;
}

}  // namespace lingshu
