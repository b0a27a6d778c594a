// Stage-4 rewards of the paper: r = 0.5 · format + 1.0 · accuracy, verified by rules (§3.2.4). The verifier is written
// against the policy: what can be understood in two ways earns nothing.
#include <string_view>

#include "base/strings.h"
#include "score/score.h"

namespace lingshu {
namespace {

struct Parts {
  bool is_well_formed = false;
  std::string_view answer;  // within the response
};

// Takes `tag`, content without any of the four tags, and `close` off the front of `rest`; false when it is not there.
bool TakeElement(std::string_view& rest, std::string_view open, std::string_view close, std::string_view& content) {
  rest = TrimAscii(rest);
  if (!rest.starts_with(open)) return false;
  rest.remove_prefix(open.size());
  const size_t end = rest.find(close);
  if (end == std::string_view::npos) return false;
  content = rest.substr(0, end);
  rest.remove_prefix(end + close.size());
  for (const std::string_view tag : {"<think>", "</think>", "<answer>", "</answer>"})
    if (content.find(tag) != std::string_view::npos) return false;
  return true;
}

// <think>…</think><answer>…</answer> and nothing else but white space; neither may be blank.
Parts Parse(std::string_view response) {
  constexpr std::string_view kEndOfTurn = "<|im_end|>";
  std::string_view rest = TrimAscii(response), thoughts, answer;
  if (rest.ends_with(kEndOfTurn)) rest.remove_suffix(kEndOfTurn.size());
  if (!TakeElement(rest, "<think>", "</think>", thoughts) || !TakeElement(rest, "<answer>", "</answer>", answer)) return {};
  if (!TrimAscii(rest).empty() || TrimAscii(thoughts).empty() || TrimAscii(answer).empty()) return {};
  return {true, TrimAscii(answer)};
}

}  // namespace

Reward VerifiableReward(const Sample& sample, const std::string& response, double format_weight, double accuracy_weight) {
  const Parts parts = Parse(response);
  Reward reward;
  reward.score.rule = "reward:format";
  if (!parts.is_well_formed) return reward;
  reward.format = 1;
  // Long answers are where hedges and echoes hide; every gold that is verified fits (the paper keeps short answers only).
  constexpr size_t kMaxAnswerBytes = 512;
  if (parts.answer.size() > kMaxAnswerBytes) {
    reward.score.rule = "reward:answer_too_long";
  } else {
    reward.score = ScoreStrict(sample, std::string(parts.answer));
    const int offset = static_cast<int>(parts.answer.data() - response.data());
    reward.score.span_begin += offset;
    reward.score.span_end += offset;
    reward.accuracy = reward.score.state == ScoreState::kCorrect ? 1 : 0;
  }
  reward.total = format_weight * reward.format + accuracy_weight * reward.accuracy;
  return reward;
}

}  // namespace lingshu
