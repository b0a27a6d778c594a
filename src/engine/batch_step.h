// BatchStep: one forward pass for many sequences. Each gives its pending tokens (a chunk of a prompt, or the one chosen last with
// guesses behind it); their keys and values go into pages, and attention goes through the pages. Prefill, chunked prefill,
// decoding and checking guesses are therefore the same code.
#pragma once

#include <memory>
#include <vector>

#include "engine/cached_attention.h"
#include "engine/feature_cache.h"
#include "engine/sequence.h"

namespace lingshu {

class BatchStep {
 public:
  // attention has room for the pages that the sequences name. REQUIRES: the model outlives it.
  BatchStep(const Model& model, CachedAttention attention);

  // Computes at most max_tokens pending tokens, in the order of `running`, and chooses the next token of every sequence whose
  // pending ones are all computed.
  void Run(const std::vector<Sequence*>& running, int64_t max_tokens);
  void ForgetFeatures() { features_.Forget(); }

 private:
  // Tokens of one sequence inside the packed ones of the step: `count` of its ids, then its guesses.
  struct Slice {
    Sequence* sequence;
    int64_t begin, count;
    int64_t num_tokens() const { return count + static_cast<int64_t>(sequence->draft().size()); }
    bool is_ready() const { return count == sequence->pending(); }
  };

  std::vector<Slice> Plan(const std::vector<Sequence*>& running, int64_t max_tokens) const;
  Tensor Forward(const std::vector<Slice>& slices);
  Tensor Features(const std::vector<Slice>& slices);
  void Choose(const std::vector<Slice>& ready, const Tensor& logits_RV) const;

  const Model& model_;
  CachedAttention attention_;
  FeatureCache features_;
  std::vector<int64_t> placeholders_;
};

}  // namespace lingshu
