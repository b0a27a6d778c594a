// Labels to questions.
#include "data/labelled_folder.h"

#include <fmt/format.h>

#include "base/files.h"
#include "base/rng.h"
#include "data/choice.h"
#include "image/image.h"

namespace lingshu {
namespace {

std::string SplitOf(const LabelledSet& set, const LabelledImage& image) {
  if (!image.split.empty()) return image.split;
  return Rng(MixSeed({SeedOf("split"), SeedOf(set.source), SeedOf(image.group)})).Below(5) == 0 ? "test" : "train";
}

LabelQuestion ModalityQuestion(const std::string& modality) {
  return {.type = "modality",
          .wordings = {"Which imaging modality was used?", "What kind of medical image is this?",
                       "What is the modality of this image?"},
          .right = modality,
          .labels = kModalities};
}

struct Row {
  const LabelledImage* image = nullptr;
  LabelQuestion question;
};

std::string RowId(const LabelledSet& set, const std::string& split, const Row& row) {
  return fmt::format("{}:{}:{}-{}", set.source, split, row.image->file, row.question.type);
}

Sample MakeSample(const LabelledSet& set, const std::string& split, const Row& row,
                  const std::filesystem::path& folder) {
  Sample sample;
  sample.id = RowId(set, split, row);
  sample.source = set.source;
  sample.split = split;
  sample.modality = set.modality;
  sample.images = {{PathWithin(folder, row.image->file).string(), ""}};
  sample.group = set.source + "/" + row.image->group;
  sample.meta = row.image->meta;
  sample.meta["question_type"] = row.question.type;
  if (!set.organ.empty()) sample.meta["organ"] = set.organ;
  sample.question = Rng(MixSeed({SeedOf("wording"), SeedOf(sample.id)})).Pick(row.question.wordings);
  sample.answer_type = row.question.answer_type;
  sample.answer = row.question.right;
  if (!row.question.labels.empty()) MakeChoice(sample, row.question.right, row.question.labels);
  return sample;
}

void ReadClassFolders(const ClassFolders& classes, const SourceOptions& options, const SampleSink& sink,
                      const SkipSink& skip) {
  const fs::path folder = OpenSource(classes.set.source, options);
  std::vector<std::string> findings;
  for (const auto& [name, finding] : classes.findings)
    if (!finding.empty()) findings.push_back(finding);
  std::vector<LabelledImage> images;
  for (const auto& [name, finding] : classes.findings)
    for (const fs::path& path : ListFiles(folder / name, {".jpg", ".jpeg", ".png", ".tif", ".svs"})) {
      LabelledImage image{.file = fs::relative(path, folder).string()};
      const std::string stem = path.stem().string();
      image.group = name + "/" + (classes.group_of ? classes.group_of(stem) : stem);
      if (const auto split = classes.splits.find(name); split != classes.splits.end()) image.split = split->second;
      if (!classes.what.empty()) {
        image.questions = FindingQuestions(finding, findings, classes.what);
        image.meta["finding"] = finding;
      }
      images.push_back(std::move(image));
    }
  EmitLabelledImages(classes.set, images, folder, options, sink, skip);
}

}  // namespace

std::vector<LabelQuestion> FindingQuestions(const std::string& finding, const std::vector<std::string>& findings,
                                            const std::string& what) {
  std::vector<LabelQuestion> questions = {{.type = "presence",
                                           .wordings = {fmt::format("Is there any {} in this image?", what),
                                                        fmt::format("Does the image show a {}?", what)},
                                           .right = finding.empty() ? "no" : "yes",
                                           .answer_type = AnswerType::kYesNo}};
  if (!finding.empty() && findings.size() > 1)
    questions.push_back({.type = "finding",
                         .wordings = {fmt::format("Please identify the {} shown in the image.", what),
                                      fmt::format("Which {} does the image show?", what)},
                         .right = finding,
                         .labels = findings});
  return questions;
}

void EmitLabelledImages(const LabelledSet& set, const std::vector<LabelledImage>& images,
                        const std::filesystem::path& folder, const SourceOptions& options, const SampleSink& sink,
                        const SkipSink& skip) {
  std::vector<Row> rows;
  for (const LabelledImage& image : images) {
    if (SplitOf(set, image) != options.split) continue;
    rows.push_back({&image, ModalityQuestion(set.modality)});
    for (const LabelQuestion& question : image.questions) rows.push_back({&image, question});
  }
  EmitRows({.total = static_cast<int64_t>(rows.size()),
            .row_id = [&](int64_t i) { return RowId(set, options.split, rows[static_cast<size_t>(i)]); },
            .make = [&](int64_t i) { return MakeSample(set, options.split, rows[static_cast<size_t>(i)], folder); }},
           options, sink, skip);
}

Source ClassFolderSource(const ClassFolders& classes) {
  return {.name = classes.set.source,
          .help = classes.help,
          .reference = classes.reference,
          .splits = {"train", "test"},
          .folder = classes.folder,
          .read = [classes](const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
            ReadClassFolders(classes, options, sink, skip);
          }};
}

}  // namespace lingshu
