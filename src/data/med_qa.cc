// MedQA, USMLE with four options (Jin et al. 2021, https://arxiv.org/abs/2009.13081), in the files of MIRAGE:
//   mirage/medqa/data_clean/questions/US/4_options/phrases_no_exclude_{train,dev,test}.jsonl
//       {"question": "…", "options": {"A": "…", "B": "…", "C": "…", "D": "…"}, "answer_idx": "B", "meta_info": "step1", …}
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "data/reading.h"

namespace lingshu {
namespace {

constexpr const char* kName = "med_qa";

Sample MakeSample(const Json& row, const std::string& id, const std::string& split) {
  Sample sample;
  sample.id = id;
  sample.source = kName;
  sample.split = split;
  sample.kind = SampleKind::kTextQa;
  sample.answer_type = AnswerType::kMultipleChoice;
  sample.group = id;
  sample.question = TrimAscii(StringAt(row, "question", id));
  const Json& options = At(row, "options", id);
  for (int64_t i = 0; i < static_cast<int64_t>(options.size()) && i < 26; ++i) sample.options.push_back(StringAt(options, OptionLetter(i), id));
  sample.answer = StringAt(row, "answer_idx", id);
  if (!options.contains(sample.answer)) throw Error(ErrorCode::kCorrupt, fmt::format("{}: the answer is none of the options.", id));
  sample.meta = {{"step", StringOr(row, "meta_info", "")}};
  return sample;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource(kName, options) / "medqa/data_clean/questions/US/4_options";
  const std::string file_split = options.split == "validation" ? "dev" : options.split;
  const std::vector<std::string> lines = ReadLines(folder / fmt::format("phrases_no_exclude_{}.jsonl", file_split));
  const auto id_of = [&](int64_t i) { return fmt::format("{}:{}:{:05}", kName, options.split, i); };
  EmitRows({.total = static_cast<int64_t>(lines.size()),
            .row_id = id_of,
            .make = [&](int64_t i) { return MakeSample(ParseJson(lines[static_cast<size_t>(i)], id_of(i)), id_of(i), options.split); }},
           options, sink, skip);
}

const Register<Source> kMedQa({.name = kName,
                               .help = "MedQA: questions of the US medical licensing examination, four options",
                               .reference = "Jin et al. 2021, https://arxiv.org/abs/2009.13081",
                               .splits = {"train", "validation", "test"},
                               .folder = "mirage",
                               .read = &Read});

}  // namespace
}  // namespace lingshu
