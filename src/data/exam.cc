// One exam question, checked.
#include "data/exam.h"

#include <algorithm>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "data/reading.h"
#include "data/table.h"

namespace lingshu {

Sample ExamSample(const std::string& source, const std::string& split, const std::string& key, ExamQuestion exam) {
  Sample sample;
  sample.id = fmt::format("{}:{}:{}", source, split, key);
  sample.source = source;
  sample.split = split;
  sample.kind = exam.images.empty() ? SampleKind::kTextQa : SampleKind::kVqa;
  sample.answer_type = AnswerType::kMultipleChoice;
  sample.language = exam.language;
  sample.group = exam.images.empty() ? sample.id : GroupOf(exam.images[0]);
  sample.images = std::move(exam.images);
  sample.modality = exam.modality;
  sample.context = TrimAscii(exam.context);
  sample.question = TrimAscii(exam.question);
  for (const std::string& option : exam.options) sample.options.emplace_back(TrimAscii(option));
  sample.answer = TrimAscii(exam.answer);
  sample.reasoning = TrimAscii(exam.reasoning);
  sample.meta = std::move(exam.meta);
  const bool has_empty = std::any_of(sample.options.begin(), sample.options.end(),
                                     [](const std::string& option) { return option.empty(); });
  if (sample.options.size() < 2 || sample.options.size() > 26 || has_empty)
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: expected 2 to 26 options with text, found {}.", sample.id, sample.options.size()));
  const auto is_letter = [&](char c) { return c >= 'A' && c < static_cast<char>('A' + sample.options.size()); };
  const std::string& answer = sample.answer;
  if (answer.empty() || !std::all_of(answer.begin(), answer.end(), is_letter) ||
      std::adjacent_find(answer.begin(), answer.end(), std::greater_equal<>()) != answer.end())
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: the answer is not made of letters of the {} options.", sample.id, sample.options.size()));
  return sample;
}

namespace {

// "A 原发病", "A. text", "A、text", "(A) text" without the letter; nullopt when another letter or none stands there.
std::optional<std::string> WithoutLetter(std::string_view line, const std::string& letter) {
  line = TrimAscii(line);
  if (line.starts_with("(")) line.remove_prefix(1);
  if (!line.starts_with(letter)) return std::nullopt;
  line.remove_prefix(1);
  for (const std::string_view mark : {"、", "．", "：", ".", ":", ")"})
    if (line.starts_with(mark)) {
      line.remove_prefix(mark.size());
      break;
    }
  return std::string(TrimAscii(line));
}

}  // namespace

std::vector<std::string> OptionsOf(const Json& cell, const std::string& where) {
  std::vector<std::string> options;
  const auto expect = [&](const std::string& letter) {
    if (letter != OptionLetter(static_cast<int64_t>(options.size()) % 26))
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected the option {}, found {}.", where, OptionLetter(static_cast<int64_t>(options.size()) % 26), letter));
  };
  if (cell.is_string()) {
    for (const std::string& line : SplitString(ReplaceAll(cell.get<std::string>(), "\\n", "\n"), '\n')) {
      if (TrimAscii(line).empty()) continue;
      const auto text = WithoutLetter(line, OptionLetter(static_cast<int64_t>(options.size() % 26)));
      if (!text) throw Error(ErrorCode::kCorrupt, where + ": an option does not begin with its letter.");
      options.push_back(*text);
    }
    return options;
  }
  if (cell.is_object()) {  // absent letters are null in Parquet
    for (const auto& [letter, text] : cell.items()) {
      if (text.is_null() || (text.is_string() && text.get_ref<const std::string&>().empty())) continue;
      expect(letter);
      options.push_back(TextCell(cell, letter, where));
    }
    return options;
  }
  if (!cell.is_array()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected options, found {}.", where, cell.type_name()));
  for (const Json& option : cell) {
    if (option.is_object()) {
      const bool has_key = option.contains("key");
      const std::string text = TextCell(option, has_key ? "value" : "content", where);
      if (text.empty()) continue;
      expect(StringAt(option, has_key ? "key" : "letter", where));
      options.push_back(text);
    } else {
      options.push_back(option.is_string() ? option.get<std::string>() : option.dump());
    }
  }
  return options;
}

std::string LetterOfText(const std::vector<std::string>& options, const std::string& text, const std::string& where) {
  const std::string wanted = LowerAscii(TrimAscii(text));
  for (size_t i = 0; i < options.size(); ++i)
    if (LowerAscii(TrimAscii(options[i])) == wanted) return OptionLetter(static_cast<int64_t>(i));
  throw Error(ErrorCode::kCorrupt, where + ": the gold answer is not among the options.");
}

}  // namespace lingshu
