// PathVQA: questions made from the captions of pathology textbooks and a digital library (He et al. 2020,
// https://arxiv.org/abs/2003.10286): 19,654 training and 6,719 test questions.
//   path_vqa/train.jsonl, validation.jsonl, test.jsonl
//       {"image": "images/train/train_0000.jpg", "question": "…", "answer": "…", "question_type": "POSITION",
//       "answer_type": "OPEN"}
// The hub's copy (flaviagiammarino/path-vqa) has image, question and answer alone: path_vqa/data/test-*.parquet
#include <fmt/format.h>

#include "base/error.h"
#include "data/question_form.h"
#include "data/reading.h"
#include "data/table.h"

namespace lingshu {
namespace {

constexpr const char* kName = "path_vqa";

Sample MakeSample(const PlacedRow& row, const std::string& id, const std::string& split, const std::filesystem::path& folder) {
  Sample sample{.id = id, .source = kName, .split = split};
  sample.modality = "histopathology";  // most are; some are photographs of specimens, which the set does not mark
  const bool is_hub = row.file.extension() == ".parquet";
  if (is_hub) sample.images = {ImageCell(row, "image")};
  else sample.images = {{PathWithin(folder, TextCell(row.cells, "image", id)).string(), ""}};
  if (sample.images[0].path.empty()) throw Error(ErrorCode::kCorrupt, id + ": the row has no picture.");
  sample.group = GroupOf(sample.images[0]);
  sample.question = TextCell(row.cells, "question", id);
  sample.answer = TextCell(row.cells, "answer", id);
  const std::string answer_type = TextCellOr(row.cells, "answer_type", id);
  sample.answer_type = answer_type == "CLOSED" ? AnswerType::kClosed : AnswerType::kOpen;
  sample.meta = {{"question_type", TextCellOr(row.cells, "question_type", id)}, {"answer_type", answer_type}};
  if (const std::string word = YesOrNo(sample.answer); !word.empty()) {
    sample.answer_type = AnswerType::kYesNo;
    sample.meta["answer_as_published"] = sample.answer;
    sample.answer = word;
  }
  SetPromptKind(sample, answer_type);
  return sample;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const std::filesystem::path folder = OpenSource(kName, options);
  EmitTable({.files = FindTables(folder, {options.split + ".jsonl", fmt::format("data/{}-*.parquet", options.split)}),
             .id_prefix = fmt::format("{}:{}:", kName, options.split),
             .make = [&](const PlacedRow& row, const std::string& id) { return MakeSample(row, id, options.split, folder); }},
            options, sink, skip);
}

const Register<Source> kPathVqa({.name = kName,
                                 .help = "PathVQA: questions on pathology images of textbooks",
                                 .reference = "He et al. 2020, https://arxiv.org/abs/2003.10286",
                                 .splits = {"train", "validation", "test"},
                                 .folder = "path_vqa",
                                 .read = &Read});

}  // namespace
}  // namespace lingshu
