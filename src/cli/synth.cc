// lingshu synth: samples from curated shards by asking a teacher: templates, a model of ours, or a server.
#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ask/credentialed.h"
#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "base/run_folder.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/model_answerer.h"
#include "cli/run_config.h"
#include "cli/synthesize.h"
#include "data/shards.h"
#include "synth/caption.h"
#include "synth/ocr.h"
#include "synth/reasoning.h"
#include "synth/template_answerer.h"
#include "synth/vqa.h"

namespace lingshu {
namespace {

// The samples that a kind can be made of: pictures for captions, captions for questions, answered questions for reasoning, exam
// texts for what is read off a picture.
std::vector<Sample> SeedsOf(SynthKind kind, const std::vector<Sample>& samples, int64_t limit) {
  std::vector<Sample> seeds;
  for (const Sample& sample : samples) {
    if (limit > 0 && static_cast<int64_t>(seeds.size()) == limit) break;
    const bool serves = kind == SynthKind::kCaptions    ? !sample.images.empty()
                        : kind == SynthKind::kQuestions ? sample.kind == SampleKind::kCaption
                        : kind == SynthKind::kReasoning ? sample.kind == SampleKind::kVqa || (sample.kind == SampleKind::kTextQa && sample.images.empty() && !sample.answer.empty())
                                                        : sample.kind == SampleKind::kTextQa && !sample.options.empty();
    if (serves) seeds.push_back(sample);
  }
  return seeds;
}

std::vector<Sample> LetteredQuestions(const std::vector<Sample>& samples) {
  std::vector<Sample> examples;
  for (const Sample& sample : samples)
    if (sample.kind == SampleKind::kVqa && !sample.options.empty()) examples.push_back(sample);
  return examples;
}

SynthResult Make(SynthKind kind, const std::vector<Sample>& seeds, const std::vector<Sample>& samples, const fs::path& folder, Answerer& teacher) {
  switch (kind) {
    case SynthKind::kCaptions: return SynthesizeCaptions(seeds, folder, teacher);
    case SynthKind::kReasoning: return SynthesizeReasoning(seeds, folder, teacher);
    case SynthKind::kQuestions: return SynthesizeQuestions(seeds, LetteredQuestions(samples), folder, teacher);
    case SynthKind::kOcr: return SynthesizeOcr(seeds, folder, teacher);
  }
  return {};
}

std::unique_ptr<Answerer> TeacherOf(const SynthConfig& config, const std::vector<Sample>& samples) {
  if (!config.teacher.endpoint.empty()) return OpenRemote(config.teacher);
  if (!config.model.empty()) return OpenModel({config.model}, /*threads=*/0);
  return std::make_unique<TemplateAnswerer>(samples);
}

}  // namespace

Json SynthesizeAll(const SynthConfig& config, const std::vector<Sample>& curated, const fs::path& curated_folder, const fs::path& out,
                   std::vector<Sample>& made) {
  if (fs::exists(out / "manifest.json")) {
    for (Sample& sample : ReadShards(out)) made.push_back(std::move(sample));
    return At(ReadManifest(out), "synthesis", (out / "manifest.json").string());
  }
  std::vector<Sample> samples;
  for (const Sample& sample : curated)
    if (config.sources.empty() || std::find(config.sources.begin(), config.sources.end(), sample.source) != config.sources.end()) samples.push_back(sample);
  for (const Sample& sample : samples)
    CheckMaySend(sample.source, config.teacher.endpoint, config.allow_remote_credentialed, sample.id, "--set allow_remote_credentialed=true");
  const std::unique_ptr<Answerer> teacher = TeacherOf(config, samples);
  Json report = Json::object();
  std::vector<Sample> results;
  for (const SynthKind kind : config.kinds) {
    const std::string name = EnumNames(static_cast<SynthKind*>(nullptr))[static_cast<size_t>(kind)];
    const std::vector<Sample> seeds = SeedsOf(kind, samples, config.limit);
    if (seeds.empty())
      throw Error(ErrorCode::kNotFound, fmt::format("{}: none of its {} samples of {} serves for {}.\nHINT: --set sources=[…] chooses others, --set kinds=[…] what is made.",
                                                    curated_folder.string(), WithThousands(static_cast<int64_t>(samples.size())),
                                                    config.sources.empty() ? "all sources" : JoinStrings(config.sources, ", "), name));
    SynthResult result = Make(kind, seeds, samples, curated_folder, *teacher);
    report[name] = ToJson(result.report);
    std::move(result.samples.begin(), result.samples.end(), std::back_inserter(results));
  }
  WriteShards(out, results, {{"synthesis", report}});
  std::move(results.begin(), results.end(), std::back_inserter(made));
  return report;
}

namespace {

struct SynthFlags {
  ConfigFlags config;
  std::string data, out = "runs/synthesised";
};

int Synth(const SynthFlags& flags) {
  const auto config = LoadConfig<SynthConfig>(flags.config.file, flags.config.overrides);
  const std::string data_sha256 = StringAt(ReadManifest(flags.data), "sha256", flags.data);
  MakeFolder(flags.out);
  if (fs::equivalent(flags.data, flags.out))
    throw Error(ErrorCode::kUsage, fmt::format("{}: expected another folder than --data.\nHINT: --out names where the new samples go.", flags.out));
  const FolderLock lock(flags.out);
  Json identity = ToJson(config);
  for (const char* key : {"max_concurrency", "max_retries", "timeout_s", "backoff_s", "max_backoff_s", "api_key_env"}) identity["teacher"].erase(key);
  identity.erase("allow_remote_credentialed");  // not a setting of the result
  identity["data_sha256"] = data_sha256;
  ClaimFolder(flags.out, identity);
  std::vector<Sample> made;
  const Json report = SynthesizeAll(config, ReadShards(flags.data), flags.data, flags.out, made);
  for (const auto& [kind, counts] : report.items()) {
    std::string drops;
    for (const Json& drop : counts.at("dropped"))
      drops += fmt::format("{}{} {}", drops.empty() ? "; dropped: " : ", ", drop.at("count").dump(), StringAt(drop, "reason", kind));
    Say(fmt::format("{}: {} of {} seeds by {}{}", kind, counts.at("made").dump(), counts.at("seeds").dump(), StringAt(counts, "teacher", kind), drops));
  }
  Say(fmt::format("{} samples in {}", WithThousands(static_cast<int64_t>(made.size())), flags.out));
  return 0;
}

const Register<Command> kSynth({.name = "synth", .help = "captions, reasoning, questions and texts on pictures, by asking a teacher", .attach = [](CLI::App& app) {
                                  auto flags = std::make_shared<SynthFlags>();
                                  app.add_option("--data", flags->data, "folder of `lingshu curate`")->required();
                                  app.add_option("--out", flags->out, "folder for the shards; its images stay blobs of --data");
                                  AttachConfig(app, flags->config, SynthConfig());
                                  return [flags] { return Synth(*flags); };
                                }});

}  // namespace
}  // namespace lingshu
