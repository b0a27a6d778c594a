// One exam question, checked.
#include "data/exam.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "data/reading.h"

namespace lingshu {

Sample ExamSample(const std::string& source, const std::string& split, const std::string& key, ExamQuestion exam) {
  Sample sample;
  sample.id = fmt::format("{}:{}:{}", source, split, key);
  sample.source = source;
  sample.split = split;
  sample.kind = SampleKind::kTextQa;
  sample.answer_type = AnswerType::kMultipleChoice;
  sample.language = exam.language;
  sample.group = sample.id;
  sample.question = TrimAscii(exam.question);
  for (const std::string& option : exam.options) sample.options.emplace_back(TrimAscii(option));
  sample.answer = TrimAscii(exam.answer);
  sample.reasoning = TrimAscii(exam.reasoning);
  sample.meta = std::move(exam.meta);
  const bool has_empty = std::any_of(sample.options.begin(), sample.options.end(), [](const std::string& option) { return option.empty(); });
  if (sample.options.size() < 2 || sample.options.size() > 26 || has_empty)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected 2 to 26 options with text, found {}.", sample.id, sample.options.size()));
  if (sample.answer.size() != 1 || sample.answer < "A" || sample.answer > OptionLetter(static_cast<int64_t>(sample.options.size()) - 1))
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: the answer is not one letter of the {} options.", sample.id, sample.options.size()));
  return sample;
}

}  // namespace lingshu
