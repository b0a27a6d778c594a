// The medical subjects of MMLU (Hendrycks et al. 2021, https://arxiv.org/abs/2009.03300) and CMMLU (Li et al. 2023,
// https://arxiv.org/abs/2306.09212), one file a subject:
//   mirage/mmlu/data/test/anatomy_test.csv   question,A,B,C,D,answer         no header; six subjects, 1,089 questions
//   mmlu/test/anatomy_test.csv               the same of the authors; with MIRAGE's six, the nine subjects of MedEvalKit
//   mmlu/anatomy/test-*.parquet              question, choices ["…"], answer (from 0): cais/mmlu
//   cmmlu/{test,dev}/anatomy.csv             ,Question,A,B,C,D,Answer        a header; the seven subjects of MedEvalKit
// professional_medicine has 282 questions in an old revision of the authors' files and 272 since; MIRAGE has the new one.
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "data/exam.h"
#include "data/table.h"
#include "data/reading.h"

namespace lingshu {
namespace {

struct SubjectRow {
  std::string subject;
  size_t number = 0;
  std::vector<std::string> cells;  // question, A, B, C, D, answer
};

std::string KeyOf(const SubjectRow& row) { return fmt::format("{}-{:04}", row.subject, row.number); }

void EmitSubjects(const std::string& source, const std::string& language, const std::vector<SubjectRow>& rows,
                  const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  EmitRows({.total = static_cast<int64_t>(rows.size()),
            .row_id =
                [&](int64_t i) {
                  return fmt::format("{}:{}:{}", source, options.split, KeyOf(rows[static_cast<size_t>(i)]));
                },
            .make =
                [&](int64_t i) {
                  const SubjectRow& row = rows[static_cast<size_t>(i)];
                  if (row.cells.size() != 6)
                    throw Error(ErrorCode::kCorrupt,
                                fmt::format("{}: expected 6 cells, found {}.", KeyOf(row), row.cells.size()));
                  return ExamSample(source, options.split, KeyOf(row),
                                    {.question = row.cells[0],
                                     .options = {row.cells.begin() + 1, row.cells.begin() + 5},
                                     .answer = row.cells[5],
                                     .language = language,
                                     .meta = {{"subject", row.subject}}});
                }},
           options, sink, skip);
}

// A headless CSV file of one subject.
void AddCsv(const fs::path& path, const std::string& subject, std::vector<SubjectRow>& rows) {
  Csv csv = ReadCsv(path);
  rows.push_back({subject, 0, std::move(csv.header)});  // these files have none
  for (std::vector<std::string>& cells : csv.rows) rows.push_back({subject, rows.back().number + 1, std::move(cells)});
}

void AddParquet(const fs::path& path, const std::string& subject, std::vector<SubjectRow>& rows) {
  TableFormatOf(path).read(path, nullptr, [&](TableRow row) {
    const std::string where = fmt::format("{}, row {}", path.string(), row.row);
    SubjectRow out{.subject = subject, .number = static_cast<size_t>(row.row)};
    out.cells = OptionsOf(At(row.cells, "choices", where), where);
    out.cells.insert(out.cells.begin(), StringAt(row.cells, "question", where));
    const int64_t answer = IntAt(row.cells, "answer", where);
    out.cells.push_back(answer >= 0 && answer < 26 ? OptionLetter(answer) : "");
    rows.push_back(std::move(out));
    return true;
  });
}

void ReadMirage(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource("mmlu_med6", options) / "mmlu/data/test";
  std::vector<SubjectRow> rows;
  for (const char* subject : {"anatomy", "clinical_knowledge", "college_biology", "college_medicine",
                              "medical_genetics", "professional_medicine"})
    AddCsv(folder / fmt::format("{}_test.csv", subject), subject, rows);
  EmitSubjects("mmlu_med6", "en", rows, options, sink, skip);
}

void ReadMmlu(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource("mmlu_med", options);
  std::vector<SubjectRow> rows;
  for (const std::string subject : {"anatomy", "clinical_knowledge", "college_biology", "college_medicine", "high_school_biology",
                                    "medical_genetics", "nutrition", "professional_medicine", "virology"}) {
    const bool is_validation = options.split == "validation";
    const std::vector<std::string> patterns =
        is_validation ? std::vector<std::string>{subject + "/validation-*.parquet", "val/" + subject + "_val.csv"}
                      : std::vector<std::string>{subject + "/test-*.parquet", "../mirage/mmlu/data/test/" + subject + "_test.csv", "test/" + subject + "_test.csv"};
    for (const fs::path& file : FindTables(folder, patterns))
      file.extension() == ".parquet" ? AddParquet(file, subject, rows) : AddCsv(file, subject, rows);
  }
  EmitSubjects("mmlu_med", "en", rows, options, sink, skip);
}

void ReadCmmlu(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource("cmmlu_med", options) / (options.split == "validation" ? "dev" : "test");
  std::vector<SubjectRow> rows;
  for (const char* subject : {"anatomy", "clinical_knowledge", "college_medicine", "genetics", "nutrition",
                              "traditional_chinese_medicine", "virology"}) {
    const fs::path file = folder / fmt::format("{}.csv", subject);
    if (!IsFile(file)) throw Error(ErrorCode::kNotFound, fmt::format("cannot open {}: no such file.", file.string()));
    const Csv csv = ReadCsv(file);
    for (size_t i = 0; i < csv.rows.size(); ++i)
      rows.push_back(
          {subject, i,
           csv.rows[i].empty() ? csv.rows[i] : std::vector<std::string>(csv.rows[i].begin() + 1, csv.rows[i].end())});
  }
  EmitSubjects("cmmlu_med", "zh", rows, options, sink, skip);
}

const Register<Source> kMmluMed({.name = "mmlu_med",
                                 .help = "MMLU: the nine medical and biological subjects of MedEvalKit",
                                 .reference = "Hendrycks et al. 2021, https://arxiv.org/abs/2009.03300",
                                 .splits = {"validation", "test"},
                                 .folder = "mmlu",
                                 .read = &ReadMmlu});

const Register<Source> kMmluMed6({.name = "mmlu_med6",
                                  .help = "MMLU: the six medical subjects of MIRAGE",
                                  .reference = "Xiong et al. 2024, https://arxiv.org/abs/2402.13178",
                                  .splits = {"test"},
                                  .folder = "mirage",
                                  .read = &ReadMirage});

const Register<Source> kCmmluMed({.name = "cmmlu_med",
                                  .help = "CMMLU: its seven medical subjects, in Chinese",
                                  .reference = "Li et al. 2023, https://arxiv.org/abs/2306.09212",
                                  .splits = {"validation", "test"},
                                  .folder = "cmmlu",
                                  .read = &ReadCmmlu});

}  // namespace
}  // namespace lingshu
