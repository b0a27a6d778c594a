// Answers in reverse order, since callers must not rely on any.
#include "ask/scripted.h"

namespace lingshu {

void ScriptedAnswerer::Ask(const std::vector<Request>& requests, const AnswerSink& sink) {
  asked_.insert(asked_.end(), requests.begin(), requests.end());
  for (auto request = requests.rbegin(); request != requests.rend(); ++request) {
    Answer answer{.id = request->id};
    const auto text = texts_.find(request->id);
    const auto error = errors_.find(request->id);
    if (error == errors_.end()) answer.text = text != texts_.end() ? text->second : otherwise_;
    if (error != errors_.end() || (text == texts_.end() && otherwise_.empty())) {
      answer.finish_reason = FinishReason::kError;
      answer.error = error != errors_.end() ? error->second : "the script has no answer for this id";
    }
    sink(std::move(answer));
  }
}

}  // namespace lingshu
