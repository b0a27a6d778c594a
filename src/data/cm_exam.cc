// CMExam (Liu et al. 2023, https://arxiv.org/abs/2306.03030), the Chinese licensing examination with explanations; its validation
// part of 6,811, of which 211 have several right answers and are skipped:
//   cmexam_mmedbench/cmexam_val.jsonl   {"Question": "…", "Options": "A 原发病\\nB 出血部位…", "Answer": "C", "Explanation": "…"}
// The options are one text; their lines end in a backslash and an n.
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "data/exam.h"
#include "data/reading.h"

namespace lingshu {
namespace {

constexpr const char* kName = "cm_exam";

Sample MakeSample(const std::string& line, int64_t row) {
  const std::string key = fmt::format("{:05}", row), where = fmt::format("{}:validation:{}", kName, key);
  const Json json = ParseJson(line, where);
  ExamQuestion exam{.question = StringAt(json, "Question", where), .answer = StringAt(json, "Answer", where), .language = "zh",
                    .reasoning = StringOr(json, "Explanation", "")};
  if (exam.answer.size() > 1) throw Error(ErrorCode::kUnsupported, where + ": a question with several right answers.");
  for (const std::string& option : SplitString(ReplaceAll(StringAt(json, "Options", where), "\\n", "\n"), '\n')) {
    if (!option.starts_with(OptionLetter(static_cast<int64_t>(exam.options.size() % 26))))
      throw Error(ErrorCode::kCorrupt, where + ": an option does not begin with its letter.");
    exam.options.push_back(option.substr(1));
  }
  return ExamSample(kName, "validation", key, std::move(exam));
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const std::vector<std::string> lines = ReadLines(OpenSource(kName, options) / "cmexam_val.jsonl");
  EmitRows({.total = static_cast<int64_t>(lines.size()),
            .row_id = [&](int64_t i) { return fmt::format("{}:validation:{:05}", kName, i); },
            .make = [&](int64_t i) { return MakeSample(lines[static_cast<size_t>(i)], i); }},
           options, sink, skip);
}

const Register<Source> kCmExam({.name = kName,
                                .help = "CMExam: the Chinese medical licensing examination, explained",
                                .reference = "Liu et al. 2023, https://arxiv.org/abs/2306.03030",
                                .splits = {"validation"},
                                .folder = "cmexam_mmedbench",
                                .read = &Read});

}  // namespace
}  // namespace lingshu
