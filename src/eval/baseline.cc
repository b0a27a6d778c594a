#include "eval/baseline.h"

#include <map>

#include <fmt/format.h>

#include "base/strings.h"
#include "score/score.h"

namespace lingshu {

double MajorityBaseline::ValueFor(const Sample& sample) const {
  const std::string& answer = answers[static_cast<size_t>(sample.answer_type)];
  return answer.empty() ? -1 : ScoreStrict(sample, answer).value;
}

std::string MajorityBaseline::Describe() const {
  std::vector<std::string> parts;
  const std::vector<std::string> names = EnumNames(static_cast<AnswerType*>(nullptr));
  for (size_t i = 0; i < answers.size(); ++i)
    if (!answers[i].empty()) parts.push_back(fmt::format("{}: \"{}\" of {} training answers", ReplaceAll(names[i], "_", " "), answers[i], WithThousands(counts[i])));
  return JoinStrings(parts, "; ");
}

MajorityBaseline CountMajority(const std::vector<Sample>& train) {
  std::array<std::map<std::string, int64_t>, 4> counts;
  MajorityBaseline baseline;
  for (const Sample& sample : train) {
    const size_t type = static_cast<size_t>(sample.answer_type);
    // Letters stay letters; "a" and "the" of a phrase do not make two answers of one.
    const std::string answer = sample.answer_type == AnswerType::kMultipleChoice ? sample.answer : NormalizeAnswer(sample.answer);
    if (answer.empty()) continue;
    ++counts[type][answer];
    ++baseline.counts[type];
  }
  for (size_t type = 0; type < counts.size(); ++type) {
    int64_t most = 0;
    for (const auto& [answer, count] : counts[type])
      if (count > most) most = count, baseline.answers[type] = answer;  // of equals the first by spelling
  }
  return baseline;
}

}  // namespace lingshu
