// See sampler.h. Cutting never sorts a whole vocabulary: the best are taken in growing numbers until enough are there.
#include "engine/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>

#include "base/rng.h"
#include "kernels/fused.h"

namespace lingshu {
namespace {

constexpr double kGreedyTemperature = 1e-6;  // below, nothing but the best token is ever drawn

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

// Raw logits with the penalty put on what was seen and forbidden tokens out of reach.
std::vector<float> Penalised(const float* logits, int64_t vocab_size, const Sampling& sampling, const SampleContext& context) {
  std::vector<float> adjusted(logits, logits + vocab_size);
  if (sampling.repetition_penalty != 1) {
    const auto penalty = static_cast<float>(sampling.repetition_penalty);
    for (const int64_t id : std::unordered_set<int64_t>(context.seen.begin(), context.seen.end()))
      adjusted[id] = adjusted[id] < 0 ? adjusted[id] * penalty : adjusted[id] / penalty;
  }
  for (const int64_t id : context.forbidden) adjusted[id] = -std::numeric_limits<float>::infinity();
  return adjusted;
}

bool IsBefore(const WeightedToken& a, const WeightedToken& b) {
  return a.probability != b.probability ? a.probability > b.probability : a.id < b.id;
}

// top-k keeps whatever equals the k-th best.
void CutTopK(std::vector<WeightedToken>& candidates, int64_t k) {
  if (k <= 0 || static_cast<int64_t>(candidates.size()) <= k) return;
  std::nth_element(candidates.begin(), candidates.begin() + k - 1, candidates.end(), &IsBefore);
  const double least = candidates[k - 1].probability;
  std::erase_if(candidates, [&](const WeightedToken& candidate) { return candidate.probability < least; });
}

// The smallest set of the best that reaches p of the mass, and of those the ones above min_p of the best one's.
void CutTopP(std::vector<WeightedToken>& candidates, double top_p, double min_p) {
  double total = 0;
  for (const WeightedToken& candidate : candidates) total += candidate.probability;
  size_t sorted = 0, kept = 0;
  double mass = 0;
  const auto is_wanted = [&] {
    return kept == 0 || (mass < top_p * total && candidates[kept].probability >= min_p * candidates[0].probability);
  };
  for (;;) {
    if (kept == sorted) {
      if (sorted == candidates.size()) break;
      const size_t next = std::min(candidates.size(), std::max<size_t>(64, 4 * sorted));
      const auto begin = candidates.begin() + static_cast<std::ptrdiff_t>(sorted);
      std::partial_sort(begin, candidates.begin() + static_cast<std::ptrdiff_t>(next), candidates.end(), &IsBefore);
      sorted = next;
    }
    if (!is_wanted()) break;
    mass += candidates[kept++].probability;
  }
  candidates.resize(kept);
}

int64_t Draw(const std::vector<WeightedToken>& candidates, uint64_t seed) {
  double total = 0;
  for (const WeightedToken& candidate : candidates) total += candidate.probability;
  double rest = Rng(seed).Uniform() * total;
  for (const WeightedToken& candidate : candidates)
    if ((rest -= candidate.probability) < 0) return candidate.id;
  return candidates.back().id;
}

}  // namespace

std::vector<WeightedToken> Candidates(const float* logits, int64_t vocab_size, const Sampling& sampling, const SampleContext& context) {
  std::vector<float> adjusted = Penalised(logits, vocab_size, sampling, context);
  // Against the largest: no temperature, however low, takes a quotient out of float32 but to zero probability.
  const float most = *std::max_element(adjusted.begin(), adjusted.end());
  for (float& logit : adjusted) logit = static_cast<float>((logit - most) / sampling.temperature);
  const double log_sum = LogSumExp(adjusted.data(), vocab_size);
  std::vector<WeightedToken> candidates;
  candidates.reserve(adjusted.size());
  for (int64_t i = 0; i < vocab_size; ++i) candidates.push_back({i, std::exp(adjusted[i] - log_sum)});
  CutTopK(candidates, sampling.top_k);
  if (sampling.top_p < 1 || sampling.min_p > 0) CutTopP(candidates, sampling.top_p, sampling.min_p);
  return candidates;
}

std::optional<SampledToken> SampleToken(const float* logits, int64_t vocab_size, const Sampling& sampling, const SampleContext& context) {
  const double log_sum = LogSumExp(logits, vocab_size);
  if (!std::isfinite(log_sum)) return std::nullopt;
  SampledToken token;
  if (sampling.logprobs > 0) token.top = TopLogprobs(logits, vocab_size, sampling.logprobs, log_sum);
  if (sampling.temperature < kGreedyTemperature) {
    const bool is_plain = sampling.repetition_penalty == 1;  // nothing to adjust, but for placeholders
    if (is_plain) token.id = ArgMax(logits, vocab_size);
    if (!is_plain || std::find(context.forbidden.begin(), context.forbidden.end(), token.id) != context.forbidden.end())
      token.id = ArgMax(Penalised(logits, vocab_size, sampling, context).data(), vocab_size);
  } else {
    token.id = Draw(Candidates(logits, vocab_size, sampling, context), MixSeed({sampling.seed, static_cast<uint64_t>(context.index)}));
  }
  token.logprob = static_cast<float>(logits[token.id] - log_sum);
  return token;
}

}  // namespace lingshu
