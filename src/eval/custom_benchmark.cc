#include "eval/custom_benchmark.h"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "data/exam.h"
#include "data/publication.h"
#include "data/reading.h"
#include "data/source.h"
#include "data/table.h"
#include "eval/benchmark.h"

namespace lingshu {
namespace {

std::vector<std::string> AllColumns(const CustomColumns& columns) {
  std::vector<std::string> all = {columns.id, columns.question, columns.answer, columns.context, columns.group, columns.modality, columns.language};
  for (const auto* list : {&columns.options, &columns.images, &columns.breakdown}) all.insert(all.end(), list->begin(), list->end());
  std::erase(all, "");
  return all;
}

// A misspelt column would otherwise skip every row.
void CheckColumns(const CustomConfig& config, const fs::path& file, const std::string& yaml) {
  std::vector<std::string> there;
  TableFormatOf(file).read(file, nullptr, [&](TableRow row) {
    if (!row.error.empty()) return true;  // the first row that can be read decides
    for (const auto& [name, unused] : row.cells.items()) there.push_back(name);
    return false;
  });
  for (const std::string& column : AllColumns(config.columns))
    if (std::find(there.begin(), there.end(), column) == there.end())
      throw Error(ErrorCode::kUsage, fmt::format("{}: the column \"{}\" is not in {}.{}\nIts columns: {}.", yaml, column, file.string(), DidYouMean(column, there),
                                                 JoinStrings(there, ", ")));
}

std::vector<std::string> OptionsOfRow(const CustomConfig& config, const Json& cells, const std::string& id) {
  const std::vector<std::string>& columns = config.columns.options;
  if (columns.size() == 1) {
    const Json& cell = At(cells, columns[0], id);
    // CSV has no lists: a cell that begins like one is read as JSON.
    if (cell.is_string() && (cell.get_ref<const std::string&>().starts_with('[') || cell.get_ref<const std::string&>().starts_with('{')))
      return OptionsOf(ParseJson(cell.get_ref<const std::string&>(), id), id);
    return OptionsOf(cell, id);
  }
  std::vector<std::string> options;
  for (const std::string& column : columns)
    if (std::string text = TextCellOr(cells, column, id); !text.empty()) options.push_back(std::move(text));
  return options;
}

std::string LetterOf(const std::string& answer, AnswerForm form, const std::vector<std::string>& options, const std::string& id) {
  if (form == AnswerForm::kText) return LetterOfText(options, answer, id);
  if (form == AnswerForm::kLetter) {
    std::string letters = answer;
    std::erase_if(letters, [](char c) { return c == ',' || c == ' ' || c == ';'; });
    std::transform(letters.begin(), letters.end(), letters.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    std::sort(letters.begin(), letters.end());
    return letters;  // that they are letters of the options is checked with the question
  }
  int64_t index = -1;
  const auto [end, error] = std::from_chars(answer.data(), answer.data() + answer.size(), index);
  index -= form == AnswerForm::kIndex1 ? 1 : 0;
  if (error != std::errc() || end != answer.data() + answer.size() || index < 0 || index >= static_cast<int64_t>(options.size()))
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: the gold answer is no number of one of the {} options.", id, options.size()));
  return OptionLetter(index);
}

std::vector<ImageRef> ImagesOf(const CustomConfig& config, const PlacedRow& row, const fs::path& folder, const std::string& id) {
  std::vector<ImageRef> images;
  const auto add = [&](const Json& name) {
    if (!name.is_string()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected the name of a picture, found {}.", id, name.type_name()));
    if (!name.get_ref<const std::string&>().empty()) images.push_back(FindImage(folder, config.images, name.get<std::string>()));
  };
  for (const std::string& column : config.columns.images) {
    const Json& cell = At(row.cells, column, id);
    if (cell.is_null()) continue;
    if (ImageRef inside = ImageCell(row, column); !inside.path.empty()) images.push_back(std::move(inside));
    else if (cell.is_array()) std::for_each(cell.begin(), cell.end(), add);
    else add(cell);
  }
  return images;
}

Sample MakeSample(const CustomConfig& config, const PlacedRow& row, const fs::path& folder, const std::string& id) {
  const CustomColumns& columns = config.columns;
  const auto optional = [&](const std::string& column) { return column.empty() ? "" : TextCellOr(row.cells, column, id); };
  ExamQuestion exam{.question = TextCell(row.cells, columns.question, id), .language = optional(columns.language), .modality = optional(columns.modality),
                    .context = optional(columns.context)};
  if (exam.language.empty()) exam.language = config.language;
  for (const std::string& column : columns.breakdown) exam.meta[column] = optional(column);
  exam.images = ImagesOf(config, row, folder, id);
  const std::string answer = TextCell(row.cells, columns.answer, id), prefix = config.name + ":test:";
  Sample sample;
  if (!columns.options.empty()) {
    exam.options = OptionsOfRow(config, row.cells, id);
    exam.answer = LetterOf(answer, config.answer_is, exam.options, id);
    sample = ExamSample(config.name, "test", id.substr(prefix.size()), std::move(exam));
  } else {
    if (answer.empty()) throw Error(ErrorCode::kCorrupt, id + ": the gold answer is empty.");
    const bool is_yes_no = config.answer_type == AnswerType::kYesNo;
    if (is_yes_no && YesOrNo(answer).empty()) throw Error(ErrorCode::kCorrupt, id + ": the gold answer is neither yes nor no.");
    sample = {.id = id, .source = config.name, .split = "test", .answer_type = config.answer_type, .modality = exam.modality, .language = exam.language,
              .context = exam.context, .question = exam.question, .answer = is_yes_no ? YesOrNo(answer) : answer, .meta = exam.meta};
    sample.kind = exam.images.empty() ? SampleKind::kTextQa : SampleKind::kVqa;
    sample.group = exam.images.empty() ? id : GroupOf(exam.images[0]);
    sample.images = std::move(exam.images);
  }
  if (const std::string group = optional(columns.group); !group.empty()) sample.group = group;
  return sample;
}

void CheckConfig(const CustomConfig& config, const std::string& yaml) {
  const bool is_name = !config.name.empty() && std::all_of(config.name.begin(), config.name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
  if (!is_name) throw Error(ErrorCode::kUsage, fmt::format("{}: name: expected letters a to z, digits and _, found \"{}\".", yaml, config.name));
  if (Registry<Benchmark>::Get().FindOrNull(config.name) != nullptr || Registry<Source>::Get().FindOrNull(config.name) != nullptr)
    throw Error(ErrorCode::kUsage, fmt::format("{}: a benchmark or source is called \"{}\" already.", yaml, config.name));
  if (config.file.empty()) throw Error(ErrorCode::kUsage, yaml + ": file: expected the name of a JSONL, JSON, CSV or Parquet file.");
  if (config.answer_type == AnswerType::kMultipleChoice && config.columns.options.empty())
    throw Error(ErrorCode::kUsage, yaml + ": multiple choice needs columns.options.");
}

}  // namespace

std::string RegisterCustomBenchmark(const std::string& yaml) {
  const auto config = LoadConfig<CustomConfig>(yaml, {});
  CheckConfig(config, yaml);
  const fs::path folder = fs::absolute(yaml).parent_path();
  const std::vector<fs::path> files = FindTables(folder, {config.file});
  CheckColumns(config, files[0], yaml);
  Source source{.name = config.name, .help = config.help, .reference = config.paper, .splits = {"test"}, .folder = "",
                .read = [config, folder, files](const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
                  Table table{.files = files, .id_prefix = config.name + ":test:",
                              .make = [&](const PlacedRow& row, const std::string& id) { return MakeSample(config, row, folder, id); }};
                  if (!config.columns.id.empty())
                    table.key = [&](const PlacedRow& row) { return TextCell(row.cells, config.columns.id, row.file.string()); };
                  EmitTable(table, options, sink, skip);
                }};
  Registry<Source>::Get().Add(std::move(source));
  Registry<Publication>::Get().Add({.name = config.name, .is_credentialed = config.credentialed});
  Registry<Benchmark>::Get().Add({.name = config.name, .help = config.help, .paper = config.paper, .source = config.name, .train_split = "",
                                  .published_count = config.expected_count, .note = config.note, .breakdown = config.columns.breakdown});
  return config.name;
}

}  // namespace lingshu
