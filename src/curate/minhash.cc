// Permutations of 32 bits by x -> (x xor b) * a with odd a, a bijection that the compiler turns into vector code; the
// shingle's hash is mixed already, so that the multiplication only has to order it anew.
#include "curate/minhash.h"

#include <algorithm>

#include "base/error.h"
#include "base/hash.h"
#include "base/rng.h"

namespace lingshu {
namespace {

// A text of one repeated word would meet itself in every bucket; beyond so many neighbours in a bucket no more are
// compared.
constexpr int kMaxNeighbours = 64;

struct Permutations {
  std::array<uint32_t, kPermutations> a, b;
  Permutations() {
    Rng rng(SeedOf("minhash"));
    for (int i = 0; i < kPermutations; ++i) {
      a[i] = static_cast<uint32_t>(rng.Next()) | 1;
      b[i] = static_cast<uint32_t>(rng.Next());
    }
  }
};

}  // namespace

Signature MinHash(const std::vector<uint64_t>& shingles) {
  static const Permutations permutations;
  CHECK(!shingles.empty());
  Signature signature;
  signature.fill(UINT32_MAX);
  for (const uint64_t shingle : shingles) {
    const auto x = static_cast<uint32_t>(shingle >> 32);
    for (int i = 0; i < kPermutations; ++i) {
      const uint32_t y = (x ^ permutations.b[i]) * permutations.a[i];
      signature[i] = std::min(signature[i], y);
    }
  }
  return signature;
}

double EstimatedJaccard(const Signature& a, const Signature& b) {
  int equal = 0;
  for (int i = 0; i < kPermutations; ++i) equal += a[i] == b[i];
  return static_cast<double>(equal) / kPermutations;
}

bool SimilarTexts::FindOrInsert(const Signature& signature) {
  std::array<uint64_t, kBands> keys;
  for (int band = 0; band < kBands; ++band) {
    keys[band] = HashBytes({reinterpret_cast<const char*>(&signature[band * kRows]), kRows * sizeof(uint32_t)},
                           static_cast<uint64_t>(band));
    const auto [begin, end] = bands_.equal_range(keys[band]);
    int compared = 0;
    for (auto it = begin; it != end && compared < kMaxNeighbours; ++it, ++compared)
      if (EstimatedJaccard(signatures_[it->second], signature) >= threshold_) return true;
  }
  for (const uint64_t key : keys) bands_.emplace(key, static_cast<uint32_t>(signatures_.size()));
  signatures_.push_back(signature);
  return false;
}

}  // namespace lingshu
