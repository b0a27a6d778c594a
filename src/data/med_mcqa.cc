// MedMCQA (Pal et al. 2022, https://arxiv.org/abs/2203.14371), Indian entrance examinations, four options; its
// validation part of 4,183 is what everybody measures on. {"question": "…", "opa": "…", …, "opd": "…", "cop": 1,
// "exp": "…", "subject_name": "…", "id": "…"}, with "cop" from 1 in the authors' files and from 0 on the hub:
//   mirage/medmcqa/data/dev.json            JSON lines
//   med_mcqa/data/validation-*.parquet      openlifescienceai/medmcqa
#include <fmt/format.h>

#include "base/error.h"
#include "data/exam_table.h"
#include "data/reading.h"

namespace lingshu {
namespace {

constexpr const char* kName = "med_mcqa";

ExamQuestion Question(const PlacedRow& row, const std::string& id) {
  const Json& cells = row.cells;
  const int64_t first = row.file.extension() == ".parquet" ? 0 : 1, answer = IntAt(cells, "cop", id) - first;
  if (answer < 0 || answer > 3)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"cop\" should be {} to {}, found {}.", id, first, first + 3, answer + first));
  return {.question = TextCell(cells, "question", id),
          .options = {TextCell(cells, "opa", id), TextCell(cells, "opb", id), TextCell(cells, "opc", id), TextCell(cells, "opd", id)},
          .answer = OptionLetter(answer),
          .reasoning = TextCellOr(cells, "exp", id),
          .meta = {{"subject", TextCellOr(cells, "subject_name", id)}}};
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const std::filesystem::path folder = OpenSource(kName, options);
  const std::string file = options.split == "validation" ? "dev.json" : options.split + ".json";
  std::vector<std::filesystem::path> files = FindTables(folder, {fmt::format("data/{}-*.parquet", options.split), "medmcqa/data/" + file, file});
  EmitExams({.source = kName, .files = std::move(files), .read = &Question}, options, sink, skip);
}

const Register<Source> kMedMcqa({.name = kName,
                                 .help = "MedMCQA: questions of Indian medical entrance examinations",
                                 .reference = "Pal et al. 2022, https://arxiv.org/abs/2203.14371",
                                 .splits = {"train", "validation"},
                                 .folder = "med_mcqa",
                                 .read = &Read});

}  // namespace
}  // namespace lingshu
