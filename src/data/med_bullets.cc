// Medbullets (Chen et al. 2024, https://arxiv.org/abs/2402.18060), USMLE-like questions with explanations, 308 with
// four options and the same 308 with five. The authors' file is column by column, the hub's copies have rows:
//   medbullets/medbullets_op4.json   {"question": {"0": "…"}, "opa": {"0": "…"}, …, "answer_idx": {"0": "C"},
//   "explanation": {"0": "…"}}
//   med_bullets_op4/data/*.parquet   question, options {"A": "…"}, answer_idx        (tuenguyen/Medical-Eval-MedBullets_op4)
//   med_bullets_op5/data/*.parquet   question, opa … ope, answer_idx, explanation    (LangAGI-Lab/medbullets_op5)
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "data/exam_table.h"
#include "data/reading.h"

namespace lingshu {
namespace {

const std::vector<std::string> kOptionColumns = {"opa", "opb", "opc", "opd", "ope"};

Sample MakeSample(const Json& columns, const std::string& source, const std::string& row) {
  const std::string where = source + ":test:" + row;
  const auto cell = [&](const std::string& column) { return StringAt(At(columns, column, where), row, where); };
  ExamQuestion exam{.question = cell("question"), .answer = cell("answer_idx"), .reasoning = cell("explanation")};
  for (const std::string& option : kOptionColumns)
    if (columns.contains(option)) exam.options.push_back(cell(option));
  return ExamSample(source, "test", row, std::move(exam));
}

void ReadColumns(const std::string& name, const fs::path& path, const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const Json columns = ParseJson(ReadFile(path, uint64_t{1} << 28), path.string());
  const auto row_of = [](int64_t i) { return fmt::format("{}", i); };
  EmitRows({.total = static_cast<int64_t>(At(columns, "question", path.string()).size()),
            .row_id = [&](int64_t i) { return name + ":test:" + row_of(i); },
            .make = [&](int64_t i) { return MakeSample(columns, name, row_of(i)); }},
           options, sink, skip);
}

ExamQuestion HubQuestion(const PlacedRow& row, const std::string& id) {
  const Json& cells = row.cells;
  return {.question = TextCell(cells, "question", id),
          .options = cells.contains("options") ? OptionsOf(cells["options"], id) : OptionColumns(cells, kOptionColumns, id),
          .answer = TextCell(cells, "answer_idx", id),
          .reasoning = TextCellOr(cells, "explanation", id)};
}

Source MedBullets(const std::string& name, const std::string& file, const std::string& count) {
  return {.name = name,
          .help = "Medbullets: USMLE-like questions with " + count + " options",
          .reference = "Chen et al. 2024, https://arxiv.org/abs/2402.18060",
          .splits = {"test"},
          .folder = name,
          .read = [name, file](const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
            std::vector<fs::path> files = FindTables(OpenSource(name, options), {file, "data/*.parquet", "*.jsonl", "*.csv"});
            if (files[0].filename() == file) return ReadColumns(name, files[0], options, sink, skip);
            EmitExams({.source = name, .files = std::move(files), .read = &HubQuestion}, options, sink, skip);
          }};
}

const Register<Source> kMedBullets4(MedBullets("med_bullets_op4", "medbullets_op4.json", "four"));
const Register<Source> kMedBullets5(MedBullets("med_bullets_op5", "medbullets_op5.json", "five"));

}  // namespace
}  // namespace lingshu
