// MedFrameQA (Yu et al. 2025, https://arxiv.org/abs/2505.16964), 2,851 questions that need two to five frames of a
// teaching video together (SuhaoYu1020/MedFrameQA):
//   med_frame_qa/data/test-*.parquet   question_id, question, options ["…"], correct_answer, image_1 … image_5, system,
//                                      organ, modality
#include <fmt/format.h>

#include "data/exam_table.h"
#include "data/reading.h"

namespace lingshu {
namespace {

constexpr const char* kName = "med_frame_qa";

std::string ModalityOf(const std::string& name) {
  if (name == "Ultrasound") return "ultrasound";
  if (name == "X-Ray" || name == "Xray") return "X-ray";
  for (const std::string& known : kModalities)
    if (known == name) return known;
  return "";
}

ExamQuestion Question(const PlacedRow& row, const std::string& id) {
  const Json& cells = row.cells;
  ExamQuestion exam{.question = TextCell(cells, "question", id),
                    .options = OptionsOf(At(cells, "options", id), id),
                    .answer = TextCell(cells, "correct_answer", id),
                    .meta = {{"system", TextCellOr(cells, "system", id)}, {"organ", TextCellOr(cells, "organ", id)}, {"modality_type", TextCellOr(cells, "modality", id)}},
                    .modality = ModalityOf(TextCellOr(cells, "modality", id))};
  for (int i = 1; i <= 5; ++i)
    if (ImageRef image = ImageCell(row, fmt::format("image_{}", i)); !image.path.empty()) exam.images.push_back(std::move(image));
  return exam;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  EmitExams({.source = kName, .files = FindTables(OpenSource(kName, options), {"data/test-*.parquet", "*.parquet", "test.jsonl"}), .read = &Question}, options, sink, skip);
}

const Register<Source> kMedFrameQa({.name = kName,
                                    .help = "MedFrameQA: questions across two to five frames of a video",
                                    .reference = "Yu et al. 2025, https://arxiv.org/abs/2505.16964",
                                    .splits = {"test"},
                                    .folder = "med_frame_qa",
                                    .read = &Read});

}  // namespace
}  // namespace lingshu
