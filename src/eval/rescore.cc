#include "eval/rescore.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "eval/reference_verdict.h"

namespace lingshu {
namespace {

AnswerType TypeOf(const Verdict& verdict) {
  const std::vector<std::string> names = EnumNames(static_cast<AnswerType*>(nullptr));
  const auto it = std::find(names.begin(), names.end(), verdict.answer_type);
  if (it == names.end()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: its report does not say what form of answer it has.\nHINT: run lingshu eval again; the journal has the replies.", verdict.id));
  return static_cast<AnswerType>(it - names.begin());
}

void RescoreOne(const std::string& benchmark, Verdict& verdict) {
  const Sample sample{.id = verdict.id, .answer_type = TypeOf(verdict), .language = verdict.language, .question = verdict.question, .options = verdict.options, .answer = verdict.gold};
  if (verdict.score.state == ScoreState::kGenerationError || !verdict.rubrics.empty()) return;
  verdict.reference = ScoreAsReference(benchmark, sample, {.id = verdict.id, .text = verdict.response});
  verdict.score = ScoreStrict(sample, verdict.response);
  if (sample.answer_type != AnswerType::kOpen) return;
  verdict.token_f1 = TokenF1(sample.answer, verdict.score.prediction);
  verdict.exact_match = verdict.score.value;
  if (verdict.judge.empty() || verdict.score.state == ScoreState::kUnparsed || verdict.exact_match > 0) return;
  verdict.score.state = verdict.judge == "correct" ? ScoreState::kCorrect : verdict.judge == "wrong" ? ScoreState::kWrong : ScoreState::kJudgeError;
  verdict.score.value = verdict.judge == "correct" ? 1 : 0;
  verdict.score.rule = "judge";
}

}  // namespace

void Rescore(EvalReport& report, int resamples) {
  for (Verdict& verdict : report.verdicts) RescoreOne(report.benchmark, verdict);
  Summarize(report, resamples);
}

}  // namespace lingshu
