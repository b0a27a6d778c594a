// MedQA (Jin et al. 2021, https://arxiv.org/abs/2009.13081), questions of licensing examinations with four options:
//   med_qa, the US examination, in the files of MIRAGE
//     mirage/medqa/data_clean/questions/US/4_options/phrases_no_exclude_{train,dev,test}.jsonl
//   mcmle, the Chinese one, in the part that MMedBench translated and explained
//     cmexam_mmedbench/mmedbench-02-chinese-tiny.jsonl
// Rows: {"question": "…", "options": {"A": "…", "B": "…", "C": "…", "D": "…"}, "answer_idx": "B", "meta_info": "step1",
//        "rationale": "…" (MMedBench alone)}
#include <fmt/format.h>

#include "base/files.h"
#include "data/exam.h"
#include "data/reading.h"

namespace lingshu {
namespace {

Sample MakeSample(const std::string& line, const char* source, const std::string& split, const std::string& language, int64_t row) {
  const std::string key = fmt::format("{:05}", row), where = fmt::format("{}:{}:{}", source, split, key);
  const Json json = ParseJson(line, where);
  ExamQuestion exam{.question = StringAt(json, "question", where), .answer = StringAt(json, "answer_idx", where), .language = language,
                    .reasoning = StringOr(json, "rationale", ""), .meta = {{"part", StringOr(json, "meta_info", "")}}};
  const Json& options = At(json, "options", where);
  for (size_t i = 0; i < options.size() && i < 26; ++i) exam.options.push_back(StringAt(options, OptionLetter(static_cast<int64_t>(i)), where));
  return ExamSample(source, split, key, std::move(exam));
}

void ReadFileRows(const fs::path& path, const char* source, const std::string& language, const SourceOptions& options, const SampleSink& sink,
                  const SkipSink& skip) {
  const std::vector<std::string> lines = ReadLines(path);
  EmitRows({.total = static_cast<int64_t>(lines.size()),
            .row_id = [&](int64_t i) { return fmt::format("{}:{}:{:05}", source, options.split, i); },
            .make = [&](int64_t i) { return MakeSample(lines[static_cast<size_t>(i)], source, options.split, language, i); }},
           options, sink, skip);
}

void ReadMedQa(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource("med_qa", options) / "medqa/data_clean/questions/US/4_options";
  const std::string file_split = options.split == "validation" ? "dev" : options.split;
  ReadFileRows(folder / fmt::format("phrases_no_exclude_{}.jsonl", file_split), "med_qa", "en", options, sink, skip);
}

void ReadMcmle(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  ReadFileRows(OpenSource("mcmle", options) / "mmedbench-02-chinese-tiny.jsonl", "mcmle", "zh", options, sink, skip);
}

const Register<Source> kMedQa({.name = "med_qa",
                               .help = "MedQA: questions of the US medical licensing examination, four options",
                               .reference = "Jin et al. 2021, https://arxiv.org/abs/2009.13081",
                               .splits = {"train", "validation", "test"},
                               .folder = "mirage",
                               .read = &ReadMedQa});

const Register<Source> kMcmle({.name = "mcmle",
                               .help = "MedQA-MCMLE: questions of the Chinese medical licensing examination, explained by MMedBench",
                               .reference = "Jin et al. 2021; Qiu et al. 2024, https://arxiv.org/abs/2402.13963",
                               .splits = {"test"},
                               .folder = "cmexam_mmedbench",
                               .read = &ReadMcmle});

}  // namespace
}  // namespace lingshu
