#include "eval/compare.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/files.h"
#include "base/rng.h"
#include "base/strings.h"

namespace lingshu {
namespace {

std::string ClusterOf(const Verdict& verdict, ClusterBy cluster) {
  std::string key;
  if (cluster == ClusterBy::kGroup) key = verdict.group;
  if (cluster == ClusterBy::kImage) key = JoinStrings(verdict.images, "\n");
  return key.empty() ? verdict.id : key;
}

// The samples that two reports share, as the statistics take them.
struct Paired {
  std::vector<double> a, b;
  std::vector<std::string> clusters;
};

Paired PairUp(const EvalReport& a, const EvalReport& b, ClusterBy cluster, BenchmarkComparison& result) {
  std::map<std::string, const Verdict*> by_id;
  for (const Verdict& verdict : b.verdicts) by_id[verdict.id] = &verdict;
  Paired paired;
  std::set<std::string> seen;
  for (const Verdict& one : a.verdicts) {
    const auto it = by_id.find(one.id);
    if (!seen.insert(one.id).second) continue;  // a repeated sample counts once
    if (it == by_id.end()) {
      ++result.only_in_a;
      continue;
    }
    const Verdict& other = *it->second;
    if (one.gold != other.gold) {
      ++result.num_gold_differs;
      continue;
    }
    paired.a.push_back(one.score.value);
    paired.b.push_back(other.score.value);
    paired.clusters.push_back(ClusterOf(one, cluster));
    if (one.score.state != other.score.state)
      result.changed.push_back({.id = one.id,
                                .question = one.question,
                                .gold = one.gold,
                                .state_a = one.score.state,
                                .state_b = other.score.state,
                                .response_a = one.response,
                                .response_b = other.response});
  }
  for (const auto& [id, unused] : by_id) result.only_in_b += !seen.contains(id);
  return paired;
}

BenchmarkComparison CompareBenchmark(const EvalReport& a, const EvalReport& b, const CompareOptions& options) {
  BenchmarkComparison result{.benchmark = a.benchmark, .model_a = a.model, .model_b = b.model};
  const Paired paired = PairUp(a, b, options.cluster, result);
  result.n = static_cast<int64_t>(paired.a.size());
  if (result.n == 0) return result;
  result.num_clusters = static_cast<int64_t>(std::set(paired.clusters.begin(), paired.clusters.end()).size());
  result.accuracy_a = MeanOf(paired.a);
  result.accuracy_b = MeanOf(paired.b);
  const PairedDifference difference = ComparePaired(paired.b, paired.a, paired.clusters, options.resamples,
                                                    MixSeed({options.seed, SeedOf(a.benchmark)}));
  result.difference = difference.mean;
  result.interval = difference.interval;
  result.p_bootstrap = difference.p_bootstrap;
  result.won = difference.only_a;
  result.lost = difference.only_b;
  result.p_mcnemar = difference.p_mcnemar;
  result.p_mcnemar_chi2 = McNemarChiSquare(result.won, result.lost);
  return result;
}

// Benchmarks without a shared sample test nothing and cost the others nothing.
void AdjustForManyBenchmarks(std::vector<BenchmarkComparison>& benchmarks) {
  std::vector<double> bootstrap, mcnemar;
  for (const BenchmarkComparison& benchmark : benchmarks) {
    if (benchmark.n == 0) continue;
    bootstrap.push_back(benchmark.p_bootstrap);
    mcnemar.push_back(benchmark.p_mcnemar);
  }
  bootstrap = HolmAdjust(bootstrap);
  mcnemar = HolmAdjust(mcnemar);
  size_t next = 0;
  for (BenchmarkComparison& benchmark : benchmarks) {
    if (benchmark.n == 0) continue;
    benchmark.p_bootstrap_holm = bootstrap[next];
    benchmark.p_mcnemar_holm = mcnemar[next++];
  }
}

Json ChangedToJson(const ChangedSample& sample) {
  return {{"id", sample.id},
          {"question", sample.question},
          {"gold", sample.gold},
          {"state_a", ScoreStateName(sample.state_a)},
          {"state_b", ScoreStateName(sample.state_b)},
          {"response_a", sample.response_a},
          {"response_b", sample.response_b}};
}

Json BenchmarkToJson(const BenchmarkComparison& benchmark) {
  Json json = {{"benchmark", benchmark.benchmark},
               {"model_a", benchmark.model_a},
               {"model_b", benchmark.model_b},
               {"n", benchmark.n},
               {"clusters", benchmark.num_clusters},
               {"only_in_a", benchmark.only_in_a},
               {"only_in_b", benchmark.only_in_b},
               {"gold_differs", benchmark.num_gold_differs},
               {"accuracy_a", benchmark.accuracy_a},
               {"accuracy_b", benchmark.accuracy_b},
               {"difference", benchmark.difference},
               {"low", benchmark.interval.low},
               {"high", benchmark.interval.high},
               {"p_bootstrap", benchmark.p_bootstrap},
               {"p_bootstrap_holm", benchmark.p_bootstrap_holm},
               {"won", benchmark.won},
               {"lost", benchmark.lost},
               {"p_mcnemar", benchmark.p_mcnemar},
               {"p_mcnemar_holm", benchmark.p_mcnemar_holm},
               {"p_mcnemar_chi2", benchmark.p_mcnemar_chi2},
               {"changed", Json::array()}};
  for (const ChangedSample& sample : benchmark.changed) json["changed"].push_back(ChangedToJson(sample));
  return json;
}

std::string Shortened(const std::string& text) {
  std::string line = ReplaceAll(text, "\n", " ");
  if (line.size() <= 60) return line;
  size_t end = 60;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80) --end;  // whole characters
  return line.substr(0, end) + "…";
}

}  // namespace

std::vector<std::string> EnumNames(ClusterBy*) { return {"group", "image", "sample"}; }

std::vector<EvalReport> ReadReports(const std::filesystem::path& path) {
  std::vector<fs::path> files;
  if (IsFile(path)) files.push_back(path);
  else if (fs::is_directory(path))
    for (const auto& entry : fs::directory_iterator(path))
      if (IsFile(entry.path()) && entry.path().extension() == ".json") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<EvalReport> reports;
  for (const fs::path& file : files) {
    const Json json = ParseJson(ReadFile(file), file.string());
    if (json.is_object() && json.contains("verdicts")) reports.push_back(EvalReportFromJson(json, file.string()));
  }
  if (reports.empty())
    throw Error(ErrorCode::kNotFound,
                fmt::format("no report of an evaluation in {}.\nHINT: name the --out folder of lingshu eval; a "
                            "journal without its <benchmark>.json is scored by running eval again.",
                            path.string()));
  return reports;
}

Comparison Compare(const std::vector<EvalReport>& a, const std::vector<EvalReport>& b, const CompareOptions& options) {
  std::map<std::string, const EvalReport*> reports_a, reports_b;
  for (const EvalReport& report : a) reports_a[report.benchmark] = &report;
  for (const EvalReport& report : b) reports_b[report.benchmark] = &report;
  Comparison comparison;
  int64_t num_samples = 0;
  for (const auto& [name, report] : reports_a) {
    if (!reports_b.contains(name)) {
      comparison.only_in_a.push_back(name);
      continue;
    }
    comparison.benchmarks.push_back(CompareBenchmark(*report, *reports_b[name], options));
    num_samples += comparison.benchmarks.back().n;
  }
  for (const auto& [name, report] : reports_b)
    if (!reports_a.contains(name)) comparison.only_in_b.push_back(name);
  if (num_samples == 0)
    throw Error(ErrorCode::kUsage,
                fmt::format("the two evaluations share no sample.\nA has {}; B has {}.",
                            JoinStrings(comparison.only_in_a, ", "), JoinStrings(comparison.only_in_b, ", ")));
  AdjustForManyBenchmarks(comparison.benchmarks);
  return comparison;
}

Json ToJson(const Comparison& comparison) {
  Json json = {{"benchmarks", Json::array()}, {"only_in_a", comparison.only_in_a}, {"only_in_b", comparison.only_in_b}};
  for (const BenchmarkComparison& benchmark : comparison.benchmarks)
    json["benchmarks"].push_back(BenchmarkToJson(benchmark));
  return json;
}

std::string ComparisonText(const Comparison& comparison, int max_changed) {
  std::string text = fmt::format("{:<20} {:>6} {:>8} {:>8} {:>8} {:>16} {:>11} {:>10} {:>8} {:>8}\n", "", "n", "A", "B",
                                 "B − A", "95 % interval", "won / lost", "McNemar p", "Holm", "changed");
  for (const BenchmarkComparison& row : comparison.benchmarks)
    text +=
        fmt::format("{:<20} {:>6} {:>7.1f}% {:>7.1f}% {:>+8.1f} {:>16} {:>11} {:>10.4f} {:>8.4f} {:>8}\n",
                    row.benchmark, row.n, 100 * row.accuracy_a, 100 * row.accuracy_b, 100 * row.difference,
                    fmt::format("{:+.1f} – {:+.1f}", 100 * row.interval.low, 100 * row.interval.high),
                    fmt::format("{} / {}", row.won, row.lost), row.p_mcnemar, row.p_mcnemar_holm, row.changed.size());
  for (const BenchmarkComparison& row : comparison.benchmarks) {
    if (row.only_in_a + row.only_in_b + row.num_gold_differs > 0)
      text += fmt::format("{}: left out {} samples of A alone, {} of B alone, {} with another gold answer\n",
                          row.benchmark, row.only_in_a, row.only_in_b, row.num_gold_differs);
    for (size_t i = 0; i < row.changed.size() && i < static_cast<size_t>(std::max(0, max_changed)); ++i) {
      const ChangedSample& sample = row.changed[i];
      text += fmt::format("  {}  {} → {}  gold \"{}\"\n    A: {}\n    B: {}\n", sample.id,
                          ScoreStateName(sample.state_a), ScoreStateName(sample.state_b), Shortened(sample.gold),
                          Shortened(sample.response_a), Shortened(sample.response_b));
    }
  }
  for (const std::string& name : comparison.only_in_a) text += fmt::format("{}: only in A\n", name);
  for (const std::string& name : comparison.only_in_b) text += fmt::format("{}: only in B\n", name);
  return text;
}

}  // namespace lingshu
