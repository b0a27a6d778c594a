// Dermoscopy of the ISIC archive (https://www.isic-archive.com), a JSON record beside each picture:
//   img_dermoscopy_isic550/ISIC_0000196.jpg, ISIC_0000196.json
//       {"name": "ISIC_0000196", "meta": {"clinical": {"benign_malignant": "benign", "diagnosis": "nevus", …}, …}}
// Age and sex are left out: they cannot be read from the picture.
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "data/labelled_folder.h"

namespace lingshu {
namespace {

constexpr const char* kName = "isic_dermoscopy";

struct Lesion {
  std::string file, diagnosis, nature;  // "nevus", "benign"; "" when not recorded
};

Lesion ReadLesion(const fs::path& path) {
  const Json record = ParseJson(ReadFile(path, 1 << 20), path.string());
  const Json& clinical = At(At(record, "meta", path.string()), "clinical", path.string());
  return {.file = path.stem().string() + ".jpg",
          .diagnosis = StringOr(clinical, "diagnosis", ""),
          .nature = StringOr(clinical, "benign_malignant", "")};
}

std::vector<LabelQuestion> Questions(const Lesion& lesion, const std::vector<std::string>& diagnoses) {
  std::vector<LabelQuestion> questions;
  if (!lesion.diagnosis.empty())
    questions.push_back(
        {.type = "finding",
         .wordings = {"What is the diagnosis of this skin lesion?", "Which skin lesion does the image show?"},
         .right = lesion.diagnosis,
         .labels = diagnoses});
  if (lesion.nature == "benign" || lesion.nature == "malignant")
    questions.push_back(
        {.type = "nature",
         .wordings = {"Is this skin lesion benign or malignant?", "Does the lesion look benign or malignant?"},
         .right = lesion.nature,
         .answer_type = AnswerType::kClosed});
  return questions;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource(kName, options);
  std::vector<Lesion> lesions;
  std::vector<std::string> diagnoses;
  for (const fs::path& path : ListFiles(folder, {".json"})) {
    try {
      lesions.push_back(ReadLesion(path));
      if (!lesions.back().diagnosis.empty()) diagnoses.push_back(lesions.back().diagnosis);
    } catch (const Error& e) {
      skip(fmt::format("{}:{}:{}", kName, options.split, path.stem().string()), e.message());
    }
  }
  std::sort(diagnoses.begin(), diagnoses.end());
  diagnoses.erase(std::unique(diagnoses.begin(), diagnoses.end()), diagnoses.end());
  std::vector<LabelledImage> images;
  for (const Lesion& lesion : lesions)
    images.push_back({.file = lesion.file,
                      .group = lesion.file,
                      .questions = Questions(lesion, diagnoses),
                      .meta = {{"finding", lesion.diagnosis}}});
  EmitLabelledImages({.source = kName, .modality = "dermoscopy", .organ = "skin"}, images, folder, options, sink, skip);
}

const Register<Source> kIsicDermoscopy({.name = kName,
                                        .help = "ISIC archive: dermoscopy with diagnoses",
                                        .reference = "https://www.isic-archive.com",
                                        .splits = {"train", "test"},
                                        .folder = "img_dermoscopy_isic550",
                                        .read = &Read});

}  // namespace
}  // namespace lingshu
