// MinHash with locality-sensitive hashing: finds, among texts seen before, one whose set of shingles has at least a
// given Jaccard similarity (Broder 1997; Leskovec, Rajaraman and Ullman, Mining of Massive Datasets, chapter 3).
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace lingshu {

inline constexpr int kPermutations = 128;
using Signature = std::array<uint32_t, kPermutations>;

// The smallest value of each of 128 pseudo-random permutations over the shingles.  REQUIRES: shingles is not empty.
Signature MinHash(const std::vector<uint64_t>& shingles);

// The share of equal places, an unbiased estimate of the Jaccard similarity J with deviation sqrt(J (1 - J) / 128).
double EstimatedJaccard(const Signature& a, const Signature& b);

// Remembers signatures and answers whether a similar one came before. 16 bands of 8 rows: a pair of similarity s shares
// a band with probability 1 - (1 - s^8)^16, which is 0.95 at 0.8, 0.999 at 0.87 and 0.25 at 0.6; what shares one is
// compared in full. About 1.2 KB for each text that is kept.
class SimilarTexts {
 public:
  explicit SimilarTexts(double threshold) : threshold_(threshold) {}
  // True when a text of at least the threshold's similarity was inserted before; inserts otherwise.
  bool FindOrInsert(const Signature& signature);

 private:
  static constexpr int kBands = 16;
  static constexpr int kRows = kPermutations / kBands;

  double threshold_;
  std::vector<Signature> signatures_;
  std::unordered_multimap<uint64_t, uint32_t> bands_;  // hash of band number and rows -> index of the signature
};

}  // namespace lingshu
