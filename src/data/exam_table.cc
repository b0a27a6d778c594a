#include "data/exam_table.h"

#include <fmt/format.h>

namespace lingshu {

void EmitExams(const ExamTable& table, const SourceOptions& options, const SampleSink& sink, const SkipSink& skip) {
  const std::string prefix = fmt::format("{}:{}:", table.source, options.split);
  EmitTable({.files = table.files,
             .id_prefix = prefix,
             .make = [&](const PlacedRow& row, const std::string& id) {
               return ExamSample(table.source, options.split, id.substr(prefix.size()), table.read(row, id));
             },
             .key = table.key,
             .is_member = table.is_member},
            options, sink, skip);
}

std::vector<std::string> OptionColumns(const Json& cells, const std::vector<std::string>& columns, const std::string& where) {
  std::vector<std::string> options;
  for (const std::string& column : columns)
    if (std::string text = TextCellOr(cells, column, where); !text.empty()) options.push_back(std::move(text));
  return options;
}

}  // namespace lingshu
