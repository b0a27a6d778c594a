// Score: answer × gold → a state, a number and the rule that fired. The same scores are benchmark metrics and RL rewards.
#pragma once

#include <string>

#include "base/registry.h"
#include "data/sample.h"

namespace lingshu {

enum class ScoreState { kCorrect, kWrong, kUnparsed, kJudgeError, kGenerationError };
const char* ScoreStateName(ScoreState state);  // correct wrong unparsed judge_error generation_error

// Example: {.state = kCorrect, .value = 1, .prediction = "yes", .rule = "yes_no:first_polarity", .span_begin = 0, .span_end = 3}
struct Score {
  ScoreState state = ScoreState::kUnparsed;
  double value = 0;        // 1 or 0 for answers; graded scores lie in [0, 1]
  std::string prediction;  // what was understood
  std::string rule;        // which rule understood it
  int span_begin = 0, span_end = 0;  // bytes of the response that the rule read
};

// Strict: never guesses; what no rule understands is kUnparsed and counts as not correct.
Score ScoreStrict(const Sample& sample, const std::string& response);

// Token F1 of open answers after normalisation, in [0, 1] (precision and recall by their right names).
double TokenF1(const std::string& gold, const std::string& response);
// Case, width, punctuation, articles and number words evened out; the form that exact match compares.
std::string NormalizeAnswer(const std::string& text);

// Stage-4 rewards (paper: r = 0.5 · format + 1.0 · accuracy). Format is strict: exactly one <think>…</think> then exactly one
// <answer>…</answer> and nothing else. Accuracy scores the content of <answer> alone; without a well-formed answer it is 0.
struct Reward {
  double format = 0, accuracy = 0, total = 0;
  Score score;
};
Reward VerifiableReward(const Sample& sample, const std::string& response, double format_weight = 0.5, double accuracy_weight = 1.0);

}  // namespace lingshu
