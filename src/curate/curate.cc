// The curation run: read, judge, store, write.
#include "curate/curate.h"

#include <fmt/format.h>

#include "base/progress.h"
#include "base/strings.h"
#include "curate/pipeline.h"
#include "curate/store.h"
#include "data/shards.h"
#include "data/source.h"

namespace lingshu {
namespace {

std::vector<NamedRule> MakeRules(const CurateConfig& config, const StepContext& context) {
  std::vector<NamedRule> rules;
  for (const std::string& line : config.steps) rules.push_back(MakeRule(line, context));
  return rules;
}

// Everything that is wrong with the recipe is said before the first sample is read.
void CheckSources(const CurateConfig& config) {
  if (config.sources.empty())
    throw Error(ErrorCode::kUsage, "curate: no sources.\nHINT: list some under \"sources\"; lingshu parts names them.");
  for (const SourceChoice& choice : config.sources)
    SourceFolder(Registry<Source>::Get().Find(choice.name, "source"), config.root);
}

void ReadSource(const SourceChoice& choice, const CurateConfig& config, Pipeline& pipeline) {
  Registry<Source>::Get()
      .Find(choice.name, "source")
      .read(
          {.root = config.root, .split = choice.split, .limit = choice.limit, .seed = config.seed},
          [&](Sample sample) {
            pipeline.Add(std::move(sample));
            return true;
          },
          [&](const std::string& id, const std::string& reason) { pipeline.CountSkip(choice.name, id, reason); });
  pipeline.Flush();  // a source's drops are counted before the next one is announced
  const CurateReport::SourceCount& count = pipeline.report().sources[choice.name];
  const std::string drops = pipeline.report().DropText(choice.name);
  Say(fmt::format("curate: {} {}, kept {} of {}{}", choice.name, choice.split, WithThousands(count.kept), WithThousands(count.read),
                  drops.empty() ? "" : "; dropped: " + drops));
}

}  // namespace

CurateReport Curate(const CurateConfig& config, StepContext context) {
  CheckSources(config);
  context.data_root = config.root;
  std::vector<NamedRule> rules = MakeRules(config, context);
  ShardWriter writer(config.out, config.samples_per_shard);
  ImageStore store(config.out, config.root);
  Pipeline pipeline(std::move(rules), config.root, [&](std::vector<Sample> kept) {
    if (config.should_store_images) store.Store(kept);
    for (const Sample& sample : kept) writer.Add(sample);
  });
  for (const SourceChoice& choice : config.sources) ReadSource(choice, config, pipeline);
  CurateReport& report = pipeline.report();
  if (report.Kept() == 0)
    throw Error(ErrorCode::kNotFound, fmt::format("curate: none of the {} samples is kept; {}.\nHINT: look at the sources' files and at the steps.",
                                                  WithThousands(report.Read()), report.DropText()));
  report.num_stored = store.size();
  report.sha256 = writer.Finish({{"curation", ToJson(report)}});
  return report;
}

}  // namespace lingshu
