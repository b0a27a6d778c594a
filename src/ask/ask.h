// Request, Answer, Answerer: whatever answers a request (our engine, a remote OpenAI-compatible server, a template, a
// scripted fake in tests) has one interface. Synthesis, judging, evaluation, roll-outs, chat and the HTTP server use it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "image/image.h"

namespace lingshu {

// A piece of a message: text, or an image when `image` is set.
struct Content {
  std::string text;
  ImagePtr image;
};

struct Message {
  std::string role;  // "system", "user", "assistant"
  std::vector<Content> content;
};

struct Sampling {
  int64_t max_new_tokens = 64;
  double temperature = 0;  // 0 is greedy
  double top_p = 1;
  int64_t top_k = 0;       // 0 is all
  double min_p = 0;
  double repetition_penalty = 1;
  uint64_t seed = 0;
  std::vector<std::string> stop;
  bool should_ignore_eos = false;
  int64_t logprobs = -1;   // K best per new token; 0 only the chosen one's; -1 none
};

// Example: {.id = "vqa_rad:test:00012", .messages = {{"user", {{.image = scan}, {.text = "is there a hemorrhage?"}}}}}
struct Request {
  std::string id;  // follows the request into journals and errors; also the key of scripted answers
  std::vector<Message> messages;
  Sampling sampling;
};

enum class FinishReason { kStop, kLength, kError };
const char* FinishReasonName(FinishReason reason);  // "stop", "length", "error"

struct Answer {
  std::string id;
  std::string text;
  FinishReason finish_reason = FinishReason::kStop;
  std::string error;  // set with kError: what went wrong, for the sample's record
  std::vector<int64_t> prompt_ids, ids;
  std::vector<float> logprobs;  // of each new token under temperature 1 and no truncation, when asked for
  std::vector<std::vector<std::pair<int64_t, float>>> top_logprobs;
  double seconds = 0;
};

// Takes every answer as it is done, in any order, from any one thread at a time.
using AnswerSink = std::function<void(Answer)>;

class Answerer {
 public:
  virtual ~Answerer() = default;
  // What reports and journals call it: "engine:runs/demo/stage4", "template", "https://host (model)".
  virtual std::string Name() const = 0;
  // Answers all requests. A request that cannot be answered yields an Answer with kError; only what concerns all of them
  // (no model, interrupted) is thrown.
  virtual void Ask(const std::vector<Request>& requests, const AnswerSink& sink) = 0;
  // Convenience: answers in the order of the requests.
  std::vector<Answer> AskAll(const std::vector<Request>& requests);
};

}  // namespace lingshu
