// Scheduler: continuous batching. Calls from several threads put their jobs into one queue; whoever waits and finds nobody at the
// wheel drives the next step for all, and every call takes its own pieces and answers from its inbox.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/admission.h"
#include "engine/batch_step.h"
#include "engine/engine.h"
#include "engine/kv_cache.h"

namespace lingshu {

// What a call is told: a piece, or the answer that follows the last piece.
struct Event {
  const Generation* generation;
  size_t index;
  AnswerPiece piece;
  std::optional<Answer> answer;
};

struct Call {
  std::vector<Event> inbox;
  size_t open = 0;  // jobs that are not answered
};

class Scheduler {
 public:
  Scheduler(std::shared_ptr<const Model> model, std::shared_ptr<const Tokenizer> tokenizer, const EngineOptions& options);
  ~Scheduler();

  // Runs the generations, each n times, and gives their answers to the sink in this thread. May be called from several
  // threads. When the sink or a callback throws, or the process is interrupted, the call's jobs end and the error goes on.
  using Sink = std::function<void(size_t index, Answer)>;
  void Run(const std::vector<Generation>& generations, const Sink& sink);
  // REQUIRES: nothing runs.
  void ForgetPrefixes();

 private:
  class Membership;
  void Drive();
  void Publish(Sequence& sequence);
  void CollectEvents();

  std::shared_ptr<const Model> model_;
  std::shared_ptr<const Tokenizer> tokenizer_;
  EngineOptions options_;
  KvCache cache_;
  BatchStep step_;
  std::mutex mutex_;  // guards all below and the calls; running_ also belongs to whoever drives
  std::condition_variable changed_;
  Admission admission_;
  std::vector<std::unique_ptr<Sequence>> running_;
  bool is_driven_ = false;
  int leaving_ = 0;  // calls that end early and want the wheel to stand still
};

}  // namespace lingshu
