// lingshu eval: one model on the named benchmarks, with journal, scores, intervals and report.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/model_answerer.h"
#include "cli/run_config.h"
#include "data/source.h"
#include "eval/report_html.h"
#include "eval/runner.h"

namespace lingshu {
namespace {

struct EvalFlags {
  ConfigFlags config;
  std::string model, benchmarks, out = "runs/eval";
  int threads = 0;
  bool is_json = false;
};

int Eval(const EvalFlags& flags) {
  auto options = LoadConfig<EvalOptions>(flags.config.file, flags.config.overrides);
  std::vector<const Benchmark*> benchmarks;
  for (const std::string& name : SplitString(flags.benchmarks, ',')) benchmarks.push_back(&Registry<Benchmark>::Get().Find(name, "benchmark"));
  const auto answerer = OpenModel(flags.model, flags.threads);
  MakeFolder(flags.out);
  std::vector<EvalReport> reports;
  for (const Benchmark* benchmark : benchmarks) {
    const std::string& name = benchmark->name;
    options.journal = (fs::path(flags.out) / (name + ".journal.jsonl")).string();
    SayHeading(name);
    reports.push_back(RunBenchmark(*benchmark, options, *answerer));
    WriteFileAtomic(fs::path(flags.out) / (name + ".json"), DumpJson(ToJson(reports.back())));
    if (flags.is_json) continue;
    fmt::print("{}\n", ReportText(reports.back()));
  }
  WriteFileAtomic(fs::path(flags.out) / "report.html", EvalReportPage(reports, {.load_image = [&](const std::string& path) { return LoadImage({.path = path, .sha256 = ""}, options.blob_folder); }}));
  if (flags.is_json) {
    Json all = Json::array();
    for (const EvalReport& report : reports) {
      Json json = ToJson(report);
      json.erase("verdicts");
      all.push_back(std::move(json));
    }
    fmt::print("{}\n", DumpJson(all));
  }
  Say("report: " + (fs::path(flags.out) / "report.html").string());
  return 0;
}

const Register<Command> kEval({.name = "eval", .help = "measure a model on benchmarks", .attach = [](CLI::App& app) {
                                 auto flags = std::make_shared<EvalFlags>();
                                 app.add_option("--model", flags->model, "Hugging Face folder")->required();
                                 app.add_option("--benchmarks", flags->benchmarks, "names, separated by commas (lingshu parts)")->required();
                                 app.add_option("--out", flags->out, "folder for journal, scores and report");
                                 app.add_option("--threads", flags->threads, "0 is all cores");
                                 app.add_flag("--json", flags->is_json, "print the summaries as JSON");
                                 AttachConfig(app, flags->config, EvalOptions());
                                 return [flags] { return Eval(*flags); };
                               }});

}  // namespace
}  // namespace lingshu
