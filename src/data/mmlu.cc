// The medical subjects of MMLU (Hendrycks et al. 2021, https://arxiv.org/abs/2009.03300) and CMMLU (Li et al. 2023,
// https://arxiv.org/abs/2306.09212), one CSV file a subject:
//   mirage/mmlu/data/test/anatomy_test.csv   question,A,B,C,D,answer         no header; six subjects, 1,089 questions
//   cmmlu/{test,dev}/anatomy.csv             ,Question,A,B,C,D,Answer        a header; the seven subjects of MedEvalKit
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "data/exam.h"
#include "data/reading.h"

namespace lingshu {
namespace {

struct SubjectRow {
  std::string subject;
  size_t number = 0;
  std::vector<std::string> cells;  // question, A, B, C, D, answer
};

std::string KeyOf(const SubjectRow& row) { return fmt::format("{}-{:04}", row.subject, row.number); }

void EmitSubjects(const std::string& source, const std::string& language, const std::vector<SubjectRow>& rows, const SourceOptions& options,
                  const SampleSink& sink, const SkipSink& skip) {
  EmitRows({.total = static_cast<int64_t>(rows.size()),
            .row_id = [&](int64_t i) { return fmt::format("{}:{}:{}", source, options.split, KeyOf(rows[static_cast<size_t>(i)])); },
            .make =
                [&](int64_t i) {
                  const SubjectRow& row = rows[static_cast<size_t>(i)];
                  if (row.cells.size() != 6) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected 6 cells, found {}.", KeyOf(row), row.cells.size()));
                  return ExamSample(source, options.split, KeyOf(row),
                                    {.question = row.cells[0], .options = {row.cells.begin() + 1, row.cells.begin() + 5}, .answer = row.cells[5],
                                     .language = language, .meta = {{"subject", row.subject}}});
                }},
           options, sink, skip);
}

void ReadMmlu(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource("mmlu_med", options) / "mmlu/data/test";
  std::vector<SubjectRow> rows;
  for (const char* subject : {"anatomy", "clinical_knowledge", "college_biology", "college_medicine", "medical_genetics", "professional_medicine"}) {
    Csv csv = ReadCsv(folder / fmt::format("{}_test.csv", subject));
    rows.push_back({subject, 0, std::move(csv.header)});  // these files have none
    for (std::vector<std::string>& cells : csv.rows) rows.push_back({subject, rows.back().number + 1, std::move(cells)});
  }
  EmitSubjects("mmlu_med", "en", rows, options, sink, skip);
}

void ReadCmmlu(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource("cmmlu_med", options) / (options.split == "validation" ? "dev" : "test");
  std::vector<SubjectRow> rows;
  for (const char* subject : {"anatomy", "clinical_knowledge", "college_medicine", "genetics", "nutrition", "traditional_chinese_medicine", "virology"}) {
    const Csv csv = ReadCsv(folder / fmt::format("{}.csv", subject));
    for (size_t i = 0; i < csv.rows.size(); ++i)
      rows.push_back({subject, i, csv.rows[i].empty() ? csv.rows[i] : std::vector<std::string>(csv.rows[i].begin() + 1, csv.rows[i].end())});
  }
  EmitSubjects("cmmlu_med", "zh", rows, options, sink, skip);
}

const Register<Source> kMmluMed({.name = "mmlu_med",
                                 .help = "MMLU: its six medical subjects",
                                 .reference = "Hendrycks et al. 2021, https://arxiv.org/abs/2009.03300",
                                 .splits = {"test"},
                                 .folder = "mirage",
                                 .read = &ReadMmlu});

const Register<Source> kCmmluMed({.name = "cmmlu_med",
                                  .help = "CMMLU: its seven medical subjects, in Chinese",
                                  .reference = "Li et al. 2023, https://arxiv.org/abs/2306.09212",
                                  .splits = {"validation", "test"},
                                  .folder = "cmmlu",
                                  .read = &ReadCmmlu});

}  // namespace
}  // namespace lingshu
