// Request, Answer, Answerer: whatever answers a request (our engine, a remote OpenAI-compatible server, a template, a
// scripted fake in tests) has one interface. Synthesis, judging, evaluation, roll-outs, chat and the HTTP server use
// it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "image/image.h"

namespace lingshu {

// Frames in order of time, or the slices of a stack in order of place. Example: 40 slices shown as 2 a second.
struct Video {
  std::vector<ImagePtr> frames;  // of one size
  double frames_per_second = 2;
};
using VideoPtr = std::shared_ptr<const Video>;

// A piece of a message: text, or an image or a video when that is set.
struct Content {
  std::string text;
  ImagePtr image;
  VideoPtr video;
};

struct Message {
  std::string role;  // "system", "user", "assistant"
  std::vector<Content> content;
};

struct Sampling {
  int64_t max_new_tokens = 64;
  double temperature = 0;  // 0 is greedy
  double top_p = 1;
  int64_t top_k = 0;  // 0 is all
  double min_p = 0;
  double repetition_penalty = 1;
  uint64_t seed = 0;
  int64_t n = 1;  // answers to one request, each with the seed SampleSeed(seed, index); only the engine gives more than one
  std::vector<std::string> stop;   // the answer ends before the first of these texts
  std::vector<int64_t> stop_ids;   // it ends with any of these tokens, as with the model's own
  bool should_ignore_eos = false;
  int64_t logprobs = -1;  // K best per new token; 0 only the chosen one's; -1 none
};

// The seed of sample `index` of a request: the request's own for the first.
uint64_t SampleSeed(uint64_t seed, int64_t index);

// What an answer has gained since the piece before. Texts of the pieces joined are the answer's text.
struct AnswerPiece {
  int64_t sample = 0;          // which of the request's n answers grows
  std::string text;            // whole characters, and nothing that may still become a stop text: may be empty
  std::vector<int64_t> ids;
  std::vector<float> logprobs;  // of the ids, when asked for
};

// Example: {.id = "vqa_rad:test:00012", .messages = {{"user", {{.image = scan}, {.text = "is there a hemorrhage?"}}}}}
struct Request {
  std::string id;  // follows the request into journals and errors; also the key of scripted answers
  std::vector<Message> messages;
  Sampling sampling;
  // Called with every piece, from the thread that asked and before the answer arrives. Answerers that do not stream leave
  // it alone.
  std::function<void(const AnswerPiece&)> on_piece;
  // Asked between tokens, from any thread; once true the request's answers end where they are, with kCancelled.
  std::function<bool()> is_cancelled;
  // Requests of different scopes share no keys in a cache: a server gives each principal its own, so that nobody learns from
  // timing what another one asked.
  std::string cache_scope;
};

enum class FinishReason { kStop, kLength, kError, kCancelled };
const char* FinishReasonName(FinishReason reason);  // "stop", "length", "error", "cancelled"

// Where the time of an answer went; zeros from answerers that do not know.
struct AnswerTimings {
  double prefill_s = 0, decode_s = 0;  // from the start to the first token, from there to the last
  int64_t cached_tokens = 0;           // of the prompt, whose keys were in the cache
  int64_t drafted_tokens = 0, accepted_tokens = 0;  // by n-gram speculation
};

struct Answer {
  std::string id;
  int64_t sample = 0;  // which of the request's n answers
  std::string text;
  FinishReason finish_reason = FinishReason::kStop;
  std::string error;  // set with kError: what went wrong, for the sample's record
  std::vector<int64_t> prompt_ids, ids;
  std::vector<float> logprobs;  // of each new token under temperature 1 and no truncation, when asked for
  std::vector<std::vector<std::pair<int64_t, float>>> top_logprobs;
  double seconds = 0;
  AnswerTimings timings;
};

// Takes every answer as it is done, in any order, from any one thread at a time.
using AnswerSink = std::function<void(Answer)>;

class Answerer {
 public:
  virtual ~Answerer() = default;
  // What reports and journals call it: "engine:runs/demo/stage4", "template", "https://host (model)".
  virtual std::string Name() const = 0;
  // False for one that answers without looking: its requests then need no pictures, and nobody has to decode them.
  virtual bool LooksAtImages() const { return true; }
  // Answers all requests, each sampling.n times. A request that cannot be answered yields an Answer with kError; only
  // what concerns all of them (no model, interrupted) is thrown.
  virtual void Ask(const std::vector<Request>& requests, const AnswerSink& sink) = 0;
  // Convenience: answers in the order of the requests, a request's n next to each other.
  std::vector<Answer> AskAll(const std::vector<Request>& requests);
};

}  // namespace lingshu
