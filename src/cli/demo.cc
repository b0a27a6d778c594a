// lingshu demo: the whole mission in one command. Draws phantoms (and reads real sets), curates, synthesises captions and
// reasoning, trains a nano model through four stages, asks it, scores it, and writes report.html. Every part leaves its
// result in the run's folder and is not done again, so an interrupted demo goes on where it stopped.
//   <out>/curated/  <out>/synthesised/  <out>/train/  <out>/eval/  <out>/demo.json  <out>/report.html
#include <chrono>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "base/rng.h"
#include "base/strings.h"
#include "base/threads.h"
#include "cli/command.h"
#include "cli/demo_config.h"
#include "cli/demo_report.h"
#include "cli/model_answerer.h"
#include "cli/recipe.h"
#include "cli/run_config.h"
#include "cli/version.h"
#include "curate/curate.h"
#include "data/shards.h"
#include "data/source.h"
#include "eval/runner.h"
#include "synth/caption.h"
#include "synth/reasoning.h"
#include "synth/template_answerer.h"

namespace lingshu {
namespace {

// Questions that a phantom image comes with, on average; the source counts samples.
constexpr int64_t kSamplesPerPhantom = 9;

bool HasData(const DemoConfig& config) { return !config.data.empty(); }

CurateConfig CurationOf(const DemoConfig& config) {
  CurateConfig curation;
  curation.root = HasData(config) ? config.data : ".";
  curation.out = (fs::path(config.out) / "curated").string();
  curation.seed = config.seed;
  if (HasData(config))
    for (const std::string& name : config.real_sources) {
      const Source& source = Registry<Source>::Get().Find(name, "source");
      if (!IsAvailable(source, config.data)) {
        Warn(fmt::format("{} is not under {}; going on without it", name, config.data));
        continue;
      }
      curation.sources.push_back({.name = name, .limit = name == "path_vqa" ? config.path_vqa_limit : name == "medquad" ? config.medquad_limit : 0});
    }
  if (HasData(config) && curation.sources.empty())
    throw Error(ErrorCode::kNotFound, fmt::format("{}: none of {} is there.\nHINT: --data names the folder that holds the data sets' folders.", config.data,
                                                  JoinStrings(config.real_sources, ", ")));
  curation.sources.push_back({.name = "phantom", .limit = config.phantoms * kSamplesPerPhantom});
  // VQA-RAD asks train and test questions about the same pictures, so only a repeated question is contamination there.
  curation.steps = {"image_size min_side_px=64", "image_duplicates", "caption_length", "text_duplicates", "decontaminate images=same_question"};
  return curation;
}

Json CurateAll(const DemoConfig& config) {
  const fs::path report = fs::path(config.out) / "curation.json";
  const CurateConfig curation = CurationOf(config);
  if (fs::exists(report) && fs::exists(fs::path(curation.out) / "manifest.json")) return ParseJson(ReadFile(report), report.string());
  SayHeading("curate");
  const Json json = ToJson(Curate(curation, {}));
  WriteFileAtomic(report, json.dump(2));
  return json;
}

// Captions and reasoning for the phantoms, by templates; a remote teacher would take the Answerer's place.
Json SynthesizeAll(const DemoConfig& config, const std::vector<Sample>& curated, std::vector<Sample>& made) {
  const fs::path folder = fs::path(config.out) / "synthesised";
  if (fs::exists(folder / "manifest.json")) {
    made = ReadShards(folder);
    return ReadManifest(folder).at("synthesis");
  }
  SayHeading("synthesise");
  std::vector<Sample> seeds, questions;
  for (const Sample& sample : curated) {
    if (sample.source != "phantom") continue;
    seeds.push_back(sample);
    if (sample.kind == SampleKind::kVqa && sample.answer_type != AnswerType::kOpen) questions.push_back(sample);
  }
  TemplateAnswerer teacher(seeds);
  const fs::path blobs = fs::path(config.out) / "curated";
  SynthResult captions = SynthesizeCaptions(seeds, blobs, teacher);
  SynthResult reasoning = SynthesizeReasoning(questions, blobs, teacher);
  const Json report = {{"captions", ToJson(captions.report)}, {"reasoning", ToJson(reasoning.report)}};
  made = std::move(captions.samples);
  made.insert(made.end(), std::make_move_iterator(reasoning.samples.begin()), std::make_move_iterator(reasoning.samples.end()));
  WriteShards(folder, made, {{"synthesis", report}});
  return report;
}

// Closed questions on phantoms that nobody trains on (their validation split), evenly over the modalities.
std::vector<Sample> HeldoutQuestions(const DemoConfig& config) {
  const Source& phantom = Registry<Source>::Get().Find("phantom", "source");
  std::vector<Sample> all;
  phantom.read({.split = "validation", .limit = config.reinforcement_prompts * kSamplesPerPhantom, .seed = config.seed},
               [&](Sample sample) {
                 if (sample.kind == SampleKind::kVqa && sample.answer_type != AnswerType::kOpen) all.push_back(std::move(sample));
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

EvalReport Measure(const DemoConfig& config, const std::string& name, const std::string& label, Answerer& answerer) {
  const fs::path folder = fs::path(config.out) / "eval";
  MakeFolder(folder);
  const Benchmark& benchmark = Registry<Benchmark>::Get().Find(name, "benchmark");
  EvalOptions options;
  options.data_root = config.data;
  options.blob_folder = (fs::path(config.out) / "curated").string();
  options.journal = (folder / fmt::format("{}.{}.journal.jsonl", name, label)).string();
  options.limit = name == "phantom" ? config.heldout_phantoms * kSamplesPerPhantom : config.benchmark_limit;
  options.chunk_size = 512;
  options.max_new_tokens = 24;
  options.seed = config.seed;
  EvalReport report = RunBenchmark(benchmark, options, answerer);
  WriteFileAtomic(folder / fmt::format("{}.{}.json", name, label), DumpJson(ToJson(report)));
  const CellSummary& all = report.cells.at(0);
  Say(fmt::format("{}: {:.1f} % [{:.1f}, {:.1f}], majority answer {:.1f} %, n = {}", name, 100 * all.accuracy, 100 * all.interval.low,
                  100 * all.interval.high, 100 * all.baseline, WithThousands(all.n)));
  return report;
}

int Demo(const DemoConfig& config, const std::string& command) {
  const auto start = std::chrono::steady_clock::now();
  SetNumThreads(static_cast<int>(config.threads));
  MakeFolder(config.out);
  DemoFindings findings{.config = config, .command = command};
  findings.recipe = RecipeOf(config);
  findings.environment = EnvironmentJson();
  WriteFileAtomic(fs::path(config.out) / "config.json", Json({{"demo", ToJson(config)}, {"recipe", ToJson(findings.recipe)}}).dump(2));

  findings.curation = CurateAll(config);
  std::vector<Sample> samples = ReadShards(fs::path(config.out) / "curated"), made;
  findings.synthesis = SynthesizeAll(config, samples, made);
  samples.insert(samples.end(), std::make_move_iterator(made.begin()), std::make_move_iterator(made.end()));

  findings.training = RunRecipe(findings.recipe, {samples, HeldoutQuestions(config), fs::path(config.out) / "curated", fs::path(config.out) / "train"});

  SayHeading("measure");
  const auto answerer = OpenModel(findings.training.sft_model_folder, static_cast<int>(config.threads));
  findings.reports.push_back(Measure(config, "phantom", "stage3", *answerer));
  if (HasData(config))
    for (const std::string& name : config.benchmarks) {
      const Benchmark& benchmark = Registry<Benchmark>::Get().Find(name, "benchmark");
      if (!IsAvailable(Registry<Source>::Get().Find(benchmark.source, "source"), config.data)) {
        Warn(fmt::format("{} is not under {}; not measured", name, config.data));
        continue;
      }
      findings.reports.push_back(Measure(config, name, "stage3", *answerer));
    }
  findings.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const fs::path report = fs::path(config.out) / "report.html";
  WriteFileAtomic(report, DemoPage(findings));
  WriteFileAtomic(fs::path(config.out) / "demo.json", DemoSummary(findings).dump(2));
  fmt::print("{}", DemoText(findings));
  Say(fmt::format("done in {}; report: {}", Duration(findings.seconds), report.string()));
  return 0;
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
                                   if (!flags->data.empty()) {
                                     config.data = flags->data;
                                     command += " --data " + flags->data;
                                   }
                                   if (!flags->out.empty()) {
                                     config.out = flags->out;
                                     command += " --out " + flags->out;
                                   } else if (!config.data.empty() && config.out == DemoConfig().out) {
                                     config.out = "runs/demo-data";
                                   }
                                   for (const std::string& item : flags->config.overrides) command += " --set " + item;
                                   return Demo(config, command);
                                 };
                               }});

}  // namespace
}  // namespace lingshu
