// Admission: which jobs run. A job starts when the pages for its prompt and its longest reply are free, so that nothing that runs
// ever has to give way; a prompt whose next page is being computed for another one waits for it.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "engine/kv_cache.h"
#include "engine/sequence.h"

namespace lingshu {

struct AdmissionLimits {
  int64_t max_batch, max_context_tokens, max_draft_tokens;
};

// Not locked: the scheduler's lock is held around every call.
class Admission {
 public:
  // REQUIRES: model and cache outlive it; tokenizer may be null.
  Admission(const ModelConfig& config, const Tokenizer* tokenizer, KvCache& cache, const AdmissionLimits& limits)
      : config_(config), tokenizer_(tokenizer), cache_(cache), limits_(limits) {}

  void Add(const Job& job) { waiting_.push_back(job); }
  void Withdraw(const Call* call);
  // Moves what may start from the queue to `running`. A job that can never start, or was cancelled, is answered by refuse.
  void Admit(std::vector<std::unique_ptr<Sequence>>& running, const std::function<void(const Job&, FinishReason, std::string)>& refuse);

 private:
  // Why the job can never run; empty when it can.
  std::string Objection(const Generation& generation) const;
  void TakePages(Sequence& sequence);

  const ModelConfig& config_;
  const Tokenizer* tokenizer_;
  KvCache& cache_;
  AdmissionLimits limits_;
  std::deque<Job> waiting_;
};

}  // namespace lingshu
