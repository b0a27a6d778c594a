// See sequence.h.
#include "engine/sequence.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace lingshu {
namespace {

double SecondsBetween(Sequence::Clock::time_point a, Sequence::Clock::time_point b) { return std::chrono::duration<double>(b - a).count(); }

bool Holds(const std::vector<int64_t>& ids, int64_t id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); }

}  // namespace

Sequence::Sequence(const Job& job, const ModelConfig& config, const Tokenizer* tokenizer, int64_t max_draft_tokens)
    : chain(job.generation->cache_scope), job_(job), sampling_(job.generation->sampling), ids_(job.generation->example.prompt_ids),
      positions_(ComputeRopePositions(ids_, job.generation->example.images, config)), drafter_(max_draft_tokens),
      stream_(tokenizer, sampling_.stop), start_(Clock::now()) {
  sampling_.seed = SampleSeed(sampling_.seed, job.sample);
  chain.Append(job.generation->example, config);
}

int64_t Sequence::Position(int axis, int64_t i) const {
  const int64_t prompt = prompt_tokens();
  return i < prompt ? positions_.thw[axis * prompt + i] : positions_.next + i - prompt;
}

void Sequence::MakeDraft(int64_t room) { draft_ = drafter_.Draft(ids_, std::min(room, sampling_.max_new_tokens - new_tokens() - 1)); }

bool Sequence::Take(std::optional<SampledToken> token, const std::vector<int64_t>& eos_token_ids) {
  if (new_tokens() == 0) first_token_ = Clock::now();
  if (!token) {
    answer_.error = "the model's logits are NaN or Inf.\nHINT: check the weights with lingshu inspect.";
    End(FinishReason::kError);
    return false;
  }
  const bool is_guessed = accepted_ < draft_.size() && draft_[accepted_] == token->id;
  ids_.push_back(token->id);
  chain.Append(token->id);
  answer_.ids.push_back(token->id);
  piece_.ids.push_back(token->id);
  if (sampling_.logprobs >= 0) answer_.logprobs.push_back(token->logprob), piece_.logprobs.push_back(token->logprob);
  if (sampling_.logprobs > 0) answer_.top_logprobs.push_back(std::move(token->top));
  EndIfDone(token->id, eos_token_ids);
  if (!is_guessed) return false;
  ++accepted_;
  ++computed;  // the guess's keys are the token's
  return !is_finished_;
}

void Sequence::EndDraft() {
  drafter_.Learn(static_cast<int64_t>(draft_.size()), static_cast<int64_t>(accepted_));
  answer_.timings.drafted_tokens += static_cast<int64_t>(draft_.size());
  answer_.timings.accepted_tokens += static_cast<int64_t>(accepted_);
  draft_.clear();
  accepted_ = 0;
}

void Sequence::EndIfDone(int64_t id, const std::vector<int64_t>& eos_token_ids) {
  const bool is_stop_text = stream_.Add(id);
  const bool is_end = !sampling_.should_ignore_eos && Holds(eos_token_ids, id);
  if (is_stop_text || is_end || Holds(sampling_.stop_ids, id)) End(FinishReason::kStop);
  else if (new_tokens() >= sampling_.max_new_tokens) End(FinishReason::kLength);
}

void Sequence::End(FinishReason reason) {
  answer_.finish_reason = reason;
  is_finished_ = true;
  stream_.Close();
}

void Sequence::Cancel() {
  if (!is_finished_) End(FinishReason::kCancelled);
}

AnswerPiece Sequence::TakePiece() {
  piece_.sample = job_.sample;
  piece_.text = stream_.Take();
  return std::exchange(piece_, {});
}

Answer Sequence::Finish() {
  CHECK(is_finished_);
  const Clock::time_point end = Clock::now();
  const bool has_tokens = !answer_.ids.empty();
  answer_.id = job_.generation->example.sample_id;
  answer_.sample = job_.sample;
  answer_.text = stream_.text();
  answer_.prompt_ids = job_.generation->example.prompt_ids;
  answer_.seconds = SecondsBetween(start_, end);
  answer_.timings.prefill_s = has_tokens ? SecondsBetween(start_, first_token_) : answer_.seconds;
  answer_.timings.decode_s = has_tokens ? SecondsBetween(first_token_, end) : 0;
  answer_.timings.cached_tokens = cached_tokens;
  return std::move(answer_);
}

}  // namespace lingshu
