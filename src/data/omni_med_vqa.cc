// OmniMedVQA (Hu et al. 2024, https://arxiv.org/abs/2402.09181), two to four options on images of 42 open data sets:
//   omni_med_vqa/QA_information/Open-access/*.json
//     [{"dataset": "ACRIMA", "question_id": "ACRIMA_0000", "question_type": "Modality Recognition", "question": "…",
//       "gt_answer": "Fundus imaging", "image_path": "Images/ACRIMA/Im553_g_ACRIMA.png", "option_A": "…", …,
//       "modality_type": "Fundus Photography"}]
//   omni_med_vqa/Images/…, or inside OmniMedVQA.zip
#include <map>

#include <fmt/format.h>

#include "data/exam_table.h"
#include "data/reading.h"

namespace lingshu {
namespace {

constexpr const char* kName = "omni_med_vqa";

// The set's own words for modalities, as ours.
std::string ModalityOf(const std::string& type) {
  static const std::map<std::string, std::string> kNames = {
      {"CT(Computed Tomography)", "CT"}, {"MR (Mag-netic Resonance Imaging)", "MRI"}, {"MRI", "MRI"}, {"MR", "MRI"},
      {"X-Ray", "X-ray"}, {"ultrasound", "ultrasound"}, {"Ultrasound", "ultrasound"}, {"Fundus Photography", "fundus photography"},
      {"OCT (Optical Coherence Tomography", "OCT"}, {"OCT (Optical Coherence Tomography)", "OCT"}, {"Dermoscopy", "dermoscopy"},
      {"Microscopy Images", "microscopy"}, {"Endoscopy", "endoscopy"}, {"Histopathology", "histopathology"}};
  const auto it = kNames.find(type);
  return it == kNames.end() ? "" : it->second;
}

ExamQuestion Question(const PlacedRow& row, const std::string& id, const std::filesystem::path& folder) {
  const Json& cells = row.cells;
  const std::string modality = TextCellOr(cells, "modality_type", id);
  ExamQuestion exam{.question = TextCell(cells, "question", id),
                    .options = OptionColumns(cells, {"option_A", "option_B", "option_C", "option_D"}, id),
                    .meta = {{"question_type", TextCellOr(cells, "question_type", id)}, {"modality_type", modality}, {"dataset", TextCellOr(cells, "dataset", id)}},
                    .modality = ModalityOf(modality)};
  exam.answer = LetterOfText(exam.options, TextCell(cells, "gt_answer", id), id);
  exam.images = {FindImage(folder, {".", "OmniMedVQA", "OmniMedVQA.zip"}, TextCell(cells, "image_path", id))};
  return exam;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const std::filesystem::path folder = OpenSource(kName, options);
  EmitExams({.source = kName,
             .files = FindTables(folder, {"QA_information/Open-access/*.json", "OmniMedVQA/QA_information/Open-access/*.json"}),
             .read = [&](const PlacedRow& row, const std::string& id) { return Question(row, id, folder); }},
            options, sink, skip);
}

const Register<Source> kOmniMedVqa({.name = kName,
                                    .help = "OmniMedVQA: multiple choice on images of 42 open data sets",
                                    .reference = "Hu et al. 2024, https://arxiv.org/abs/2402.09181",
                                    .splits = {"test"},
                                    .folder = "omni_med_vqa",
                                    .read = &Read});

}  // namespace
}  // namespace lingshu
