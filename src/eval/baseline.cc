#include "eval/baseline.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "score/score.h"

namespace lingshu {
namespace {

std::pair<AnswerType, std::string> KindOf(const Sample& sample, const std::string& question_key) {
  const auto it = sample.meta.find(question_key);
  return {sample.answer_type, it == sample.meta.end() ? "" : it->second};
}

}  // namespace

double MajorityBaseline::ValueFor(const Sample& sample) const {
  const auto it = answers.find(KindOf(sample, question_key));
  return it == answers.end() ? -1 : ScoreStrict(sample, it->second.text).value;
}

std::string MajorityBaseline::Describe() const {
  std::vector<std::string> parts;
  const std::vector<std::string> names = EnumNames(static_cast<AnswerType*>(nullptr));
  for (const auto& [kind, answer] : answers)
    parts.push_back(fmt::format("{}{}: \"{}\" of {} training answers", kind.second.empty() ? "" : ReplaceAll(kind.second, "_", " ") + ", ",
                                ReplaceAll(names[static_cast<size_t>(kind.first)], "_", " "), answer.text, WithThousands(answer.count)));
  return JoinStrings(parts, "; ");
}

MajorityBaseline CountMajority(const std::vector<Sample>& train, const std::string& question_key) {
  std::map<std::pair<AnswerType, std::string>, std::map<std::string, int64_t>> counts;
  for (const Sample& sample : train) {
    // Letters stay letters; "a" and "the" of a phrase do not make two answers of one.
    const std::string answer = sample.answer_type == AnswerType::kMultipleChoice ? sample.answer : NormalizeAnswer(sample.answer);
    if (!answer.empty()) ++counts[KindOf(sample, question_key)][answer];
  }
  MajorityBaseline baseline{.question_key = question_key};
  for (const auto& [kind, answers] : counts) {
    int64_t most = 0;
    for (const auto& [text, count] : answers) {
      baseline.answers[kind].count += count;
      if (count > most) most = count, baseline.answers[kind].text = text;  // of equals the first by spelling
    }
  }
  return baseline;
}

}  // namespace lingshu
