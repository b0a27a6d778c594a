// BLEU (Papineni et al. 2002), in the variants whose numbers are published under that name. All take the same counts.
//   nltk       sentence_bleu of nltk 3.9.1: no smoothing puts 2.2e-308 for an order without a match
//   coco       pycocoevalcap 1.2: corpus counts with 1e-15 and 1e-9 against zero
//   sacrebleu  2.6.0 sentence_bleu: exponential smoothing, effective order, 0 to 100
#pragma once

#include <array>
#include <cstdint>

#include "score/ngrams.h"

namespace lingshu {

// By order n - 1. Counts of pairs may be added up: corpus BLEU is BLEU of the sum.
struct BleuCounts {
  std::array<int64_t, kMaxNgramOrder> matches = {}, totals = {};
  std::array<int64_t, kMaxNgramOrder> nltk_totals = {};  // each text counted with at least one: nltk sums it so
  int64_t candidate_length = 0, reference_length = 0;    // tokens

  BleuCounts& operator+=(const BleuCounts& other);
};

BleuCounts CountBleu(const Ngrams& reference, const Ngrams& candidate);

// kMethod1 puts 0.1 in the place of no match (Chen and Cherry 2014), as RadCliQ's BLEU-2 has it.
enum class BleuSmoothing { kNone, kMethod1 };

// Uniform weights over orders 1 to max_order, in [0, 1]; 0 where no word matches.
double NltkBleu(const BleuCounts& counts, int max_order, BleuSmoothing smoothing = BleuSmoothing::kNone);
// In [0, 1], for one pair and for the sum over a corpus alike.
double CocoBleu(const BleuCounts& counts, int max_order);
// In [0, 100].
double SacreSentenceBleu(const BleuCounts& counts);

}  // namespace lingshu
