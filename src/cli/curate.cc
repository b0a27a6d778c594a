// lingshu curate: sources in, steps over them, shards out.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/progress.h"
#include "base/strings.h"
#include "cli/command.h"
#include "cli/run_config.h"
#include "curate/curate.h"

namespace lingshu {
namespace {

struct CurateFlags {
  ConfigFlags config;
  bool is_json = false;
};

const Register<Command> kCurate({.name = "curate", .help = "filter, deduplicate and decontaminate sources into shards", .attach = [](CLI::App& app) {
                                   auto flags = std::make_shared<CurateFlags>();
                                   AttachConfig(app, flags->config, CurateConfig());
                                   app.add_flag("--json", flags->is_json, "print the report as JSON");
                                   return [flags] {
                                     const auto config = LoadConfig<CurateConfig>(flags->config.file, flags->config.overrides);
                                     const CurateReport report = Curate(config, {});
                                     if (flags->is_json) fmt::print("{}\n", DumpJson(ToJson(report)));
                                     else Say(fmt::format("kept {} of {} samples in {}", WithThousands(report.Kept()), WithThousands(report.Read()), config.out));
                                     return 0;
                                   };
                                 }});

}  // namespace
}  // namespace lingshu
