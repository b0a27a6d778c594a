// Answers back in the order of their requests.
#include "ask/ask.h"

#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "base/rng.h"

namespace lingshu {

const char* FinishReasonName(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStop:
      return "stop";
    case FinishReason::kLength:
      return "length";
    case FinishReason::kError:
      return "error";
    case FinishReason::kCancelled:
      return "cancelled";
  }
  return "error";
}

uint64_t SampleSeed(uint64_t seed, int64_t index) { return index == 0 ? seed : MixSeed({seed, static_cast<uint64_t>(index)}); }

std::vector<Answer> Answerer::AskAll(const std::vector<Request>& requests) {
  std::vector<Answer> answers;
  // Place of each answer's first free slot; roll-outs of one prompt may share an id, and equal keys keep their order.
  std::multimap<std::pair<std::string, int64_t>, size_t> waiting;
  for (const Request& request : requests)
    for (int64_t sample = 0; sample < request.sampling.n; ++sample) {
      waiting.emplace(std::pair(request.id, sample), answers.size());
      answers.push_back({.id = request.id, .sample = sample, .finish_reason = FinishReason::kError, .error = "the answerer gave no answer"});
    }
  Ask(requests, [&](Answer answer) {
    const std::pair key(answer.id, answer.sample);
    const auto it = waiting.lower_bound(key);
    CHECK(it != waiting.end() && it->first == key)
        << Name() << " answered " << answer.id << ", which was not asked or is answered already";
    answers[it->second] = std::move(answer);
    waiting.erase(it);
  });
  return answers;
}

}  // namespace lingshu
