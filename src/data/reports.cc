// Radiology reports for generation, in the lists of MedEvalKit: one object a study, with its images, findings and impression.
//   iu_xray/test.json         [{"id": "open_i_1020", "image": ["CXR1020_IM-0017-1001.png", …], "findings": "…", "impression": "…"}]
//   mimic_cxr/test.json       the same; the list is not published, and the images need a credential of PhysioNet
//   chexpert_plus/test.json   one image a study
//   <set>/images/<path>
// A study without either section is not asked. The reference is "Findings: … Impression: …", an empty section left empty.
#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "data/reading.h"
#include "data/table.h"

namespace lingshu {
namespace {

Sample MakeSample(const PlacedRow& row, const std::string& id, const std::string& source, const std::string& split, const std::filesystem::path& folder) {
  Sample sample{.id = id, .source = source, .split = split, .kind = SampleKind::kReport, .answer_type = AnswerType::kOpen, .modality = "X-ray", .group = id};
  const std::string findings = TextCellOr(row.cells, "findings", id), impression = TextCellOr(row.cells, "impression", id);
  if (findings.empty() && impression.empty()) throw Error(ErrorCode::kUnsupported, id + ": a study without findings and impression.");
  sample.answer = fmt::format("Findings: {} Impression: {}", findings, impression);
  sample.meta = {{"findings", findings}, {"impression", impression}};
  const Json& image = At(row.cells, "image", id);
  const Json list = image.is_array() ? image : Json::array({image});
  for (const Json& name : list) {
    if (!name.is_string()) throw Error(ErrorCode::kCorrupt, id + ": an image is no path.");
    sample.images.push_back(FindImage(folder, {"images", "images.zip"}, name.get<std::string>()));
  }
  return sample;
}

// MedEvalKit's folder of the list comes first: a folder of the set's own name may hold other files of it.
Source Reports(const std::string& name, const std::string& help, const std::string& reference, const std::string& folder_of_kit) {
  return {.name = name,
          .help = help,
          .reference = reference,
          .splits = {"train", "validation", "test"},
          .folder = folder_of_kit,
          .read = [name](const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
            const std::filesystem::path folder = OpenSource(name, options);
            EmitTable({.files = FindTables(folder, {options.split + ".json", options.split + ".jsonl"}),
                       .id_prefix = fmt::format("{}:{}:", name, options.split),
                       .make = [&](const PlacedRow& row, const std::string& id) { return MakeSample(row, id, name, options.split, folder); },
                       .key = [](const PlacedRow& row) {
                         const std::string id = TextCellOr(row.cells, "id", row.file.string());
                         return id.empty() ? fmt::format("{:05}", row.number) : id;
                       }},
                      options, sink, skip);
          }};
}

const Register<Source> kIuXray(Reports("iu_xray", "IU-Xray: reports of chest X-rays, several views", "Demner-Fushman et al. 2016, https://openi.nlm.nih.gov",
                                       "IU_XRAY"));
const Register<Source> kMimicCxr(Reports("mimic_cxr", "MIMIC-CXR: reports of chest X-rays", "Johnson et al. 2019, https://physionet.org/content/mimic-cxr", "MIMIC_CXR"));
const Register<Source> kChexpertPlus(Reports("chexpert_plus", "CheXpert Plus: reports of chest X-rays, one view", "Chambon et al. 2024, https://arxiv.org/abs/2405.19538",
                                             "CheXpert_Plus"));

}  // namespace
}  // namespace lingshu
