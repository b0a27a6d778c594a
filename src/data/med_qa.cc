// MedQA (Jin et al. 2021, https://arxiv.org/abs/2009.13081), questions of licensing examinations:
//   med_qa, the US examination with four options, in the files of MIRAGE or of the hub (GBaker/MedQA-USMLE-4-options)
//     mirage/medqa/data_clean/questions/US/4_options/phrases_no_exclude_{train,dev,test}.jsonl
//     med_qa/phrases_no_exclude_{train,test}.jsonl
//   med_qa_mcmle, the Chinese one, in the hub's 3,426 questions (shuyuej/MedQA-MCMLE-Benchmark)
//     med_qa_mcmle/*.jsonl, *.json or data/*.parquet
//   mcmle, the 685 of them that MMedBench explained
//     cmexam_mmedbench/mmedbench-02-chinese-tiny.jsonl
// Rows: {"question": "…", "options": {"A": "…", "B": "…", "C": "…", "D": "…"}, "answer_idx": "B", "meta_info": "step1",
//        "rationale": "…" (MMedBench alone)}
#include <fmt/format.h>

#include "data/exam_table.h"
#include "data/reading.h"

namespace lingshu {
namespace {

ExamTable Questions(const std::string& source, const std::string& language, std::vector<std::filesystem::path> files) {
  return {.source = source, .files = std::move(files), .read = [language](const PlacedRow& row, const std::string& id) {
            const Json& cells = row.cells;
            return ExamQuestion{.question = TextCell(cells, "question", id),
                                .options = OptionsOf(At(cells, "options", id), id),
                                .answer = TextCell(cells, "answer_idx", id),
                                .language = language,
                                .reasoning = TextCellOr(cells, "rationale", id),
                                .meta = {{"part", TextCellOr(cells, "meta_info", id)}}};
          }};
}

void ReadMedQa(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const std::string file = fmt::format("phrases_no_exclude_{}.jsonl", options.split == "validation" ? "dev" : options.split);
  EmitExams(Questions("med_qa", "en", FindTables(OpenSource("med_qa", options), {"medqa/data_clean/questions/US/4_options/" + file, file})), options, sink, skip);
}

void ReadMcmle(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  EmitExams(Questions("mcmle", "zh", FindTables(OpenSource("mcmle", options), {"mmedbench-02-chinese-tiny.jsonl"})), options, sink, skip);
}

void ReadWholeMcmle(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  EmitExams(Questions("med_qa_mcmle", "zh", FindTables(OpenSource("med_qa_mcmle", options), {"data/*.parquet", "*.jsonl", "*.json", "data/*.jsonl"})), options, sink,
            skip);
}

const Register<Source> kMedQa({.name = "med_qa",
                               .help = "MedQA: questions of the US medical licensing examination, four options",
                               .reference = "Jin et al. 2021, https://arxiv.org/abs/2009.13081",
                               .splits = {"train", "validation", "test"},
                               .folder = "med_qa",
                               .read = &ReadMedQa});

const Register<Source> kMcmle(
    {.name = "mcmle",
     .help = "MedQA-MCMLE: questions of the Chinese medical licensing examination, explained by MMedBench",
     .reference = "Jin et al. 2021; Qiu et al. 2024, https://arxiv.org/abs/2402.13963",
     .splits = {"test"},
     .folder = "cmexam_mmedbench",
     .read = &ReadMcmle});

const Register<Source> kWholeMcmle({.name = "med_qa_mcmle",
                                    .help = "MedQA-MCMLE: the test questions of the Chinese medical licensing examination",
                                    .reference = "Jin et al. 2021, https://arxiv.org/abs/2009.13081",
                                    .splits = {"test"},
                                    .folder = "med_qa_mcmle",
                                    .read = &ReadWholeMcmle});

}  // namespace
}  // namespace lingshu
