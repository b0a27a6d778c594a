// PathVQA: questions made from the captions of pathology textbooks and a digital library (He et al. 2020,
// https://arxiv.org/abs/2003.10286): 19,654 training and 6,719 test questions.
//   path_vqa/train.jsonl, validation.jsonl, test.jsonl
//       {"image": "images/train/train_0000.jpg", "question": "…", "answer": "…", "question_type": "POSITION", "answer_type": "OPEN"}
#include <fmt/format.h>

#include "base/files.h"
#include "base/strings.h"
#include "data/reading.h"

namespace lingshu {
namespace {

constexpr const char* kName = "path_vqa";

Sample MakeSample(const Json& row, const std::string& id, const std::string& split, const fs::path& folder) {
  Sample sample;
  sample.id = id;
  sample.source = kName;
  sample.split = split;
  sample.modality = "histopathology";  // most are; some are photographs of specimens, which the set does not mark
  const std::string image = StringAt(row, "image", id);
  sample.images = {{PathWithin(folder, image).string(), ""}};
  sample.group = fs::path(image).stem().string();
  sample.question = TrimAscii(StringAt(row, "question", id));
  sample.answer = TrimAscii(StringAt(row, "answer", id));
  const std::string answer_type = StringOr(row, "answer_type", "OPEN");
  sample.answer_type = answer_type == "CLOSED" ? AnswerType::kClosed : AnswerType::kOpen;
  if (const std::string word = YesOrNo(sample.answer); !word.empty()) {
    sample.answer_type = AnswerType::kYesNo;
    sample.answer = word;
  }
  sample.meta = {{"question_type", StringOr(row, "question_type", "")}, {"answer_type", answer_type}};
  return sample;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource(kName, options);
  const std::vector<std::string> lines = ReadLines(folder / (options.split + ".jsonl"));
  const auto id_of = [&](int64_t i) { return fmt::format("{}:{}:{:05}", kName, options.split, i); };
  EmitRows({.total = static_cast<int64_t>(lines.size()),
            .row_id = id_of,
            .make = [&](int64_t i) { return MakeSample(ParseJson(lines[static_cast<size_t>(i)], id_of(i)), id_of(i), options.split, folder); }},
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
