// BERTScore (Zhang et al. 2020) from the embeddings of two texts, as bert_score 0.3.13's greedy_cos_idf computes it.
#pragma once

#include <array>
#include <vector>

#include "score/rouge.h"

namespace lingshu {

// The encoder's last chosen layer: one row per word piece, special tokens included, with the weight of each piece
// (0 for the special tokens; 1, or ln((N + 1) / (df + 1)) with idf).
struct EncodedText {
  std::vector<std::vector<float>> embeddings;  // [T, D], any length
  std::vector<float> weights;                  // [T]
};

// Precision, recall and F in about [-1, 1]; 0 where all weights of a side are 0. float32 throughout, as the reference.
PrecisionRecallF BertScore(const EncodedText& reference, const EncodedText& candidate);

// (x - b) / (1 - b), each of the three with the baseline of its own.
PrecisionRecallF RescaleBertScore(const PrecisionRecallF& score, const PrecisionRecallF& baseline);

// distilroberta-base, layer 5, English: the setting of CXR-Report-Metric and RadCliQ.
inline constexpr PrecisionRecallF kDistilRobertaBaseline = {.p = 0.84732, .r = 0.84759504, .f = 0.8473319};

}  // namespace lingshu
