// lingshu score: verdicts of replies and metrics of reports that are there already, no model needed.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/config.h"
#include "base/files.h"
#include "base/progress.h"
#include "cli/command.h"
#include "eval/prompt_row.h"
#include "score/metric.h"
#include "score/score_rows.h"
#include "score/wordnet.h"

namespace lingshu {
namespace {

struct ScoreFlags {
  std::string in, out, profile = "strict", wordnet, models, summary;
};

// The output takes its name when it is whole: a broken row leaves nothing that looks like a result, and --in may be --out.
int64_t ScoreInto(const ScoreFlags& flags, ScoreProfile profile) {
  const bool is_file = !fs::exists(flags.out) || fs::is_regular_file(flags.out);
  if (!is_file) return ScoreRows(flags.in, flags.out, profile, flags.wordnet, &PromptOfRow);  // a pipe, /dev/stdout
  const fs::path partial = flags.out + ".partial";
  try {
    const int64_t rows = ScoreRows(flags.in, partial, profile, flags.wordnet, &PromptOfRow);
    fs::rename(partial, flags.out);
    return rows;
  } catch (...) {  // nothing half done stays; the error goes on
    std::error_code ignored;
    fs::remove(partial, ignored);
    throw;
  }
}

const Register<Command> kScore(
    {.name = "score", .help = "score replies of a JSONL file", .attach = [](CLI::App& app) {
       auto flags = std::make_shared<ScoreFlags>();
       app.add_option("--in", flags->in,
                      "JSONL: id, case_type, benchmark, question, options, gold, response; or id, reference, candidate; or the inputs of a part (docs/scoring.md)")
           ->required();
       app.add_option("--out", flags->out, "JSONL: id, state, correct, prediction, rule; or id, metrics; or id, value")->required();
       app.add_option("--profile", flags->profile, "strict, or medevalkit for the reference's verdicts");
       app.add_option("--wordnet", flags->wordnet, "folder of WordNet 3.0 (index.*, data.*, *.exc), for METEOR; else $LINGSHU_WORDNET or /usr/share/wordnet");
       app.add_option("--summary", flags->summary, "JSON of every registered metric over all reports of --in");
       app.add_option("--models", flags->models, "folder of the metrics' encoders, one folder each, for --summary");
       return [flags] {
         ScoreProfile profile = ScoreProfile::kStrict;
         ConfigReader("--profile").Read(Json(flags->profile), "profile", profile);
         if (flags->wordnet.empty()) flags->wordnet = FindWordNet().string();
         const MetricFiles files{.wordnet = flags->wordnet, .models = flags->models};
         if (!flags->summary.empty()) WriteFileAtomic(flags->summary, ComputeMetrics(ReadReportPairs(flags->in), files).dump(2) + "\n");
         const int64_t rows = ScoreInto(*flags, profile);
         Say(fmt::format("scored {} rows into {}", WithThousands(rows), flags->out));
         return 0;
       };
     }});

}  // namespace
}  // namespace lingshu
