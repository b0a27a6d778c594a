// MedMCQA (Pal et al. 2022, https://arxiv.org/abs/2203.14371), Indian entrance examinations, four options; its validation part of
// 4,183 is what everybody measures on. One JSON row a line:
//   mirage/medmcqa/data/dev.json   {"question": "…", "opa": "…", …, "opd": "…", "cop": 1, "exp": "…", "subject_name": "…", "id": "…"}
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "data/exam.h"
#include "data/reading.h"

namespace lingshu {
namespace {

constexpr const char* kName = "med_mcqa";

Sample MakeSample(const std::string& line, const std::string& split, int64_t row) {
  const std::string key = fmt::format("{:05}", row), where = fmt::format("{}:{}:{}", kName, split, key);
  const Json json = ParseJson(line, where);
  const int64_t answer = IntAt(json, "cop", where);  // 1 to 4
  if (answer < 1 || answer > 4) throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"cop\" should be 1 to 4, found {}.", where, answer));
  ExamQuestion exam{.question = StringAt(json, "question", where), .answer = OptionLetter(answer - 1), .reasoning = StringOr(json, "exp", ""),
                    .meta = {{"subject", StringOr(json, "subject_name", "")}}};
  for (const char* option : {"opa", "opb", "opc", "opd"}) exam.options.push_back(StringAt(json, option, where));
  return ExamSample(kName, split, key, std::move(exam));
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource(kName, options) / "medmcqa/data";
  const std::vector<std::string> lines = ReadLines(folder / (options.split == "validation" ? "dev.json" : options.split + ".json"));
  EmitRows({.total = static_cast<int64_t>(lines.size()),
            .row_id = [&](int64_t i) { return fmt::format("{}:{}:{:05}", kName, options.split, i); },
            .make = [&](int64_t i) { return MakeSample(lines[static_cast<size_t>(i)], options.split, i); }},
           options, sink, skip);
}

const Register<Source> kMedMcqa({.name = kName,
                                 .help = "MedMCQA: questions of Indian medical entrance examinations",
                                 .reference = "Pal et al. 2022, https://arxiv.org/abs/2203.14371",
                                 .splits = {"train", "validation"},
                                 .folder = "mirage",
                                 .read = &Read});

}  // namespace
}  // namespace lingshu
