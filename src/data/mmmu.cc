// MMMU (Yue et al. 2024, https://arxiv.org/abs/2311.16502), college questions with up to seven images; its five subjects of
// Health & Medicine, 150 questions of validation and 1,752 of test:
//   mmmu/Clinical_Medicine/validation-*.parquet    (MMMU/MMMU)
//     {"id": "validation_Clinical_Medicine_1", "question": "… <image 1> …", "options": "['…', '…']", "answer": "B",
//      "question_type": "multiple-choice", "image_1": {…}, …, "subfield": "…", "topic_difficulty": "Medium"}
//   mmmu/answer_dict_test.json                     {"test_…": {"question_type": "…", "ground_truth": "B"}} or {"test_…": "B"}
// The test answers are not published with the set; the user supplies the key, and without it the split is not there.
// MMMU-Pro (Yue et al. 2024, https://arxiv.org/abs/2409.02813) with ten options, as lines with pictures beside:
//   mmmu_med/mmmu_pro_standard10_health_medicine.jsonl, images/<id>_<n>.png
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "data/exam_table.h"
#include "data/python_list.h"
#include "data/reading.h"

namespace lingshu {
namespace {

constexpr const char* kSubjects[] = {"Basic_Medical_Science", "Clinical_Medicine", "Diagnostics_and_Laboratory_Medicine", "Pharmacy", "Public_Health"};
constexpr int kMaxImages = 7;

// "validation_Clinical_Medicine_1" is of Clinical_Medicine.
std::string SubjectOf(const std::string& id) {
  const size_t first = id.find('_'), last = id.rfind('_');
  return first < last ? id.substr(first + 1, last - first - 1) : "";
}

Json ReadKey(const fs::path& folder) {
  for (const char* name : {"answer_dict_test.json", "answer.json"})
    if (IsFile(folder / name)) return ParseJson(ReadFile(folder / name, uint64_t{1} << 28), (folder / name).string());
  throw Error(ErrorCode::kNotFound,
              fmt::format("{}: the answers of MMMU's test split are not published with it.\nHINT: put the key that you have been given beside it as "
                          "answer_dict_test.json, or measure mmmu_med, which is the validation split.",
                          folder.string()));
}

std::string GoldOf(const Json& cells, const Json* key, const std::string& name, const std::string& id) {
  if (key == nullptr) return TextCell(cells, "answer", id);
  const auto it = key->find(name);
  if (it == key->end()) throw Error(ErrorCode::kNotFound, id + ": the key has no answer for this question.");
  return it->is_object() ? TextCell(*it, "ground_truth", id) : TextCell(*key, name, id);
}

Sample MakeSample(const Json& cells, const std::string& source, const std::string& split, const std::string& name, const std::string& gold) {
  const std::string id = fmt::format("{}:{}:{}", source, split, name);
  const std::vector<std::string> options = ParsePythonList(TextCell(cells, "options", id), id);
  const std::map<std::string, std::string> meta = {{"subject", SubjectOf(name)},
                                                   {"subfield", TextCellOr(cells, "subfield", id)},
                                                   {"difficulty", TextCellOr(cells, "topic_difficulty", id)},
                                                   {"image_type", TextCellOr(cells, "img_type", id)}};
  if (!options.empty())
    return ExamSample(source, split, name, {.question = TextCell(cells, "question", id), .options = options, .answer = gold, .meta = meta});
  Sample sample{.id = id, .source = source, .split = split, .answer_type = AnswerType::kOpen, .question = TextCell(cells, "question", id), .answer = gold, .meta = meta};
  if (gold.starts_with('[')) {  // several wordings of one answer
    const std::vector<std::string> wordings = ParsePythonList(gold, id);
    sample.answer = wordings.empty() ? "" : wordings[0];
    sample.meta["answer_as_published"] = gold;
  }
  sample.meta["prompt_kind"] = "closed";
  return sample;
}

void SetImages(Sample& sample, std::vector<ImageRef> images) {
  sample.kind = SampleKind::kVqa;
  sample.group = images.empty() ? sample.id : GroupOf(images[0]);
  sample.images = std::move(images);
}

void ReadMmmu(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource("mmmu_med", options);
  std::vector<fs::path> files;
  for (const char* subject : kSubjects)
    for (const fs::path& file : FindTables(folder, {fmt::format("{}/{}-*.parquet", subject, options.split), fmt::format("{}/{}.jsonl", subject, options.split)})) files.push_back(file);
  const bool has_key = options.split == "test";
  const Json key = has_key ? ReadKey(folder) : Json();
  EmitTable({.files = std::move(files),
             .id_prefix = fmt::format("mmmu_med:{}:", options.split),
             .make =
                 [&](const PlacedRow& row, const std::string& id) {
                   const std::string name = TextCell(row.cells, "id", id);
                   Sample sample = MakeSample(row.cells, "mmmu_med", options.split, name, GoldOf(row.cells, has_key ? &key : nullptr, name, id));
                   std::vector<ImageRef> images;
                   for (int i = 1; i <= kMaxImages; ++i)
                     if (ImageRef image = ImageCell(row, fmt::format("image_{}", i)); !image.path.empty()) images.push_back(std::move(image));
                   SetImages(sample, std::move(images));
                   return sample;
                 },
             .key = [](const PlacedRow& row) { return TextCell(row.cells, "id", row.file.string()); }},
            options, sink, skip);
}

void ReadPro(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource("mmmu_pro_med", options);
  EmitTable({.files = FindTables(folder, {"mmmu_pro_standard10_health_medicine.jsonl"}),
             .id_prefix = "mmmu_pro_med:test:",
             .make =
                 [&](const PlacedRow& row, const std::string& id) {
                   const std::string name = TextCell(row.cells, "id", id);
                   Sample sample = MakeSample(row.cells, "mmmu_pro_med", "test", name, TextCell(row.cells, "answer", id));
                   const std::string text = sample.question + " " + TextCell(row.cells, "options", id);
                   std::vector<ImageRef> images;
                   for (int i = 1; i <= kMaxImages; ++i)
                     if (text.find(fmt::format("<image {}>", i)) != std::string::npos)
                       images.push_back(FindImage(folder, {"images", "images.zip"}, fmt::format("{}_{}.png", name, i)));
                   SetImages(sample, std::move(images));
                   return sample;
                 },
             .key = [](const PlacedRow& row) { return TextCell(row.cells, "id", row.file.string()); }},
            options, sink, skip);
}

const Register<Source> kMmmu({.name = "mmmu_med",
                              .help = "MMMU: its five subjects of health and medicine, up to seven images a question",
                              .reference = "Yue et al. 2024, https://arxiv.org/abs/2311.16502",
                              .splits = {"validation", "test"},
                              .folder = "mmmu",
                              .read = &ReadMmmu});

const Register<Source> kMmmuPro({.name = "mmmu_pro_med",
                                 .help = "MMMU-Pro: health and medicine with ten options",
                                 .reference = "Yue et al. 2024, https://arxiv.org/abs/2409.02813",
                                 .splits = {"test"},
                                 .folder = "mmmu_med",
                                 .read = &ReadPro});

}  // namespace
}  // namespace lingshu
