// HealthBench (Arora et al. 2025, https://arxiv.org/abs/2505.08775), conversations with rubrics by physicians, in three
// files that are three benchmarks: hard is a part of the first, consensus asks other rubrics of its conversations.
//   health_bench/2025-05-07-06-14-12_oss_eval.jsonl      5,000
//   health_bench/hard_2025-05-08-21-00-10.jsonl          1,000
//   health_bench/consensus_2025-05-09-20-00-46.jsonl     3,671
//     {"prompt": [{"role": "user", "content": "…"}], "prompt_id": "…", "rubrics": [{"criterion": "…", "points": 5,
//      "tags": ["axis:accuracy"]}], "example_tags": ["theme:hedging"]}
// The conversation and the rubrics travel as JSON in meta: a conversation is asked turn by turn, and rubrics are for the judge.
#include <fmt/format.h>

#include "base/error.h"
#include "data/reading.h"
#include "data/table.h"

namespace lingshu {
namespace {

constexpr const char* kName = "health_bench";

std::string ThemeOf(const Json& cells) {
  if (const auto it = cells.find("example_tags"); it != cells.end() && it->is_array())
    for (const Json& tag : *it)
      if (tag.is_string() && tag.get_ref<const std::string&>().starts_with("theme:")) return tag.get<std::string>().substr(6);
  return "";
}

Sample MakeSample(const PlacedRow& row, const std::string& id, const std::string& split) {
  Sample sample{.id = id, .source = kName, .split = split, .kind = SampleKind::kTextQa, .answer_type = AnswerType::kOpen, .group = id};
  const Json& prompt = At(row.cells, "prompt", id);
  if (!prompt.is_array() || prompt.empty()) throw Error(ErrorCode::kCorrupt, id + ": expected a conversation of at least one turn.");
  for (const Json& turn : prompt) {
    const std::string role = StringAt(turn, "role", id);
    if (role != "user" && role != "assistant" && role != "system") throw Error(ErrorCode::kCorrupt, fmt::format("{}: the role \"{}\".", id, role));
    sample.question = StringAt(turn, "content", id);  // the last turn's
  }
  const Json& rubrics = At(row.cells, "rubrics", id);
  for (const Json& rubric : rubrics) {
    StringAt(rubric, "criterion", id);
    if (!At(rubric, "points", id).is_number()) throw Error(ErrorCode::kCorrupt, id + ": points of a rubric that are no number.");
  }
  if (rubrics.empty()) throw Error(ErrorCode::kCorrupt, id + ": no rubrics.");
  sample.meta = {{"conversation", DumpJson(prompt)}, {"rubrics", DumpJson(rubrics)}, {"theme", ThemeOf(row.cells)}};
  return sample;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const std::string pattern = options.split == "test" ? "*_oss_eval.jsonl" : options.split + "_*.jsonl";
  EmitTable({.files = FindTables(OpenSource(kName, options), {pattern, options.split + ".jsonl"}),
             .id_prefix = fmt::format("{}:{}:", kName, options.split),
             .make = [&](const PlacedRow& row, const std::string& id) { return MakeSample(row, id, options.split); },
             .key = [](const PlacedRow& row) { return TextCell(row.cells, "prompt_id", row.file.string()); }},
            options, sink, skip);
}

const Register<Source> kHealthBench({.name = kName,
                                     .help = "HealthBench: conversations with rubrics by physicians",
                                     .reference = "Arora et al. 2025, https://arxiv.org/abs/2505.08775",
                                     .splits = {"test", "hard", "consensus"},
                                     .folder = "health_bench",
                                     .read = &Read});

}  // namespace
}  // namespace lingshu
