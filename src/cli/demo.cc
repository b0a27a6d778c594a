// lingshu demo: the whole mission in one command. Draws phantoms (and reads real sets), curates, synthesises captions and
// reasoning, trains a nano model through four stages, asks it, scores it, and writes report.html. Every part leaves its
// result in the run's folder and is not done again, so an interrupted demo goes on where it stopped.
//   <out>/config.json  <out>/curated/  <out>/synthesised/  <out>/train/  <out>/eval/  <out>/demo.json  <out>/report.html
#include <chrono>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "base/rng.h"
#include "base/run_folder.h"
#include "base/strings.h"
#include "base/threads.h"
#include "cli/command.h"
#include "cli/demo_config.h"
#include "cli/demo_report.h"
#include "cli/model_answerer.h"
#include "cli/recipe.h"
#include "cli/run_config.h"
#include "cli/synthesize.h"
#include "cli/version.h"
#include "curate/curate.h"
#include "data/shards.h"
#include "data/source.h"
#include "data/training_manifest.h"
#include "eval/runner.h"

namespace lingshu {
namespace {

// Questions that a phantom image comes with, on average; the source counts samples.
constexpr int64_t kSamplesPerPhantom = 7;

bool HasData(const DemoConfig& config) { return !config.data.empty(); }

CurateConfig CurationOf(const DemoConfig& config) {
  CurateConfig curation;
  curation.root = HasData(config) ? config.data : ".";
  curation.out = (fs::path(config.out) / "curated").string();
  curation.seed = config.seed;
  if (HasData(config))
    for (const std::string& name : config.real_sources) {
      const Source& source = Registry<Source>::Get().Find(name, "source");
      if (!IsAvailable(source, config.data)) continue;
      curation.sources.push_back({.name = name, .limit = name == "path_vqa" ? config.path_vqa_limit : name == "medquad" ? config.medquad_limit : 0});
    }
  if (HasData(config) && curation.sources.empty())
    throw Error(ErrorCode::kNotFound, fmt::format("{}: none of {} is there.\nHINT: --data names the folder that holds the data sets' folders.", config.data,
                                                  JoinStrings(config.real_sources, ", ")));
  curation.sources.push_back({.name = "phantom", .limit = config.phantoms * kSamplesPerPhantom});
  // VQA-RAD asks train and test questions about the same pictures, so only a repeated question is contamination there; a picture
  // of any other test set is.
  curation.steps = {"image_size min_side_px=64", "image_duplicates", "caption_length", "text_duplicates", "decontaminate images=drop shared=[vqa_rad]"};
  return curation;
}

Json CurateAll(const DemoConfig& config) {
  const CurateConfig curation = CurationOf(config);
  const fs::path manifest_file = fs::path(curation.out) / "manifest.json";
  if (!fs::exists(manifest_file)) {
    SayHeading("curate");
    Curate(curation, {});
  }
  const Json manifest = ReadManifest(curation.out);
  Json report = At(manifest, "curation", manifest_file.string());
  report["sha256"] = At(manifest, "sha256", manifest_file.string());
  return report;
}

// Questions as stage 4 asks them, drawn from phantoms that nobody trains on (their validation split).
std::vector<Sample> HeldoutQuestions(const DemoConfig& config) {
  const Source& phantom = Registry<Source>::Get().Find("phantom", "source");
  std::vector<Sample> all;
  phantom.read({.split = "validation", .limit = config.reinforcement_prompts * kSamplesPerPhantom, .seed = config.seed},
               [&](Sample sample) {
                 if (sample.kind == SampleKind::kVqa) all.push_back(std::move(sample));
                 return true;
               },
               [](const std::string&, const std::string&) {});
  Rng rng(MixSeed({config.seed, SeedOf("heldout")}));
  rng.Shuffle(all);
  if (static_cast<int64_t>(all.size()) > config.reinforcement_prompts) all.resize(static_cast<size_t>(config.reinforcement_prompts));
  return all;
}

RecipeConfig RecipeOf(const DemoConfig& config) {
  const std::string file = !config.recipe.empty() ? config.recipe : HasData(config) ? "configs/train/nano-data.yaml" : "configs/train/nano.yaml";
  RecipeConfig recipe = LoadRecipe(HomePath(file), config.set);
  recipe.model = fs::is_directory(recipe.model) ? recipe.model : HomePath(recipe.model).string();
  recipe.seed = config.seed;
  recipe.threads = config.threads;
  return recipe;
}

EvalReport Measure(const DemoConfig& config, const Benchmark& benchmark, const std::string& model_folder, Answerer& answerer) {
  const std::string label = "stage3";
  const std::string& name = benchmark.name;
  const fs::path folder = fs::path(config.out) / "eval";
  MakeFolder(folder);
  EvalOptions options;
  options.data_root = config.data;
  options.blob_folder = (fs::path(config.out) / "curated").string();
  options.journal = (folder / fmt::format("{}.{}.journal.jsonl", name, label)).string();
  options.limit = name == "phantom" ? config.heldout_phantoms * kSamplesPerPhantom : config.benchmark_limit;
  options.chunk_size = 512;
  options.max_new_tokens = 24;
  options.seed = config.seed;
  if (const fs::path manifest = fs::path(model_folder) / kTrainingManifestName; IsFile(manifest)) options.training_manifest = manifest.string();
  EvalReport report = RunBenchmark(benchmark, options, answerer);
  WriteFileAtomic(folder / fmt::format("{}.{}.json", name, label), DumpJson(ToJson(report)));
  const CellSummary& all = report.cells.at(0);
  Say(fmt::format("{}: {:.1f} % [{:.1f}, {:.1f}], majority answer {}, n = {}", name, 100 * all.accuracy, 100 * all.interval.low,
                  100 * all.interval.high, all.baseline < 0 ? "unknown" : fmt::format("{:.1f} %", 100 * all.baseline),
                  WithThousands(all.n)));
  return report;
}

// The benchmarks whose data are there. Throws before anything is done when a name is unknown.
std::vector<const Benchmark*> BenchmarksOf(const DemoConfig& config) {
  std::vector<const Benchmark*> benchmarks = {&Registry<Benchmark>::Get().Find("phantom", "benchmark")};
  for (const std::string& name : config.benchmarks) {
    const Benchmark& benchmark = Registry<Benchmark>::Get().Find(name, "benchmark");
    if (HasData(config) && IsAvailable(Registry<Source>::Get().Find(benchmark.source, "source"), config.data)) benchmarks.push_back(&benchmark);
  }
  return benchmarks;
}

void SayWhatIsAbsent(const DemoConfig& config) {
  if (!HasData(config)) return;
  for (const auto* names : {&config.real_sources, &config.benchmarks})
    for (const std::string& name : *names) {
      const Benchmark* benchmark = Registry<Benchmark>::Get().FindOrNull(name);
      if (!IsAvailable(Registry<Source>::Get().Find(benchmark && names == &config.benchmarks ? benchmark->source : name, "source"), config.data))
        Warn(fmt::format("{} is not under {}; {}", name, config.data, names == &config.benchmarks ? "not measured" : "going on without it"));
    }
}

// What decides the run's results; where it lies, with how many threads it runs and how its data folder is spelled does not.
Json IdentityOf(const DemoConfig& config, const RecipeConfig& recipe) {
  Json demo = ToJson(config), training = ToJson(recipe);
  for (const char* key : {"out", "threads", "recipe", "set"}) demo.erase(key);
  for (const char* key : {"threads", "model"}) training.erase(key);
  if (HasData(config)) demo["data"] = fs::weakly_canonical(config.data).string();
  return {{"demo", demo}, {"recipe", training}};
}

int Demo(const DemoConfig& config, const std::string& command) {
  const auto start = std::chrono::steady_clock::now();
  SetNumThreads(static_cast<int>(config.threads));
  DemoFindings findings{.config = config, .command = command};
  const std::vector<const Benchmark*> benchmarks = BenchmarksOf(config);
  findings.recipe = RecipeOf(config);
  findings.environment = EnvironmentJson();
  MakeFolder(config.out);
  const FolderLock lock(config.out);
  ClaimFolder(config.out, IdentityOf(config, findings.recipe));
  SayWhatIsAbsent(config);

  findings.curation = CurateAll(config);
  std::vector<Sample> samples = ReadShards(fs::path(config.out) / "curated"), made;
  SayHeading("synthesise");
  findings.synthesis = SynthesizeAll(SynthConfig(), samples, fs::path(config.out) / "curated", fs::path(config.out) / "synthesised", made);
  samples.insert(samples.end(), std::make_move_iterator(made.begin()), std::make_move_iterator(made.end()));

  findings.training = RunRecipe(findings.recipe, {samples, HeldoutQuestions(config), {fs::path(config.out) / "curated"}, fs::path(config.out) / "train"});

  SayHeading("measure");
  const auto answerer = OpenModel({findings.training.sft_model_folder}, static_cast<int>(config.threads));
  for (const Benchmark* benchmark : benchmarks) findings.reports.push_back(Measure(config, *benchmark, findings.training.sft_model_folder, *answerer));
  findings.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const fs::path report = fs::path(config.out) / "report.html";
  WriteFileAtomic(report, DemoPage(findings));
  WriteFileAtomic(fs::path(config.out) / "demo.json", DemoSummary(findings).dump(2));
  fmt::print("{}", DemoText(findings));
  Say(fmt::format("done in {}; report: {}", Duration(findings.seconds), report.string()));
  return 0;
}

// As a POSIX shell reads it back: as it is when that is safe, else in single quotes.
std::string ShellQuoted(const std::string& text) {
  const bool is_safe = !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,+@%") == std::string::npos;
  return is_safe ? text : "'" + ReplaceAll(text, "'", "'\\''") + "'";
}

struct DemoFlags {
  ConfigFlags config;
  std::string data, out;
};

const Register<Command> kDemo({.name = "demo", .help = "the main job: curate, synthesise, train four stages, measure, report", .attach = [](CLI::App& app) {
                                 auto flags = std::make_shared<DemoFlags>();
                                 app.add_option("--data", flags->data, "folder of real data sets to train and measure on besides the phantoms");
                                 app.add_option("--out", flags->out, "folder of the run [runs/demo, with --data runs/demo-data]");
                                 AttachConfig(app, flags->config, DemoConfig());
                                 return [flags] {
                                   auto config = LoadConfig<DemoConfig>(flags->config.file, flags->config.overrides);
                                   std::string command = "./lingshu demo";
                                   if (!flags->config.file.empty()) command += " --config " + ShellQuoted(flags->config.file);
                                   if (!flags->data.empty()) {
                                     config.data = flags->data;
                                     command += " --data " + ShellQuoted(flags->data);
                                   }
                                   if (!flags->out.empty()) {
                                     config.out = flags->out;
                                     command += " --out " + ShellQuoted(flags->out);
                                   } else if (!config.data.empty() && config.out == DemoConfig().out) {
                                     config.out = "runs/demo-data";
                                   }
                                   for (const std::string& item : flags->config.overrides) command += " --set " + ShellQuoted(item);
                                   return Demo(config, command);
                                 };
                               }});

}  // namespace
}  // namespace lingshu
