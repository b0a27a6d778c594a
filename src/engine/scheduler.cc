// See scheduler.h.
#include "engine/scheduler.h"

#include <algorithm>

#include "base/error.h"
#include "base/threads.h"

namespace lingshu {
namespace {

CachedAttention MakeCache(const Model& model, AttentionKind kind, int64_t num_pages) {
  const Tensor& weight = model.norm.value;  // never packed
  const bool is_host = weight.device().is_cpu();
  if (kind == AttentionKind::kAuto) kind = is_host ? AttentionKind::kPaged : AttentionKind::kComposed;
  if (kind == AttentionKind::kPaged) return PagedCache(model.config.text, num_pages);
  return ComposedCache(model.config.text, num_pages, weight.options().requires_grad(false));
}

AdmissionLimits LimitsOf(const EngineOptions& options, const TextConfig& text) {
  const int64_t own = text.max_position_embeddings, asked = options.max_context_tokens;
  return {options.max_batch, asked > 0 ? std::min(own, asked) : own, options.ngram_draft_tokens};
}

}  // namespace

// A call's presence in the house: on the way out, an exception's included, nothing of it stays behind.
class Scheduler::Membership {
 public:
  Membership(Scheduler& scheduler, Call& call) : scheduler_(scheduler), call_(call) {}
  ~Membership() {
    if (call_.open == 0) return;
    std::unique_lock lock(scheduler_.mutex_);
    ++scheduler_.leaving_;
    scheduler_.changed_.wait(lock, [&] { return !scheduler_.is_driven_; });
    scheduler_.admission_.Withdraw(&call_);
    std::erase_if(scheduler_.running_, [&](const std::unique_ptr<Sequence>& sequence) {
      const bool is_own = sequence->job().call == &call_;
      if (is_own) scheduler_.cache_.ReleaseAll(sequence->pages);
      return is_own;
    });
    --scheduler_.leaving_;
    scheduler_.changed_.notify_all();
  }

 private:
  Scheduler& scheduler_;
  Call& call_;
};

Scheduler::Scheduler(std::shared_ptr<const Model> model, std::shared_ptr<const Tokenizer> tokenizer, const EngineOptions& options)
    : model_(std::move(model)), tokenizer_(std::move(tokenizer)), options_(options), cache_(options.kv_cache_tokens),
      step_(*model_, MakeCache(*model_, options.attention, cache_.num_pages())),
      admission_(model_->config, tokenizer_.get(), cache_, LimitsOf(options, model_->config.text)) {}

Scheduler::~Scheduler() = default;

void Scheduler::Run(const std::vector<Generation>& generations, const Sink& sink) {
  Call call;
  const Membership membership(*this, call);
  std::unique_lock lock(mutex_);
  for (size_t i = 0; i < generations.size(); ++i)
    for (int64_t sample = 0; sample < generations[i].sampling.n; ++sample, ++call.open) admission_.Add({&call, &generations[i], i, sample});
  while (call.open > 0 || !call.inbox.empty()) {
    if (!call.inbox.empty()) {
      const std::vector<Event> events = std::exchange(call.inbox, {});
      lock.unlock();
      for (const Event& event : events) {
        if (event.answer) sink(event.index, *event.answer);
        else event.generation->on_piece(event.piece);
      }
      lock.lock();
      continue;
    }
    if (is_driven_ || leaving_ > 0) {
      changed_.wait(lock, [&] { return (!is_driven_ && leaving_ == 0) || !call.inbox.empty(); });
      continue;
    }
    // Ends the turn at the wheel however it goes; the lock is held again by then.
    struct Turn {
      Scheduler& scheduler;
      std::unique_lock<std::mutex>& lock;
      ~Turn() {
        if (!lock.owns_lock()) lock.lock();
        scheduler.is_driven_ = false;
        scheduler.changed_.notify_all();
      }
    };
    is_driven_ = true;
    const Turn turn{*this, lock};
    admission_.Admit(running_, [&](const Job& job, FinishReason reason, std::string error) {
      Answer answer{.id = job.generation->example.sample_id, .sample = job.sample, .finish_reason = reason, .error = std::move(error)};
      answer.prompt_ids = job.generation->example.prompt_ids;
      job.call->inbox.push_back({job.generation, job.index, {}, std::move(answer)});
      --job.call->open;
    });
    lock.unlock();
    Drive();
    lock.lock();
    CollectEvents();
  }
}

void Scheduler::Drive() {
  CheckInterrupt("generation", /*is_kept=*/false);
  std::vector<Sequence*> active;
  for (const auto& sequence : running_) {
    const auto& is_cancelled = sequence->job().generation->is_cancelled;
    if (is_cancelled && is_cancelled()) sequence->Cancel();
    else active.push_back(sequence.get());
  }
  if (active.empty()) return;
  const at::NoGradGuard no_grad;
  step_.Run(active, options_.max_prefill_tokens);
}

// Makes pages known that are full by now.
void Scheduler::Publish(Sequence& sequence) {
  const std::vector<uint64_t>& hashes = sequence.chain.hashes();
  const size_t full = std::min(static_cast<size_t>(sequence.computed / kPageTokens), hashes.size());
  for (; sequence.published < full; ++sequence.published) cache_.Publish(sequence.pages[sequence.published], hashes[sequence.published]);
}

void Scheduler::CollectEvents() {
  std::erase_if(running_, [&](const std::unique_ptr<Sequence>& sequence) {
    const Job& job = sequence->job();
    Publish(*sequence);
    if (job.generation->on_piece) {
      AnswerPiece piece = sequence->TakePiece();
      if (!piece.ids.empty() || !piece.text.empty()) job.call->inbox.push_back({job.generation, job.index, std::move(piece), std::nullopt});
    }
    if (!sequence->is_finished()) return false;
    cache_.ReleaseAll(sequence->pages);
    job.call->inbox.push_back({job.generation, job.index, {}, sequence->Finish()});
    --job.call->open;
    return true;
  });
}

void Scheduler::ForgetPrefixes() {
  cache_.Forget();
  step_.ForgetFeatures();
}

}  // namespace lingshu
