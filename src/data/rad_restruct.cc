// Rad-ReStruct (Pellegrini et al. 2023, https://arxiv.org/abs/2307.05766), a structured report of a chest X-ray as
// questions that lead from areas to findings to their attributes; 360 test reports:
//   rad_restruct/{train,val,test}_qa_pairs.jsonl     {"id": 5, "qa_pairs": [[question, [answers], history, info]]}
//   rad_restruct/test_qa_pairs/5.json                [[question, [answers], history, info]]
//     history = [[question, [answers]]] of the way to this question, info = {"answer_type": "single_choice" |
//     "multi_choice" | "fixed_choice", "options": ["…"], "path": "lung_signs_opacity_degree"}
//   rad_restruct/id_to_img_mapping_frontal_reports.json, rad_restruct/imgs/<image>.png
// The way to a question is its context, since "In which area?" means nothing without: the gold answers above it are told,
// as in the authors' training. The score of the set is over report vectors (eval/rad_restruct.h).
#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "data/reading.h"
#include "data/table.h"

namespace lingshu {
namespace {

constexpr const char* kName = "rad_restruct";

std::vector<std::string> Strings(const Json& list, const std::string& where) {
  std::vector<std::string> strings;
  if (!list.is_array()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected a list, found {}.", where, list.type_name()));
  for (const Json& item : list) {
    if (!item.is_string()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected a string, found {}.", where, item.type_name()));
    strings.push_back(item.get<std::string>());
  }
  return strings;
}

std::string ContextOf(const Json& history, const std::string& where) {
  std::string context;
  for (const Json& step : history) {
    if (!step.is_array() || step.size() != 2) throw Error(ErrorCode::kCorrupt, where + ": a step of the history is no pair.");
    context += fmt::format("{}{} {}", context.empty() ? "" : "\n", step[0].get<std::string>(), JoinStrings(Strings(step[1], where), ", "));
  }
  return context;
}

Sample MakeSample(const Json& pair, const std::string& id, const std::string& split) {
  if (!pair.is_array() || pair.size() != 4 || !pair[0].is_string() || !pair[2].is_array())
    throw Error(ErrorCode::kCorrupt, id + ": expected [question, answers, history, info].");
  Sample sample{.id = id, .source = kName, .split = split, .modality = "X-ray", .question = pair[0].get<std::string>()};
  const std::vector<std::string> answers = Strings(pair[1], id), options = Strings(At(pair[3], "options", id), id);
  sample.context = ContextOf(pair[2], id);
  sample.meta = {{"question_type", StringAt(pair[3], "answer_type", id)}, {"path", StringAt(pair[3], "path", id)},
                 {"options_as_published", JoinStrings(options, "\n")},
                 {"level", pair[2].empty() ? "area" : sample.question.starts_with("In which") || sample.question.starts_with("What") ? "attribute" : "finding"}};
  if (options == std::vector<std::string>{"yes", "no"}) {
    sample.answer_type = AnswerType::kYesNo;
    if (answers.size() == 1) sample.answer = answers[0];
    if (YesOrNo(sample.answer).empty()) throw Error(ErrorCode::kCorrupt, id + ": the gold answer is neither yes nor no.");
    return sample;
  }
  if (options.empty() || options.size() > 26) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected 1 to 26 options, found {}.", id, options.size()));
  sample.answer_type = AnswerType::kMultipleChoice;
  sample.options = options;
  for (const std::string& answer : answers) {
    const auto it = std::find(options.begin(), options.end(), answer);
    if (it == options.end()) throw Error(ErrorCode::kCorrupt, id + ": the gold answer is not among the options.");
    sample.answer += OptionLetter(it - options.begin());
  }
  std::sort(sample.answer.begin(), sample.answer.end());
  return sample;
}

struct Report {
  std::string id;
  Json pairs;
};

std::vector<Report> ReadReports(const fs::path& folder, const std::string& split) {
  std::vector<Report> reports;
  if (const fs::path lines = folder / (split + "_qa_pairs.jsonl"); IsFile(lines)) {
    for (const std::string& line : ReadLines(lines)) {
      Json row = ParseJson(line, lines.string());
      reports.push_back({At(row, "id", lines.string()).dump(), At(row, "qa_pairs", lines.string())});
    }
    return reports;
  }
  for (const fs::path& file : FindTables(folder, {split + "_qa_pairs/*.json"}))
    reports.push_back({file.stem().string(), ParseJson(ReadFile(file, uint64_t{1} << 26), file.string())});
  return reports;
}

void Read(const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const fs::path folder = OpenSource(kName, options), mapping = folder / "id_to_img_mapping_frontal_reports.json";
  const std::vector<Report> reports = ReadReports(folder, options.split == "validation" ? "val" : options.split);
  const Json images = IsFile(mapping) ? ParseJson(ReadFile(mapping, uint64_t{1} << 26), mapping.string()) : Json::object();
  std::vector<std::pair<size_t, size_t>> places;
  for (size_t r = 0; r < reports.size(); ++r)
    for (size_t q = 0; q < reports[r].pairs.size(); ++q) places.emplace_back(r, q);
  const auto id_of = [&](int64_t i) {
    const auto [r, q] = places[static_cast<size_t>(i)];
    return fmt::format("{}:{}:{}-{:03}", kName, options.split, reports[r].id, q);
  };
  const auto make = [&](int64_t i) {
    const auto [r, q] = places[static_cast<size_t>(i)];
    Sample sample = MakeSample(reports[r].pairs[q], id_of(i), options.split);
    sample.group = reports[r].id;
    if (const auto it = images.find(reports[r].id); it != images.end())
      for (const std::string& image : Strings(*it, sample.id)) sample.images.push_back(FindImage(folder, {"imgs", "images", "imgs.zip"}, image + ".png"));
    return sample;
  };
  EmitRows({.total = static_cast<int64_t>(places.size()), .row_id = id_of, .make = make}, options, sink, skip);
}

const Register<Source> kRadRestruct({.name = kName,
                                     .help = "Rad-ReStruct: structured reports of chest X-rays as questions",
                                     .reference = "Pellegrini et al. 2023, https://arxiv.org/abs/2307.05766",
                                     .splits = {"train", "validation", "test"},
                                     .folder = "rad_restruct",
                                     .read = &Read});

}  // namespace
}  // namespace lingshu
