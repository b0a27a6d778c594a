// lingshu eval: a model, ours or one behind a server, on the named benchmarks, with journal, scores, intervals and report.
#include <algorithm>
#include <set>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ask/credentialed.h"
#include "ask/remote.h"
#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/judging.h"
#include "cli/model_answerer.h"
#include "cli/run_config.h"
#include "data/source.h"
#include "data/training_manifest.h"
#include "eval/custom_benchmark.h"
#include "eval/questions.h"
#include "eval/report_html.h"
#include "eval/runner.h"
#include "eval/scripted_answers.h"

namespace lingshu {
namespace {

struct EvalConfig {
  EvalOptions options;
  RemoteConfig remote;
  template <typename V>
  void Visit(V& v) {
    options.Visit(v);
    v("remote", remote);
  }
};

struct EvalFlags {
  ConfigFlags config;
  std::string model, mmproj, endpoint, model_name, answerer, benchmarks, out = "runs/eval", data_root;
  std::vector<std::string> benchmark_files;
  JudgeFlags judging;
  int threads = 0;
  bool should_rescore = false, is_json = false, allow_remote_credentialed = false;
};

// What is measured, each once, and what "all" would take but for its split, which is not there.
struct Chosen {
  std::vector<const Benchmark*> benchmarks;
  std::vector<NotMeasured> absent;
};

// "all" is every set whose folder is there; one that is drawn (phantom) is measured when it is named.
void ChooseAll(const EvalOptions& options, Chosen& chosen) {
  for (const Benchmark& benchmark : Registry<Benchmark>::Get().All()) {
    if (benchmark.source == "phantom" || !HasData(benchmark, options.data_root)) continue;
    if (std::string why = WhyAbsent(benchmark, options); !why.empty()) chosen.absent.push_back({benchmark.name, std::move(why)});
    else chosen.benchmarks.push_back(&benchmark);
  }
}

Chosen ChooseBenchmarks(const EvalFlags& flags, const EvalOptions& options) {
  Chosen chosen;
  std::vector<const Benchmark*>& benchmarks = chosen.benchmarks;
  std::vector<std::string> custom;  // registered first: adding to a registry moves its values
  for (const std::string& file : flags.benchmark_files) custom.push_back(RegisterCustomBenchmark(file));
  for (const std::string& name : custom) benchmarks.push_back(&Registry<Benchmark>::Get().Find(name, "benchmark"));
  for (const std::string& name : SplitString(flags.benchmarks, ',')) {
    if (name.empty()) continue;
    if (name == "all") ChooseAll(options, chosen);
    else benchmarks.push_back(&FindBenchmark(name));
  }
  std::set<const Benchmark*> seen;
  std::erase_if(benchmarks, [&](const Benchmark* benchmark) { return !seen.insert(benchmark).second; });
  if (benchmarks.empty() && !chosen.absent.empty())
    throw Error(ErrorCode::kNotFound, fmt::format("{}: no set is there with its split; {}: {}", options.data_root, chosen.absent[0].benchmark, chosen.absent[0].why));
  if (benchmarks.empty())
    throw Error(ErrorCode::kUsage, "no benchmark is named.\nHINT: --benchmarks vqa_rad,med_qa (lingshu parts lists them, \"all\" takes those whose data are there), or "
                                   "--benchmark-file mine.yaml.");
  return chosen;
}

// Null where each benchmark has its own (--answerer).
std::unique_ptr<Answerer> OpenAnswerer(const EvalFlags& flags, const RemoteConfig& remote) {
  const int named = !flags.model.empty() + !flags.endpoint.empty() + !flags.answerer.empty();
  if (named != 1) throw Error(ErrorCode::kUsage, "expected one of --model DIR, --endpoint URL and --answerer random|majority|gold|script:FILE.");
  if (!flags.model.empty()) return OpenModel({flags.model, flags.mmproj}, flags.threads);
  return flags.endpoint.empty() ? nullptr : OpenRemote(remote);
}

// The page of all reports, and with --json their summaries on stdout.
void WritePage(const EvalFlags& flags, const std::vector<EvalReport>& reports, const EvalOptions& options, std::vector<NotMeasured> not_measured = {}) {
  const ReportHtmlOptions page{.load_image = [&](const std::string& path) { return LoadImage({.path = path, .sha256 = ""}, options.blob_folder); },
                               .not_measured = std::move(not_measured)};
  WriteFileAtomic(fs::path(flags.out) / "report.html", EvalReportPage(reports, page));
  if (flags.is_json) {
    Json all = Json::array();
    for (const EvalReport& report : reports) {
      Json json = ToJson(report);
      json.erase("verdicts");
      all.push_back(std::move(json));
    }
    fmt::print("{}\n", DumpJson(all));
  }
}

// Scores what was asked before again: no model, no data.
int RescoreReports(const EvalFlags& flags, const EvalOptions& options) {
  const std::vector<EvalReport> reports = RescoreFolder(flags.out, options.resamples);
  if (!flags.is_json)
    for (const EvalReport& report : reports) fmt::print("{}\n", ReportText(report));
  WritePage(flags, reports, options);
  Say("report: " + (fs::path(flags.out) / "report.html").string());
  return 0;
}

int Eval(const EvalFlags& flags) {
  auto config = LoadConfig<EvalConfig>(flags.config.file, flags.config.overrides);
  EvalOptions& options = config.options;
  if (!flags.data_root.empty()) options.data_root = flags.data_root;
  if (!flags.endpoint.empty()) config.remote.endpoint = flags.endpoint;
  if (!flags.model_name.empty()) config.remote.model = flags.model_name;
  if (flags.should_rescore) return RescoreReports(flags, options);
  Chosen chosen = ChooseBenchmarks(flags, options);
  const std::vector<const Benchmark*>& benchmarks = chosen.benchmarks;
  for (const Benchmark* benchmark : benchmarks) {
    CheckMaySend(benchmark->source, flags.endpoint, flags.allow_remote_credentialed, benchmark->name, "--allow-remote-credentialed");
    CheckMayJudge(*benchmark, flags.judging);
  }
  std::unique_ptr<Answerer> answerer = OpenAnswerer(flags, config.remote);
  // Enough questions at a time that one slow reply does not leave the others waiting for work.
  if (!flags.endpoint.empty()) options.chunk_size = std::max(options.chunk_size, 16 * config.remote.max_concurrency);
  if (const fs::path manifest = fs::path(flags.model) / kTrainingManifestName; options.training_manifest.empty() && !flags.model.empty() && IsFile(manifest))
    options.training_manifest = manifest.string();
  MakeFolder(flags.out);
  std::vector<EvalReport> reports;
  std::vector<NotMeasured> failed;
  for (const Benchmark* benchmark : benchmarks) {
    const std::string& name = benchmark->name;
    options.journal = (fs::path(flags.out) / (name + ".journal.jsonl")).string();
    SayHeading(name);
    try {
      if (!flags.answerer.empty()) answerer = MakeScriptedAnswerer(flags.answerer, *benchmark, options);
      reports.push_back(RunBenchmark(*benchmark, options, *answerer));
      if (flags.judging.is_asked_for()) JudgeWith(reports.back(), flags.judging, config.remote, answerer.get(), flags.out, options.resamples);
    } catch (const Error& error) {  // the others are still measured
      if (error.code() == ErrorCode::kInterrupted || error.code() == ErrorCode::kUsage || benchmarks.size() == 1) throw;
      Warn(fmt::format("{} is not measured: {}", name, error.message()));
      failed.push_back({name, error.message()});
      continue;
    }
    WriteFileAtomic(fs::path(flags.out) / (name + ".json"), DumpJson(ToJson(reports.back())));
    if (flags.is_json) continue;
    fmt::print("{}\n", ReportText(reports.back()));
  }
  std::vector<NotMeasured> not_measured = chosen.absent;
  not_measured.insert(not_measured.end(), failed.begin(), failed.end());
  if (!flags.is_json)
    for (const NotMeasured& set : not_measured) fmt::print("{} is not measured: {}\n", set.benchmark, set.why);
  WritePage(flags, reports, options, std::move(not_measured));
  Say("report: " + (fs::path(flags.out) / "report.html").string());
  return failed.empty() ? 0 : 1;  // a set that "all" did not find is no failure
}

const Register<Command> kEval({.name = "eval", .help = "measure a model on benchmarks", .attach = [](CLI::App& app) {
                                 auto flags = std::make_shared<EvalFlags>();
                                 app.add_option("--model", flags->model, "Hugging Face folder or GGUF file");
                                 app.add_option("--mmproj", flags->mmproj, "vision tower of a GGUF model; the one beside it when not given");
                                 app.add_option("--endpoint", flags->endpoint, "an OpenAI-compatible server instead: URL up to and with /v1");
                                 app.add_option("--model-name", flags->model_name, "the model's name at that server");
                                 app.add_option("--answerer", flags->answerer, "no model: random, majority, gold, or script:FILE with lines {\"id\", \"text\"}");
                                 app.add_option("--benchmarks", flags->benchmarks, "names, separated by commas (lingshu parts); all: those whose data are there");
                                 app.add_option("--benchmark-file", flags->benchmark_files, "a benchmark of your own as YAML (docs/benchmarks.md)");
                                 app.add_option("--data", flags->data_root, "folder of the data sets (data_root)");
                                 app.add_option("--out", flags->out, "folder for journal, scores and report");
                                 app.add_option("--threads", flags->threads, "0 is all cores")->check(CLI::NonNegativeNumber);
                                 app.add_flag("--json", flags->is_json, "print the summaries as JSON");
                                 app.add_flag("--rescore", flags->should_rescore, "score the replies in --out again; no model is asked");
                                 app.add_flag("--allow-remote-credentialed", flags->allow_remote_credentialed,
                                              "send sets under a data use agreement to --endpoint");
                                 AttachJudge(app, flags->judging);
                                 AttachConfig(app, flags->config, EvalConfig());
                                 return [flags] { return Eval(*flags); };
                               }});

}  // namespace
}  // namespace lingshu
