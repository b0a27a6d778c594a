// SuperGPQA (Du et al. 2025, https://arxiv.org/abs/2502.14739), graduate questions of 285 disciplines with four to ten
// options; its 2,755 questions of medicine:
//   super_gpqa/SuperGPQA-all.jsonl, or data/*.parquet   (m-a-p/SuperGPQA)
//     {"uuid": "…", "question": "…", "options": ["…"], "answer_letter": "C", "discipline": "Medicine", "field": "Clinical
//      Medicine", "subfield": "…", "difficulty": "middle"}
#include <fmt/format.h>

#include "data/exam_table.h"
#include "data/reading.h"

namespace lingshu {
namespace {

constexpr const char* kName = "super_gpqa_med";

ExamQuestion Question(const PlacedRow& row, const std::string& id) {
  const Json& cells = row.cells;
  return {.question = TextCell(cells, "question", id),
          .options = OptionsOf(At(cells, "options", id), id),
          .answer = TextCell(cells, "answer_letter", id),
          .meta = {{"field", TextCellOr(cells, "field", id)}, {"subfield", TextCellOr(cells, "subfield", id)}, {"difficulty", TextCellOr(cells, "difficulty", id)}}};
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  EmitExams({.source = kName,
             .files = FindTables(OpenSource(kName, options), {"SuperGPQA-all.jsonl", "*.jsonl", "data/*.parquet", "*.json"}),
             .read = &Question,
             .key = [](const PlacedRow& row) { return TextCell(row.cells, "uuid", row.file.string()); },
             .is_member = [](const PlacedRow& row) { return StringOr(row.cells, "discipline", "") == "Medicine"; }},
            options, sink, skip);
}

const Register<Source> kSuperGpqa({.name = kName,
                                   .help = "SuperGPQA: its graduate questions of medicine, up to ten options",
                                   .reference = "Du et al. 2025, https://arxiv.org/abs/2502.14739",
                                   .splits = {"test"},
                                   .folder = "super_gpqa",
                                   .read = &Read});

}  // namespace
}  // namespace lingshu
