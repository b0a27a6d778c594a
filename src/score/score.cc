#include "score/score.h"

#include <fmt/format.h>

#include "score/answer_text.h"
#include "score/choice.h"
#include "score/polarity.h"

namespace lingshu {
namespace {

Score Decided(const Reply& reply, bool is_correct, std::string prediction, std::string rule, int begin, int end) {
  return {.state = is_correct ? ScoreState::kCorrect : ScoreState::kWrong, .value = is_correct ? 1.0 : 0.0, .prediction = std::move(prediction),
          .rule = std::move(rule), .span_begin = reply.OriginOf(begin), .span_end = reply.OriginOf(end)};
}

Score Unparsed(const Reply& reply, std::string rule, int begin, int end) {
  return {.state = ScoreState::kUnparsed, .rule = std::move(rule), .span_begin = reply.OriginOf(begin), .span_end = reply.OriginOf(end)};
}

// A gold answer that cannot be read is the data's fault, not the model's: counted apart.
Score GoldUnreadable(const char* family) { return {.state = ScoreState::kJudgeError, .rule = fmt::format("{}:gold_unreadable", family)}; }

Score ScoreChoice(const Sample& sample, const Reply& reply) {
  const uint32_t gold = GoldLetters(sample.answer, sample.options);
  if (gold == 0) return GoldUnreadable("mcq");
  const bool has_several = (gold & (gold - 1)) != 0;
  const Choice choice = ReadChoice(reply, sample.options, has_several);
  const std::string rule = fmt::format("mcq:{}", choice.rule);
  const bool is_one = choice.letters != 0 && (has_several || (choice.letters & (choice.letters - 1)) == 0);
  if (!is_one) return Unparsed(reply, rule, choice.begin, choice.end);
  return Decided(reply, choice.letters == gold, LettersOf(choice.letters), rule, choice.begin, choice.end);
}

Score ScorePolarity(Polarity gold, const Reply& reply) {
  const PolarityReading reading = ReadPolarity(reply);
  const std::string rule = fmt::format("yes_no:{}", reading.rule);
  if (reading.polarity == Polarity::kNone) return Unparsed(reply, rule, reading.begin, reading.end);
  return Decided(reply, reading.polarity == gold, reading.polarity == Polarity::kYes ? "yes" : "no", rule, reading.begin, reading.end);
}

Score ScorePhrase(const Sample& sample, const Reply& reply, const char* family, PhraseMatch (*match)(const std::string&, const std::string&)) {
  if (NormalizeAnswer(sample.answer).empty()) return GoldUnreadable(family);
  const AnswerText answer = ReadAnswerText(reply);
  if (answer.text.empty()) return Unparsed(reply, fmt::format("{}:{}", family, answer.rule), answer.begin, answer.end);
  const PhraseMatch found = match(sample.answer, answer.text);
  return Decided(reply, found != PhraseMatch::kNo, NormalizeAnswer(answer.text), fmt::format("{}:{}:{}", family, answer.rule, PhraseMatchName(found)), answer.begin,
                 answer.end);
}

}  // namespace

const char* ScoreStateName(ScoreState state) {
  static constexpr const char* kNames[] = {"correct", "wrong", "unparsed", "judge_error", "generation_error"};
  return kNames[static_cast<int>(state)];
}

Score ScoreStrict(const Sample& sample, const std::string& response) {
  const Reply reply = ReadReply(response);
  if (sample.answer_type == AnswerType::kMultipleChoice) return ScoreChoice(sample, reply);
  const Polarity gold = GoldPolarity(sample.answer);
  if (sample.answer_type == AnswerType::kYesNo || (sample.answer_type == AnswerType::kClosed && gold != Polarity::kNone))
    return gold == Polarity::kNone ? GoldUnreadable("yes_no") : ScorePolarity(gold, reply);
  if (sample.answer_type == AnswerType::kClosed) return ScorePhrase(sample, reply, "closed", &MatchClosed);
  return ScorePhrase(sample, reply, "open", &MatchOpen);
}

}  // namespace lingshu
