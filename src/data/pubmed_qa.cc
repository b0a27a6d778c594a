// PubMedQA, the 1,000 labelled questions (Jin et al. 2019, https://arxiv.org/abs/1909.06146) with the official test
// split:
//   pubmedqa/ori_pqal.json            {"21645374": {"QUESTION": "…", "CONTEXTS": ["…"], "final_decision": "yes", …}}
//   pubmedqa/test_ground_truth.json   {"12377809": "yes", …}: the 500 test ids; the other 500 are "train"
// or as the hub has it (openlifescienceai/pubmedqa), 500 test rows:
//   pubmed_qa/data/test-*.parquet     {"id": "…", "data": {"Question": "…", "Context": ["…"], "Options": {"A": "yes", …},
//                                     "Correct Option": "A"}}
// Asked, as in MedEvalKit, with the abstract before the question and the options yes, no, maybe.
#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "data/exam_table.h"
#include "data/reading.h"

namespace lingshu {
namespace {

constexpr const char* kName = "pubmed_qa";

std::string JoinContexts(const Json& list, const std::string& id) {
  std::vector<std::string> contexts;
  for (const Json& context : list) {
    if (!context.is_string())
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: a context is {}, not a string.", id, context.type_name()));
    contexts.push_back(context.get<std::string>());
  }
  return JoinStrings(contexts, "\n");
}

Sample MakeSample(const Json& row, const std::string& id, const std::string& split) {
  Sample sample;
  sample.id = id;
  sample.source = kName;
  sample.split = split;
  sample.kind = SampleKind::kTextQa;
  sample.answer_type = AnswerType::kMultipleChoice;
  sample.group = id;
  sample.question = TrimAscii(StringAt(row, "QUESTION", id));
  sample.context = JoinContexts(At(row, "CONTEXTS", id), id);
  sample.options = {"yes", "no", "maybe"};
  const std::string decision = StringAt(row, "final_decision", id);
  for (int64_t i = 0; i < 3; ++i)
    if (sample.options[static_cast<size_t>(i)] == decision) sample.answer = OptionLetter(i);
  if (sample.answer.empty())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: final_decision is neither yes, no nor maybe.", id));
  sample.meta = {{"year", StringOr(row, "YEAR", "")}};
  return sample;
}

ExamQuestion HubQuestion(const PlacedRow& row, const std::string& id) {
  const Json& data = At(row.cells, "data", id);
  return {.question = TextCell(data, "Question", id),
          .options = OptionsOf(At(data, "Options", id), id),
          .answer = TextCell(data, "Correct Option", id),
          .context = JoinContexts(At(data, "Context", id), id)};
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource(kName, options);
  if (std::vector<fs::path> files = FindTablesOrNone(folder, {fmt::format("data/{}-*.parquet", options.split), options.split + ".jsonl"}); !files.empty())
    return EmitExams({.source = kName, .files = std::move(files), .read = &HubQuestion}, options, sink, skip);
  const auto parse = [&](const char* name) {
    return ParseJson(ReadFile(folder / name, uint64_t{1} << 28), (folder / name).string());
  };
  const Json rows = parse("ori_pqal.json");
  const Json test_ids = parse("test_ground_truth.json");
  std::vector<std::string> ids;
  for (const auto& [id, unused] : rows.items())
    if (test_ids.contains(id) == (options.split == "test")) ids.push_back(id);
  const auto id_of = [&](int64_t i) {
    return fmt::format("{}:{}:{}", kName, options.split, ids[static_cast<size_t>(i)]);
  };
  EmitRows({.total = static_cast<int64_t>(ids.size()),
            .row_id = id_of,
            .make = [&](int64_t i) { return MakeSample(rows[ids[static_cast<size_t>(i)]], id_of(i), options.split); }},
           options, sink, skip);
}

const Register<Source> kPubMedQa({.name = kName,
                                  .help = "PubMedQA: research questions answered by an abstract with yes, no or maybe",
                                  .reference = "Jin et al. 2019, https://arxiv.org/abs/1909.06146",
                                  .splits = {"train", "test"},
                                  .folder = "pubmed_qa",
                                  .read = &Read});

}  // namespace
}  // namespace lingshu
