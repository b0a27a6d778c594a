// RaTEScore (Zhao et al. 2024, arXiv:2406.16845) from the entities of two reports: their types and embeddings.
#pragma once

#include <array>
#include <span>
#include <vector>

namespace lingshu {

enum class RateType : int { kAbnormality, kNonAbnormality, kDisease, kNonDisease, kAnatomy };
inline constexpr int kNumRateTypes = 5;

struct RateEntity {
  RateType type = RateType::kAbnormality;
  std::vector<float> embedding;  // [CLS] of BioLORD-2023-C
};

// The two sets of weights that RaTEScore ships.
enum class RateMatrix { kLong, kShort };
double RateWeight(RateMatrix matrix, RateType entity, RateType nearest);
double RateNegationWeight(RateMatrix matrix);  // of a pair of which one says present and the other absent

// Mean similarity of each entity of `from` to its nearest of `to`, weighted by the pair of types, lowered where one
// says present and the other absent; in [-1, 1].
double RateOneWay(const std::vector<RateEntity>& from, const std::vector<RateEntity>& to, RateMatrix matrix);

// Harmonic mean of both ways; may be negative; 0.5 where a report has no entity, as the reference has it.
double RateScore(const std::vector<RateEntity>& reference, const std::vector<RateEntity>& candidate, RateMatrix matrix);

}  // namespace lingshu
