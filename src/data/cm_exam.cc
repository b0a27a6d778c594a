// CMExam (Liu et al. 2023, https://arxiv.org/abs/2306.03030), the Chinese licensing examination with explanations: 6,811
// questions in its validation part and as many in its test part, of which some hundred have several right answers.
//   cm_exam/data/test.csv, test.csv, test.json(l), data/test-*.parquet     the authors' and the hub's (fzkuji/CMExam) forms
//   cmexam_mmedbench/cmexam_val.jsonl
//     {"Question": "…", "Options": "A 原发病\\nB 出血部位…", "Answer": "C", "Explanation": "…"}
// The options are one text, whose lines may end in a backslash and an n, or a list of {"key": "A", "value": "…"}.
#include <algorithm>

#include <fmt/format.h>

#include "data/exam_table.h"
#include "data/reading.h"

namespace lingshu {
namespace {

constexpr const char* kName = "cm_exam";

ExamQuestion Question(const PlacedRow& row, const std::string& id) {
  std::string answer = TextCell(row.cells, "Answer", id);
  std::erase_if(answer, [](char c) { return c == ',' || c == ' '; });
  std::sort(answer.begin(), answer.end());
  return {.question = TextCell(row.cells, "Question", id),
          .options = OptionsOf(At(row.cells, "Options", id), id),
          .answer = answer,
          .language = "zh",
          .reasoning = TextCellOr(row.cells, "Explanation", id),
          .meta = {{"question_type", answer.size() > 1 ? "several answers" : "one answer"}}};
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const std::string split = options.split == "validation" ? "val" : options.split;
  EmitExams({.source = kName,
             .files = FindTables(OpenSource(kName, options), {fmt::format("data/{}-*.parquet", options.split), "data/" + split + ".csv", split + ".csv",
                                                              split + ".jsonl", split + ".json", "cmexam_" + split + ".jsonl"}),
             .read = &Question},
            options, sink, skip);
}

const Register<Source> kCmExam({.name = kName,
                                .help = "CMExam: the Chinese medical licensing examination, explained",
                                .reference = "Liu et al. 2023, https://arxiv.org/abs/2306.03030",
                                .splits = {"train", "validation", "test"},
                                .folder = "cm_exam",
                                .read = &Read});

}  // namespace
}  // namespace lingshu
