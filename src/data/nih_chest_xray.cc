// NIH ChestX-ray14 (Wang et al. 2017, https://arxiv.org/abs/1705.02315): frontal chest X-rays with 14 findings read
// from reports.
//   img_xray_nih/labels.csv        Image Index,Finding Labels,Follow-up #,Patient ID,…,View Position,…
//                                  00001280_004.png,Effusion|Mass,4,1280,…,PA,…
//   img_xray_nih/00001280_004.jpg  (or .png, as published)
// Age and sex are left out: they cannot be read from the picture. A patient is never divided between splits.
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/rng.h"
#include "base/strings.h"
#include "data/labelled_folder.h"

namespace lingshu {
namespace {

constexpr const char* kName = "nih_chest_xray";

const std::vector<std::string>& Findings() {
  static const std::vector<std::string> kFindings = {
      "atelectasis", "cardiomegaly", "consolidation", "edema",  "effusion",           "emphysema", "fibrosis",
      "hernia",      "infiltration", "mass",          "nodule", "pleural thickening", "pneumonia", "pneumothorax"};
  return kFindings;
}

// "Effusion|Pleural_Thickening" to their words; "No Finding" to none.
std::vector<std::string> FindingsOf(const std::string& cell) {
  std::vector<std::string> findings;
  if (cell == "No Finding") return findings;
  for (const std::string& label : SplitString(cell, '|')) {
    findings.push_back(LowerAscii(ReplaceAll(label, "_", " ")));
    if (std::find(Findings().begin(), Findings().end(), findings.back()) == Findings().end())
      throw Error(ErrorCode::kCorrupt, fmt::format("unknown finding; known are {}.", JoinStrings(Findings(), ", ")));
  }
  return findings;
}

std::vector<LabelQuestion> Questions(const std::vector<std::string>& findings, const std::string& view,
                                     const std::string& file) {
  std::vector<LabelQuestion> questions = {
      {.type = "presence",
       .wordings = {"Is there an abnormality in this chest X-ray?", "Does this chest X-ray show an abnormal finding?"},
       .right = findings.empty() ? "no" : "yes",
       .answer_type = AnswerType::kYesNo}};
  if (view == "PA" || view == "AP")
    questions.push_back({.type = "plane",
                         .wordings = {"Which projection is this X-ray?", "Is this an AP or a PA view?"},
                         .right = view,
                         .labels = {"PA", "AP"}});
  if (findings.empty()) return questions;
  // Asked for one of its findings or, as often, for one that it lacks.
  Rng rng(MixSeed({SeedOf(kName), SeedOf(file)}));
  const bool is_present = rng.Chance(0.5);
  std::string asked = rng.Pick(findings);
  while (!is_present && std::find(findings.begin(), findings.end(), asked) != findings.end())
    asked = rng.Pick(Findings());
  questions.push_back(
      {.type = "presence_finding",
       .wordings = {fmt::format("Does this X-ray show {}?", asked), fmt::format("Is there evidence of {}?", asked)},
       .right = is_present ? "yes" : "no",
       .answer_type = AnswerType::kYesNo});
  if (findings.size() == 1)
    questions.push_back({.type = "finding",
                         .wordings = {"Which finding does this chest X-ray show?",
                                      "Please identify the abnormality shown in the image."},
                         .right = findings[0],
                         .labels = Findings()});
  return questions;
}

LabelledImage ReadRow(const std::vector<std::string>& row, const std::array<int, 4>& columns, const fs::path& folder) {
  for (const int column : columns)
    if (column >= static_cast<int>(row.size())) throw Error(ErrorCode::kCorrupt, "the row is too short.");
  const std::string published = row[static_cast<size_t>(columns[0])],
                    jpeg = fs::path(published).replace_extension(".jpg").string();
  LabelledImage image{.file = IsFile(PathWithin(folder, jpeg)) ? jpeg : published,
                      .group = row[static_cast<size_t>(columns[2])]};
  const std::vector<std::string> findings = FindingsOf(row[static_cast<size_t>(columns[1])]);
  const std::string& view = row[static_cast<size_t>(columns[3])];
  image.questions = Questions(findings, view, image.file);
  image.meta = {{"finding", JoinStrings(findings, ", ")}, {"plane", view}};
  return image;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource(kName, options), path = folder / "labels.csv";
  const Csv csv = ReadCsv(path);
  const std::array<int, 4> columns = {csv.Column("Image Index"), csv.Column("Finding Labels"), csv.Column("Patient ID"),
                                      csv.Column("View Position")};
  if (std::find(columns.begin(), columns.end(), -1) != columns.end())
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: expected the columns Image Index, Finding Labels, Patient ID and View Position.",
                            path.string()));
  std::vector<LabelledImage> images;
  for (size_t i = 0; i < csv.rows.size(); ++i) {
    try {
      images.push_back(ReadRow(csv.rows[i], columns, folder));
    } catch (const Error& e) {
      skip(fmt::format("{}:{}:row{}", kName, options.split, i + 2), e.message());
    }
  }
  EmitLabelledImages({.source = kName, .modality = "X-ray", .organ = "chest"}, images, folder, options, sink, skip);
}

const Register<Source> kNihChestXray({.name = kName,
                                      .help = "NIH ChestX-ray14: chest X-rays with findings",
                                      .reference = "Wang et al. 2017, https://arxiv.org/abs/1705.02315",
                                      .splits = {"train", "test"},
                                      .folder = "img_xray_nih",
                                      .read = &Read});

}  // namespace
}  // namespace lingshu
