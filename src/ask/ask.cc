// Answers back in the order of their requests.
#include "ask/ask.h"

#include <map>

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {

const char* FinishReasonName(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStop: return "stop";
    case FinishReason::kLength: return "length";
    case FinishReason::kError: return "error";
  }
  return "error";
}

std::vector<Answer> Answerer::AskAll(const std::vector<Request>& requests) {
  std::vector<Answer> answers(requests.size());
  std::multimap<std::string, size_t> waiting;  // roll-outs of one prompt may share an id; equal keys keep their order
  for (size_t i = 0; i < requests.size(); ++i) {
    waiting.emplace(requests[i].id, i);
    answers[i] = {.id = requests[i].id, .finish_reason = FinishReason::kError, .error = "the answerer gave no answer"};
  }
  Ask(requests, [&](Answer answer) {
    const auto it = waiting.lower_bound(answer.id);
    CHECK(it != waiting.end() && it->first == answer.id) << Name() << " answered " << answer.id << ", which was not asked or is answered already";
    answers[it->second] = std::move(answer);
    waiting.erase(it);
  });
  return answers;
}

}  // namespace lingshu
