// VQA-RAD: 315 radiology images with questions by clinicians (Lau et al. 2018, https://doi.org/10.1038/sdata.2018.251),
// in the widely used split of 3,064 training and 451 test questions:
//   vqa_rad/trainset.json, testset.json   [{"qid": 1, "image_name": "synpic54610.jpg", "image_organ": "HEAD",
//       "answer": "Yes", "answer_type": "CLOSED", "question_type": "PRES", "question": "…", "phrase_type": "freeform"}]
//   vqa_rad/images/synpic54610.jpg
// The hub's copy (flaviagiammarino/vqa-rad) has image, question and answer alone:
//   vqa_rad/data/test-*.parquet
// The split is by question: every test image also has training questions, which meta["image_in_train"] states.
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "data/question_form.h"
#include "data/reading.h"
#include "data/table.h"

namespace lingshu {
namespace {

constexpr const char* kName = "vqa_rad";

Json ReadRows(const fs::path& folder, const std::string& split) {
  const fs::path path = folder / (split + "set.json");
  Json rows = ParseJson(ReadFile(path, uint64_t{1} << 28), path.string());
  if (!rows.is_array())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected a list, found {}.", path.string(), rows.type_name()));
  return rows;
}

// What both copies have; the answer's form is the scorer's business, the prompt's is told from the question.
void SetAnswer(Sample& sample, const std::string& answer, const std::string& published_type) {
  sample.answer = answer;
  sample.answer_type = published_type == "CLOSED" ? AnswerType::kClosed : AnswerType::kOpen;
  if (const std::string word = YesOrNo(answer); !word.empty()) {
    sample.answer_type = AnswerType::kYesNo;
    sample.answer = word;
    sample.meta["answer_as_published"] = answer;
  }
  SetPromptKind(sample, published_type);
}

std::set<std::string> TrainImages(const fs::path& folder) {
  std::set<std::string> names;
  for (const Json& row : ReadRows(folder, "train")) names.insert(StringOr(row, "image_name", ""));
  return names;
}

// §Methods of the paper: axial head CT or MRI, chest X-ray, axial abdominal CT.
std::string ModalityOf(const std::string& organ) { return organ == "CHEST" ? "X-ray" : organ == "ABD" ? "CT" : ""; }

// Ten answers are numbers in the file.
std::string AnswerOf(const Json& row, const std::string& where) {
  const Json& answer = At(row, "answer", where);
  return answer.is_number() ? answer.dump() : std::string(TrimAscii(StringAt(row, "answer", where)));
}

Sample MakeSample(const Json& row, const std::string& id, const std::string& split, const fs::path& folder) {
  Sample sample;
  sample.id = id;
  sample.source = kName;
  sample.split = split;
  const std::string image = StringAt(row, "image_name", id);
  sample.images = {{PathWithin(folder / "images", image).string(), ""}};
  sample.group = fs::path(image).stem().string();
  sample.question = TrimAscii(StringAt(row, "question", id));
  const std::string answer_type(TrimAscii(StringAt(row, "answer_type", id)));  // two rows say "CLOSED "
  sample.meta = {{"organ", StringAt(row, "image_organ", id)},
                 {"question_type", std::string(TrimAscii(StringAt(row, "question_type", id)))},
                 {"answer_type", answer_type},
                 {"phrase_type", StringOr(row, "phrase_type", "")}};
  SetAnswer(sample, AnswerOf(row, id), answer_type);
  sample.modality = ModalityOf(sample.meta["organ"]);
  return sample;
}

Sample MakeHubSample(const PlacedRow& row, const std::string& id, const std::string& split, const fs::path& folder) {
  Sample sample{.id = id, .source = kName, .split = split};
  sample.images = {ImageCell(row, "image")};
  if (sample.images[0].path.empty()) sample.images = {FindImage(folder, {"images"}, TextCell(row.cells, "image", id))};
  sample.group = GroupOf(sample.images[0]);
  sample.question = TextCell(row.cells, "question", id);
  SetAnswer(sample, TextCell(row.cells, "answer", id), "");
  return sample;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource(kName, options);
  if (std::vector<fs::path> files = FindTablesOrNone(folder, {fmt::format("data/{}-*.parquet", options.split), options.split + ".jsonl"}); !files.empty())
    return EmitTable({.files = std::move(files),
                      .id_prefix = fmt::format("{}:{}:", kName, options.split),
                      .make = [&](const PlacedRow& row, const std::string& id) { return MakeHubSample(row, id, options.split, folder); }},
                     options, sink, skip);
  const Json rows = ReadRows(folder, options.split);
  const bool is_test = options.split == "test";
  const std::set<std::string> train_images = is_test ? TrainImages(folder) : std::set<std::string>();
  const auto id_of = [&](int64_t i) {
    const auto it = rows[static_cast<size_t>(i)].find("qid");
    return fmt::format("{}:{}:{:0>5}", kName, options.split,
                       it != rows[static_cast<size_t>(i)].end() ? it->dump() : fmt::format("row{}", i));
  };
  EmitRows({.total = static_cast<int64_t>(rows.size()),
            .row_id = id_of,
            .make =
                [&](int64_t i) {
                  const Json& row = rows[static_cast<size_t>(i)];
                  Sample sample = MakeSample(row, id_of(i), options.split, folder);
                  if (is_test)
                    sample.meta["image_in_train"] =
                        train_images.contains(StringAt(row, "image_name", sample.id)) ? "yes" : "no";
                  return sample;
                }},
           options, sink, skip);
}

const Register<Source> kVqaRad({.name = kName,
                                .help = "VQA-RAD: clinicians' questions on head, chest and abdomen images",
                                .reference = "Lau et al. 2018, https://osf.io/89kps",
                                .splits = {"train", "test"},
                                .folder = "vqa_rad",
                                .read = &Read});

}  // namespace
}  // namespace lingshu
