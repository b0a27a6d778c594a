// SLAKE (Liu et al. 2021, https://arxiv.org/abs/2102.09542), bilingual questions on CT, MRI and X-ray:
//   slake/{train,validate,test}.json   [{"img_name": "xmlab1/source.jpg", "question": "…", "answer": "…", "q_lang":
//   "en",
//       "location": "Abdomen", "modality": "MRI", "answer_type": "OPEN", "content_type": "Modality", "qid": 0, …}]
//   slake/imgs/xmlab1/source.jpg, or slake/imgs.zip
// The hub's copy (BoKelvin/SLAKE) calls the middle file validation.json.
#include <fmt/format.h>

#include "base/strings.h"
#include "data/reading.h"
#include "data/table.h"

namespace lingshu {
namespace {

constexpr const char* kName = "slake";

Sample MakeSample(const Json& row, const std::string& id, const std::string& split, const std::filesystem::path& folder) {
  Sample sample;
  sample.id = id;
  sample.source = kName;
  sample.split = split;
  sample.language = StringAt(row, "q_lang", id);
  const std::string image = StringAt(row, "img_name", id), modality = StringOr(row, "modality", "");
  sample.modality = modality == "X-Ray" ? "X-ray" : modality;
  sample.images = {FindImage(folder, {"imgs", "imgs.zip"}, image)};
  sample.group = std::filesystem::path(image).parent_path().string();
  sample.question = TrimAscii(StringAt(row, "question", id));
  sample.answer = TrimAscii(StringAt(row, "answer", id));
  const std::string answer_type = StringAt(row, "answer_type", id);
  sample.answer_type = answer_type == "CLOSED" ? AnswerType::kClosed : AnswerType::kOpen;
  if (const std::string word = YesOrNo(sample.answer); answer_type == "CLOSED" && !word.empty()) {
    sample.answer_type = AnswerType::kYesNo;
    sample.answer = word;
  }
  sample.meta = {{"organ", StringOr(row, "location", "")},
                 {"question_type", StringOr(row, "content_type", "")},
                 {"answer_type", answer_type},
                 // Not "yes_no": 151 closed Chinese questions have answers such as "包含", which 是 or 否 would not match.
                 {"prompt_kind", answer_type == "CLOSED" ? "closed" : "open"}};
  return sample;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const std::filesystem::path folder = OpenSource(kName, options);
  EmitTable({.files = FindTables(folder, {options.split + ".json", options.split == "validation" ? "validate.json" : options.split + ".jsonl"}),
             .id_prefix = fmt::format("{}:{}:", kName, options.split),
             .make = [&](const PlacedRow& row, const std::string& id) { return MakeSample(row.cells, id, options.split, folder); }},
            options, sink, skip);
}

const Register<Source> kSlake({.name = kName,
                               .help = "SLAKE: English and Chinese questions on CT, MRI and X-ray",
                               .reference = "Liu et al. 2021, https://arxiv.org/abs/2102.09542",
                               .splits = {"train", "validation", "test"},
                               .folder = "slake",
                               .read = &Read});

}  // namespace
}  // namespace lingshu
