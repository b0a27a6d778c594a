// lingshu audit: benchmarks checked by themselves, against their own train split, and against training data.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/run_config.h"
#include "data/shards.h"
#include "data/source.h"
#include "eval/audit.h"
#include "eval/custom_benchmark.h"
#include "eval/questions.h"
#include "eval/runner.h"

namespace lingshu {
namespace {

struct AuditFlags {
  ConfigFlags config;
  std::vector<std::string> names, files, against;
  std::string data_root, html;
  bool is_json = false, no_train = false;
};

// The benchmark's own train split; empty when there is none or it is not there.
std::vector<Sample> TrainSplit(const Benchmark& benchmark, const AuditOptions& options) {
  if (benchmark.train_split.empty() || benchmark.source == "phantom") return {};
  try {
    return ReadQuestions(benchmark, benchmark.train_split, {.data_root = options.data_root, .limit = options.limit}, options.limit).samples;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound) throw;
    return {};
  }
}

// A folder of shards, or the train split of a source by name.
std::vector<Sample> TrainingData(const std::string& name, const AuditOptions& options) {
  if (fs::exists(fs::path(name) / "manifest.json")) return ReadShards(name);
  const Source& source = Registry<Source>::Get().Find(name, "source or folder of shards");
  std::vector<Sample> samples;
  source.read({.root = options.data_root, .split = "train", .limit = options.limit}, [&](Sample sample) { return samples.push_back(std::move(sample)), true; },
              [](const std::string&, const std::string&) {});
  return samples;
}

int Audit(const AuditFlags& flags) {
  auto options = LoadConfig<AuditOptions>(flags.config.file, flags.config.overrides);
  if (!flags.data_root.empty()) options.data_root = flags.data_root;
  std::vector<std::string> names;
  for (const std::string& file : flags.files) names.push_back(RegisterCustomBenchmark(file));
  for (const std::string& list : flags.names)
    for (const std::string& name : SplitString(list, ',')) {
      if (name != "all") names.push_back(FindBenchmark(name).name);
      else
        for (const Benchmark& benchmark : Registry<Benchmark>::Get().All())
          if (benchmark.source != "phantom" && HasData(benchmark, options.data_root)) names.push_back(benchmark.name);
    }
  if (names.empty()) throw Error(ErrorCode::kUsage, "expected names of benchmarks, all, or --benchmark-file mine.yaml.");
  std::vector<AuditReport> reports;
  for (const std::string& name : names) {
    const Benchmark& benchmark = Registry<Benchmark>::Get().Find(name, "benchmark");
    try {
      AuditReport report = AuditBenchmark(benchmark, options);
      if (const std::vector<Sample> train = flags.no_train ? std::vector<Sample>() : TrainSplit(benchmark, options); !train.empty())
        AuditOverlap(benchmark, train, "the " + benchmark.train_split + " split", "", options, report);
      for (const std::string& against : flags.against) AuditOverlap(benchmark, TrainingData(against, options), against, against, options, report);
      reports.push_back(std::move(report));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kNotFound || names.size() == 1) throw;
      Warn(fmt::format("{} is not audited: {}", name, error.message()));
      continue;
    }
    if (!flags.is_json) fmt::print("{}\n", AuditText(reports.back()));
  }
  if (flags.is_json) {
    Json all = Json::array();
    for (const AuditReport& report : reports) all.push_back(ToJson(report));
    fmt::print("{}\n", DumpJson(all));
  }
  if (!flags.html.empty()) {
    WriteFileAtomic(flags.html, AuditPage(reports));
    Say("page: " + flags.html);
  }
  return 0;
}

const Register<Command> kAudit({.name = "audit", .help = "check benchmarks, and training data against them", .attach = [](CLI::App& app) {
                                  auto flags = std::make_shared<AuditFlags>();
                                  app.add_option("names", flags->names, "benchmarks (lingshu parts), or all whose data are there");
                                  app.add_option("--benchmark-file", flags->files, "a benchmark of your own as YAML (docs/benchmarks.md)");
                                  app.add_option("--against", flags->against, "training data: a folder of `lingshu curate`, or a source by name");
                                  app.add_flag("--no-train", flags->no_train, "not against the set's own train split");
                                  app.add_option("--data", flags->data_root, "folder of the data sets (data_root)");
                                  app.add_option("--html", flags->html, "also a page");
                                  app.add_flag("--json", flags->is_json, "print JSON");
                                  AttachConfig(app, flags->config, AuditOptions());
                                  return [flags] { return Audit(*flags); };
                                }});

}  // namespace
}  // namespace lingshu
