// lingshu parts: every registered part, and which optional ones this build leaves out.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/json.h"
#include "cli/command.h"
#include "curate/step.h"
#include "data/source.h"
#include "eval/benchmark.h"
#include "image/reader.h"
#include "score/metric.h"

#ifndef LINGSHU_ABSENT
#define LINGSHU_ABSENT ""
#endif

namespace lingshu {
namespace {

template <typename Part>
void List(Json& all, const char* kind) {
  Json parts = Json::object();
  for (const Part& part : Registry<Part>::Get().All()) parts[part.name] = part.help;
  all[kind] = std::move(parts);
}

int PrintParts(bool is_json) {
  Json all = Json::object();
  List<Command>(all, "commands");
  List<ImageReader>(all, "image readers");
  List<Source>(all, "sources");
  List<Step>(all, "curation steps");
  List<Benchmark>(all, "benchmarks");
  List<Metric>(all, "report metrics");
  const std::string absent = LINGSHU_ABSENT;
  if (is_json) {
    all["left out"] = absent;
    fmt::print("{}\n", all.dump(2));
    return 0;
  }
  for (const auto& [kind, parts] : all.items()) {
    fmt::print("{}\n", kind);
    for (const auto& [name, help] : parts.items()) fmt::print("  {:<22} {}\n", name, help.template get<std::string>());
  }
  fmt::print("left out of this build: {}\n", absent.empty() ? "nothing" : absent);
  return 0;
}

const Register<Command> kParts({.name = "parts",
                                .help = "list every source, step, benchmark, reader and command",
                                .attach = [](CLI::App& app) {
                                  auto is_json = std::make_shared<bool>(false);
                                  app.add_flag("--json", *is_json, "one JSON object");
                                  return [is_json] { return PrintParts(*is_json); };
                                }});

}  // namespace
}  // namespace lingshu
