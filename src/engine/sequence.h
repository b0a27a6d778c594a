// Sequence: one sample of one generation while it runs: its tokens, its pages, and what it will answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "engine/generation.h"
#include "engine/ngram.h"
#include "engine/page_chain.h"
#include "engine/sampler.h"
#include "engine/text_stream.h"

namespace lingshu {

struct Call;

// What a call asks for, before it runs.
struct Job {
  Call* call = nullptr;
  const Generation* generation = nullptr;
  size_t index = 0;    // of the generation in its call
  int64_t sample = 0;  // of the generation's n
};

class Sequence {
 public:
  using Clock = std::chrono::steady_clock;
  // REQUIRES: job.generation outlives it.
  Sequence(const Job& job, const ModelConfig& config, const Tokenizer* tokenizer, int64_t max_draft_tokens);

  const Job& job() const { return job_; }
  const Sampling& sampling() const { return sampling_; }
  const std::vector<int64_t>& ids() const { return ids_; }      // prompt, then what was chosen
  const std::vector<int64_t>& draft() const { return draft_; }  // guesses behind them
  int64_t prompt_tokens() const { return static_cast<int64_t>(job_.generation->example.prompt_ids.size()); }
  int64_t new_tokens() const { return static_cast<int64_t>(ids_.size()) - prompt_tokens(); }
  int64_t pending() const { return static_cast<int64_t>(ids_.size()) - computed; }  // tokens whose keys are not in the pages
  bool is_finished() const { return is_finished_; }
  // Position of token i on an axis of M-RoPE.
  int64_t Position(int axis, int64_t i) const;

  // Guesses at most `room` tokens. REQUIRES: the prompt is computed.
  void MakeDraft(int64_t room);
  // Takes the token chosen behind ids, nothing for logits that are not numbers. True when the next guess was right, so that
  // its logits count too.
  bool Take(std::optional<SampledToken> token, const std::vector<int64_t>& eos_token_ids);
  // After a step's last Take: forgets what is left of the guesses.
  void EndDraft();
  // The piece since the last one.
  AnswerPiece TakePiece();
  void Cancel();
  // REQUIRES: is_finished().
  Answer Finish();

  std::vector<int32_t> pages;
  int64_t computed = 0;       // tokens whose keys are in the pages
  int64_t cached_tokens = 0;  // of the prompt, found there at the start
  size_t published = 0;       // pages whose names the cache knows
  PageChain chain;       // of ids, as far as they are chosen

 private:
  void End(FinishReason reason);
  void EndIfDone(int64_t id, const std::vector<int64_t>& eos_token_ids);

  Job job_;
  Sampling sampling_;
  std::vector<int64_t> ids_, draft_;
  RopePositions positions_;
  NgramDrafter drafter_;
  size_t accepted_ = 0;  // of draft_
  TextStream stream_;
  AnswerPiece piece_;
  Answer answer_;
  bool is_finished_ = false;
  Clock::time_point start_, first_token_;
};

}  // namespace lingshu
