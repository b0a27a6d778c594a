// See admission.h.
#include "engine/admission.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {
namespace {

int64_t PagesFor(int64_t tokens) { return (tokens + kPageTokens - 1) / kPageTokens; }
int64_t LongestTokens(const Generation& generation) {
  return static_cast<int64_t>(generation.example.prompt_ids.size()) + generation.sampling.max_new_tokens;
}
// Pages that a prompt may share: the last token is always computed, since its logits are needed.
size_t ShareablePages(const Sequence& sequence) { return static_cast<size_t>((sequence.prompt_tokens() - 1) / kPageTokens); }

}  // namespace

void Admission::Withdraw(const Call* call) {
  std::erase_if(waiting_, [&](const Job& job) { return job.call == call; });
}

std::string Admission::Objection(const Generation& generation) const {
  const auto prompt = static_cast<int64_t>(generation.example.prompt_ids.size());
  const int64_t room = std::min(limits_.max_context_tokens, cache_.num_pages() * kPageTokens);
  if (prompt == 0) return "an empty prompt.";
  if (generation.sampling.max_new_tokens < 1) return "max_new_tokens must be at least 1.";
  if (prompt > room || generation.sampling.max_new_tokens > room - prompt)
    return fmt::format("a prompt of {} tokens and {} new ones exceed the context of {} tokens.", prompt, generation.sampling.max_new_tokens, room);
  return "";
}

void Admission::Admit(std::vector<std::unique_ptr<Sequence>>& running, const std::function<void(const Job&, FinishReason, std::string)>& refuse) {
  std::unordered_set<uint64_t> in_flight;  // pages of prompts that are being computed
  const auto note = [&](const Sequence& sequence) {
    const std::vector<uint64_t>& hashes = sequence.chain.hashes();
    const size_t end = std::min(ShareablePages(sequence), hashes.size());
    for (size_t i = static_cast<size_t>(sequence.computed / kPageTokens); i < end; ++i) in_flight.insert(hashes[i]);
  };
  for (const auto& sequence : running)
    if (sequence->computed < sequence->prompt_tokens()) note(*sequence);
  std::deque<Job> deferred;
  while (!waiting_.empty() && static_cast<int64_t>(running.size()) < limits_.max_batch) {
    const Job job = waiting_.front();
    const Generation& generation = *job.generation;
    const bool is_cancelled = generation.is_cancelled && generation.is_cancelled();
    const std::string objection = is_cancelled ? "" : Objection(generation);
    if (is_cancelled || !objection.empty()) {
      waiting_.pop_front();
      refuse(job, is_cancelled ? FinishReason::kCancelled : FinishReason::kError, objection);
      continue;
    }
    auto sequence = std::make_unique<Sequence>(job, config_, tokenizer_, limits_.max_draft_tokens);
    const std::vector<uint64_t>& hashes = sequence->chain.hashes();
    const auto shareable = hashes.begin() + static_cast<std::ptrdiff_t>(std::min(ShareablePages(*sequence), hashes.size()));
    if (std::any_of(hashes.begin(), shareable, [&](uint64_t hash) { return in_flight.count(hash) > 0; })) {
      waiting_.pop_front();
      deferred.push_back(job);
      continue;
    }
    if (PagesFor(LongestTokens(generation)) > cache_.num_free_pages()) break;
    waiting_.pop_front();
    TakePages(*sequence);
    note(*sequence);
    running.push_back(std::move(sequence));
  }
  waiting_.insert(waiting_.begin(), deferred.begin(), deferred.end());
}

void Admission::TakePages(Sequence& sequence) {
  const std::vector<uint64_t>& hashes = sequence.chain.hashes();
  for (size_t i = 0; i < std::min(ShareablePages(sequence), hashes.size()); ++i) {
    const int32_t page = cache_.Find(hashes[i]);
    if (page < 0) break;
    sequence.pages.push_back(page);
  }
  sequence.computed = sequence.cached_tokens = static_cast<int64_t>(sequence.pages.size()) * kPageTokens;
  const int64_t pages = PagesFor(LongestTokens(*sequence.job().generation));
  while (static_cast<int64_t>(sequence.pages.size()) < pages) sequence.pages.push_back(cache_.Take());
}

}  // namespace lingshu
