// Exam questions out of tables: what the sources of multiple-choice sets share beyond one question (exam.h).
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/exam.h"
#include "data/table.h"

namespace lingshu {

struct ExamTable {
  std::string source;
  std::vector<std::filesystem::path> files;
  std::function<ExamQuestion(const PlacedRow&, const std::string& id)> read;
  std::function<std::string(const PlacedRow&)> key = nullptr;
  std::function<bool(const PlacedRow&)> is_member = nullptr;
};
// Streams the questions as samples "<source>:<split>:<key>".
void EmitExams(const ExamTable& table, const SourceOptions& options, const SampleSink& sink, const SkipSink& skip);

// The cells opa, opb, … as far as they are there and not empty.
std::vector<std::string> OptionColumns(const Json& cells, const std::vector<std::string>& columns, const std::string& where);

}  // namespace lingshu
