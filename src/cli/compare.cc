// lingshu compare: two evaluated models on the same questions, and whether the difference is one.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/config.h"
#include "cli/command.h"
#include "eval/compare.h"

namespace lingshu {
namespace {

struct CompareFlags {
  std::string a, b, cluster = "group";
  CompareOptions options;
  int num_changed = 10;
  bool is_json = false;
};

int RunCompare(CompareFlags& flags) {
  ConfigReader("--cluster").Read(Json(flags.cluster), "cluster", flags.options.cluster);
  const Comparison comparison = Compare(ReadReports(flags.a), ReadReports(flags.b), flags.options);
  if (!flags.is_json) {
    fmt::print("{}", ComparisonText(comparison, flags.num_changed));
    return 0;
  }
  Json json = ToJson(comparison);
  json["a"] = flags.a;
  json["b"] = flags.b;
  json["cluster"] = flags.cluster;
  json["resamples"] = flags.options.resamples;
  json["seed"] = flags.options.seed;
  fmt::print("{}\n", DumpJson(json));
  return 0;
}

const Register<Command> kCompare(
    {.name = "compare", .help = "compare two evaluations, sample by sample", .attach = [](CLI::App& app) {
       auto flags = std::make_shared<CompareFlags>();
       app.add_option("A", flags->a, "folder of one lingshu eval")->required();
       app.add_option("B", flags->b, "folder of another; differences are B − A")->required();
       app.add_option("--cluster", flags->cluster,
                      "what is resampled as a whole: group (patient or report), image or sample");
       app.add_option("--resamples", flags->options.resamples, "bootstrap draws")->check(CLI::Range(100, 1000000));
       app.add_option("--seed", flags->options.seed, "of the bootstrap");
       app.add_option("--changed", flags->num_changed, "changed samples to print per benchmark");
       app.add_flag("--json", flags->is_json, "everything as JSON, all changed samples included");
       return [flags] { return RunCompare(*flags); };
     }});

}  // namespace
}  // namespace lingshu
