// CMB-Exam (Wang et al. 2023, https://arxiv.org/abs/2308.08833), 11,200 questions of Chinese medical examinations, some with
// several right answers. The test questions and their key are two files (FreedomIntelligence/CMB):
//   cmb/CMB-Exam/CMB-test/CMB-test-choice-question-merge.json
//     [{"id": 1, "exam_type": "…", "exam_class": "…", "exam_subject": "…", "question": "…", "question_type": "单项选择题",
//       "option": {"A": "…"}}]
//   cmb/CMB-Exam/CMB-test/CMB-test-choice-answer.json       [{"id": 1, "answer": "A"}]
//   cmb/CMB-Exam/CMB-val/CMB-val-merge.json                 the same with "answer"
// A question without a key is skipped: an empty gold would only match an empty reply.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "data/exam_table.h"
#include "data/reading.h"

namespace lingshu {
namespace {

constexpr const char* kName = "cmb";

std::map<std::string, std::string> ReadKey(const std::filesystem::path& folder) {
  std::map<std::string, std::string> key;
  for (const auto& file : FindTablesOrNone(folder, {"CMB-Exam/CMB-test/CMB-test-choice-answer.json", "CMB-test-choice-answer.json"}))
    TableFormatOf(file).read(file, nullptr, [&](TableRow row) {
      const std::string where = fmt::format("{}, row {}", file.string(), row.row);
      key[TextCell(row.cells, "id", where)] = TextCell(row.cells, "answer", where);
      return true;
    });
  return key;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const std::filesystem::path folder = OpenSource(kName, options);
  const bool is_test = options.split == "test";
  const std::string place = is_test ? "CMB-test/CMB-test-choice-question-merge.json"
                            : options.split == "validation" ? "CMB-val/CMB-val-merge.json" : "CMB-train/CMB-train-merge.json";
  const std::map<std::string, std::string> key = is_test ? ReadKey(folder) : std::map<std::string, std::string>();
  const auto question = [&](const PlacedRow& row, const std::string& id) {
    const Json& cells = row.cells;
    std::string answer = TextCellOr(cells, "answer", id);
    if (answer.empty())
      if (const auto it = key.find(TextCellOr(cells, "id", id)); it != key.end()) answer = it->second;
    if (answer.empty()) throw Error(ErrorCode::kNotFound, id + ": no gold answer; CMB-test-choice-answer.json has it.");
    std::erase_if(answer, [](char c) { return c == ',' || c == ' '; });
    std::sort(answer.begin(), answer.end());
    return ExamQuestion{.question = TextCell(cells, "question", id),
                        .options = OptionsOf(At(cells, "option", id), id),
                        .answer = answer,
                        .language = "zh",
                        .reasoning = TextCellOr(cells, "explanation", id),
                        .meta = {{"exam_type", TextCellOr(cells, "exam_type", id)},
                                 {"subject", TextCellOr(cells, "exam_subject", id)},
                                 {"question_type", TextCellOr(cells, "question_type", id)}}};
  };
  EmitExams({.source = kName, .files = FindTables(folder, {"CMB-Exam/" + place, place, options.split + ".json"}), .read = question}, options, sink, skip);
}

const Register<Source> kCmb({.name = kName,
                             .help = "CMB-Exam: questions of Chinese medical examinations of six professions",
                             .reference = "Wang et al. 2023, https://arxiv.org/abs/2308.08833",
                             .splits = {"train", "validation", "test"},
                             .folder = "cmb",
                             .read = &Read});

}  // namespace
}  // namespace lingshu
