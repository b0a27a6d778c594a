// SLAKE (Liu et al. 2021, https://arxiv.org/abs/2102.09542), bilingual questions on CT, MRI and X-ray:
//   slake/{train,validate,test}.json   [{"img_name": "xmlab1/source.jpg", "question": "…", "answer": "…", "q_lang": "en",
//       "location": "Abdomen", "modality": "MRI", "answer_type": "OPEN", "content_type": "Modality", "qid": 0, …}]
//   slake/imgs/xmlab1/source.jpg
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "data/reading.h"

namespace lingshu {
namespace {

constexpr const char* kName = "slake";

Sample MakeSample(const Json& row, const std::string& id, const std::string& split, const fs::path& folder) {
  Sample sample;
  sample.id = id;
  sample.source = kName;
  sample.split = split;
  sample.language = StringAt(row, "q_lang", id);
  const std::string image = StringAt(row, "img_name", id), modality = StringOr(row, "modality", "");
  sample.modality = modality == "X-Ray" ? "X-ray" : modality;
  sample.images = {{PathWithin(folder / "imgs", image).string(), ""}};
  sample.group = fs::path(image).parent_path().string();
  sample.question = TrimAscii(StringAt(row, "question", id));
  sample.answer = TrimAscii(StringAt(row, "answer", id));
  const std::string answer_type = StringAt(row, "answer_type", id);
  sample.answer_type = answer_type == "CLOSED" ? AnswerType::kClosed : AnswerType::kOpen;
  if (const std::string word = YesOrNo(sample.answer); answer_type == "CLOSED" && !word.empty()) {
    sample.answer_type = AnswerType::kYesNo;
    sample.answer = word;
  }
  sample.meta = {{"organ", StringOr(row, "location", "")}, {"question_type", StringOr(row, "content_type", "")}, {"answer_type", answer_type}};
  return sample;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource(kName, options), path = folder / (options.split == "validation" ? "validate.json" : options.split + ".json");
  const Json rows = ParseJson(ReadFile(path, uint64_t{1} << 28), path.string());
  if (!rows.is_array()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected a list, found {}.", path.string(), rows.type_name()));
  const auto id_of = [&](int64_t i) { return fmt::format("{}:{}:{:05}", kName, options.split, i); };
  EmitRows({.total = static_cast<int64_t>(rows.size()),
            .row_id = id_of,
            .make = [&](int64_t i) { return MakeSample(rows[static_cast<size_t>(i)], id_of(i), options.split, folder); }},
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
