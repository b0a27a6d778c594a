// See sampler.h.
#include "engine/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>

#include "base/error.h"
#include "base/rng.h"

namespace lingshu {
namespace {

double LogSumExp(const float* logits, int64_t n) {
  const float max = *std::max_element(logits, logits + n);
  double sum = 0;
  for (int64_t i = 0; i < n; ++i) sum += std::exp(static_cast<double>(logits[i] - max));
  return max + std::log(sum);
}

std::vector<std::pair<int64_t, float>> TopLogprobs(const float* logits, int64_t n, int64_t count, double log_sum) {
  std::vector<int64_t> ids(static_cast<size_t>(n));
  std::iota(ids.begin(), ids.end(), 0);
  count = std::min(count, n);
  std::partial_sort(ids.begin(), ids.begin() + count, ids.end(),
                    [&](int64_t a, int64_t b) { return logits[a] != logits[b] ? logits[a] > logits[b] : a < b; });
  std::vector<std::pair<int64_t, float>> top;
  for (int64_t i = 0; i < count; ++i) top.emplace_back(ids[i], static_cast<float>(logits[ids[i]] - log_sum));
  return top;
}

struct Candidate {
  int64_t id;
  double probability;
};

// Candidates in falling order, cut by top-k, top-p and min-p; their probabilities are not renormalised.
std::vector<Candidate> Shortlist(const std::vector<float>& logits, const Sampling& sampling) {
  const double log_sum = LogSumExp(logits.data(), static_cast<int64_t>(logits.size()));
  std::vector<Candidate> candidates;
  for (size_t i = 0; i < logits.size(); ++i) candidates.push_back({static_cast<int64_t>(i), std::exp(logits[i] - log_sum)});
  const bool is_cut = sampling.top_k > 0 || sampling.top_p < 1 || sampling.min_p > 0;
  if (!is_cut) return candidates;
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.probability != b.probability ? a.probability > b.probability : a.id < b.id; });
  if (sampling.top_k > 0 && static_cast<int64_t>(candidates.size()) > sampling.top_k) candidates.resize(static_cast<size_t>(sampling.top_k));
  double total = 0, mass = 0;
  for (const Candidate& candidate : candidates) total += candidate.probability;
  size_t kept = 0;
  while (kept < candidates.size() && (kept == 0 || (mass < sampling.top_p * total && candidates[kept].probability >= sampling.min_p * candidates[0].probability)))
    mass += candidates[kept++].probability;
  candidates.resize(kept);
  return candidates;
}

int64_t Draw(const std::vector<Candidate>& candidates, uint64_t seed) {
  double total = 0;
  for (const Candidate& candidate : candidates) total += candidate.probability;
  double rest = Rng(seed).Uniform() * total;
  for (const Candidate& candidate : candidates)
    if ((rest -= candidate.probability) < 0) return candidate.id;
  return candidates.back().id;
}

}  // namespace

SampledToken SampleToken(const float* logits, int64_t vocab_size, const Sampling& sampling, const SampleContext& context) {
  const double log_sum = LogSumExp(logits, vocab_size);
  if (!std::isfinite(log_sum)) throw Error(ErrorCode::kNonFinite, "the model's logits are NaN or Inf.\nHINT: check the weights with lingshu inspect.");
  SampledToken token;
  if (sampling.logprobs > 0) token.top = TopLogprobs(logits, vocab_size, sampling.logprobs, log_sum);
  std::vector<float> adjusted(logits, logits + vocab_size);
  if (sampling.repetition_penalty != 1) {
    const auto penalty = static_cast<float>(sampling.repetition_penalty);
    for (const int64_t id : std::unordered_set<int64_t>(context.seen.begin(), context.seen.end()))
      adjusted[id] = adjusted[id] < 0 ? adjusted[id] * penalty : adjusted[id] / penalty;
  }
  for (const int64_t id : context.forbidden) adjusted[id] = -std::numeric_limits<float>::infinity();
  if (sampling.temperature <= 0) {
    token.id = std::max_element(adjusted.begin(), adjusted.end()) - adjusted.begin();
  } else {
    for (float& logit : adjusted) logit = static_cast<float>(logit / sampling.temperature);
    token.id = Draw(Shortlist(adjusted, sampling), MixSeed({sampling.seed, static_cast<uint64_t>(context.index)}));
  }
  token.logprob = static_cast<float>(logits[token.id] - log_sum);
  return token;
}

}  // namespace lingshu
