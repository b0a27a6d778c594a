// The curation run: read, judge, store, write.
#include "curate/curate.h"

#include <fmt/format.h>

#include "base/progress.h"
#include "curate/pipeline.h"
#include "curate/store.h"
#include "data/shards.h"
#include "data/source.h"

namespace lingshu {
namespace {

std::vector<NamedFilter> MakeFilters(const CurateConfig& config, const StepContext& context) {
  std::vector<NamedFilter> filters;
  for (const std::string& line : config.steps) filters.push_back(MakeFilter(line, context));
  return filters;
}

// Everything that is wrong with the recipe is said before the first sample is read.
void CheckSources(const CurateConfig& config) {
  if (config.sources.empty()) throw Error(ErrorCode::kUsage, "curate: no sources.\nHINT: list some under \"sources\"; lingshu parts names them.");
  for (const SourceChoice& choice : config.sources) SourceFolder(Registry<Source>::Get().Find(choice.name, "source"), config.root);
}

void ReadSource(const SourceChoice& choice, const CurateConfig& config, Pipeline& pipeline) {
  Progress progress(choice.name, choice.limit);
  int64_t count = 0;
  Registry<Source>::Get().Find(choice.name, "source").read(
      {.root = config.root, .split = choice.split, .limit = choice.limit, .seed = config.seed},
      [&](Sample sample) {
        pipeline.Add(std::move(sample));
        progress.Update(++count);
        return true;
      },
      [&](const std::string& id, const std::string&) { pipeline.CountSkip(choice.name, id); });
  pipeline.Flush();  // a source's drops are counted before the next one is announced
  progress.Done(fmt::format("kept {} of {}", pipeline.report().sources[choice.name].kept, pipeline.report().sources[choice.name].read));
}

}  // namespace

CurateReport Curate(const CurateConfig& config, StepContext context) {
  CheckSources(config);
  context.data_root = config.root;
  ShardWriter writer(config.out, config.samples_per_shard);
  ImageStore store(config.out, config.root);
  Pipeline pipeline(MakeFilters(config, context), config.root, [&](std::vector<Sample> kept) {
    if (config.should_store_images) store.Store(kept);
    for (const Sample& sample : kept) writer.Add(sample);
  });
  for (const SourceChoice& choice : config.sources) ReadSource(choice, config, pipeline);
  CurateReport& report = pipeline.report();
  report.num_stored = store.size();
  report.sha256 = writer.Finish({{"curation", ToJson(report)}});
  return report;
}

}  // namespace lingshu
