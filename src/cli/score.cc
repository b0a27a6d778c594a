// lingshu score: verdicts of replies that are there already, no model needed.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/config.h"
#include "base/progress.h"
#include "cli/command.h"
#include "score/score_rows.h"

namespace lingshu {
namespace {

struct ScoreFlags {
  std::string in, out, profile = "strict";
};

const Register<Command> kScore({.name = "score", .help = "score replies of a JSONL file", .attach = [](CLI::App& app) {
                                  auto flags = std::make_shared<ScoreFlags>();
                                  app.add_option("--in", flags->in, "JSONL: id, case_type, benchmark, question, options, gold, response")->required();
                                  app.add_option("--out", flags->out, "JSONL: id, state, correct, prediction, rule")->required();
                                  app.add_option("--profile", flags->profile, "strict, or medevalkit for the reference's verdicts");
                                  return [flags] {
                                    ScoreProfile profile = ScoreProfile::kStrict;
                                    ConfigReader("--profile").Read(Json(flags->profile), "profile", profile);
                                    const int64_t rows = ScoreRows(flags->in, flags->out, profile);
                                    Say(fmt::format("scored {} rows into {}", WithThousands(rows), flags->out));
                                    return 0;
                                  };
                                }});

}  // namespace
}  // namespace lingshu
