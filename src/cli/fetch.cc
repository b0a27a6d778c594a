// lingshu fetch: benchmarks by name, models and data sets by id, from a hub of the Hugging Face kind.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/environment.h"
#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/run_config.h"
#include "data/publication.h"
#include "data/source.h"
#include "eval/benchmark.h"
#include "hub/hub.h"

namespace lingshu {
namespace {

struct FetchFlags {
  ConfigFlags config;
  std::vector<std::string> names, models, datasets, files;
  std::string data_root = "data", out, endpoint, revision;
  bool is_list = false;
};

struct Wanted {
  HubKind kind = HubKind::kDataset;
  std::string repo;
  std::vector<std::string> files;
  fs::path folder;
};

// A benchmark's name, as others write it too, or a source's.
const Source& SourceNamed(const std::string& name) {
  if (const Source* source = Registry<Source>::Get().FindOrNull(name)) return *source;
  return Registry<Source>::Get().Find(FindBenchmark(name).source, "source");
}

std::vector<Wanted> WantedBy(const FetchFlags& flags) {
  std::vector<Wanted> wanted;
  for (const std::string& list : flags.names)
    for (const std::string& name : SplitString(list, ',')) {
      const Source& source = SourceNamed(name);
      const Publication& publication = PublicationOf(source.name);
      if (publication.repo.empty())
        throw Error(ErrorCode::kUsage, fmt::format("{} is not on a hub{}.\nHINT: get it from {} and put it into {}.", name,
                                                   publication.is_credentialed ? "; it needs a credential of its owner" : "", source.reference,
                                                   (fs::path(flags.data_root) / source.folder).string()));
      wanted.push_back({HubKind::kDataset, publication.repo, flags.files.empty() ? publication.files : flags.files, fs::path(flags.data_root) / source.folder});
    }
  const auto add = [&](HubKind kind, const std::vector<std::string>& repos) {
    for (const std::string& repo : repos) {
      const std::string last = repo.substr(repo.rfind('/') + 1);
      wanted.push_back({kind, repo, flags.files, !flags.out.empty() ? fs::path(flags.out) : fs::path(flags.data_root) / last});
    }
  };
  add(HubKind::kModel, flags.models);
  add(HubKind::kDataset, flags.datasets);
  if (wanted.empty()) throw Error(ErrorCode::kUsage, "expected names of benchmarks, --model ORG/NAME or --dataset ORG/NAME.");
  if (!flags.out.empty() && wanted.size() > 1) throw Error(ErrorCode::kUsage, "--out names the folder of one thing; several are wanted.");
  if (!flags.out.empty()) wanted[0].folder = flags.out;
  return wanted;
}

int Fetch(const FetchFlags& flags) {
  auto config = LoadConfig<HubConfig>(flags.config.file, flags.config.overrides);
  if (const auto mirror = EnvironmentVariable("HF_ENDPOINT"); mirror && config.endpoint == HubConfig().endpoint) config.endpoint = *mirror;
  if (!flags.endpoint.empty()) config.endpoint = flags.endpoint;
  if (!flags.revision.empty()) config.revision = flags.revision;
  while (config.endpoint.ends_with('/')) config.endpoint.pop_back();
  for (const Wanted& one : WantedBy(flags)) {
    if (flags.is_list) {
      const HubListing listing = ListHub(config, one.kind, one.repo);
      fmt::print("{} {}\n", one.repo, listing.commit);
      for (const HubFile& file : listing.files) fmt::print("{:>14}  {}\n", WithThousands(static_cast<int64_t>(file.size)), file.path);
      continue;
    }
    const FetchTotals totals = FetchRepo(config, one.kind, one.repo, one.files, one.folder);
    if (totals.files == 0) throw Error(ErrorCode::kNotFound, fmt::format("{}: no file matches {}.", one.repo, JoinStrings(one.files, ", ")));
    Say(fmt::format("{} at {}: {} of {} files fetched ({} bytes) into {}", one.repo, totals.commit.substr(0, 12), totals.fetched, totals.files,
                    WithThousands(static_cast<int64_t>(totals.fetched_bytes)), one.folder.string()));
  }
  return 0;
}

const Register<Command> kFetch({.name = "fetch", .help = "bring benchmarks, data sets and models from a hub", .attach = [](CLI::App& app) {
                                  auto flags = std::make_shared<FetchFlags>();
                                  app.add_option("names", flags->names, "benchmarks or sources (lingshu parts)");
                                  app.add_option("--model", flags->models, "a model by id: ORG/NAME");
                                  app.add_option("--dataset", flags->datasets, "a data set by id: ORG/NAME");
                                  app.add_option("--data", flags->data_root, "folder of the data sets, in which each has its own");
                                  app.add_option("--out", flags->out, "the folder itself, for one thing");
                                  app.add_option("--files", flags->files, "patterns of files, '*' for any part of a path");
                                  app.add_option("--revision", flags->revision, "branch, tag or commit");
                                  app.add_option("--endpoint", flags->endpoint, "the hub (HF_ENDPOINT)");
                                  app.add_flag("--list", flags->is_list, "only say what there is");
                                  AttachConfig(app, flags->config, HubConfig());
                                  return [flags] { return Fetch(*flags); };
                                }});

}  // namespace
}  // namespace lingshu
