// Randomness by seed: counter-based streams, so that any draw can be reached again without replaying what came before.
// SplitMix64 (Steele, Lea, Flood 2014) for mixing, xoshiro256** (Blackman, Vigna 2018) for streams.
// Same seed, same numbers, on every platform: no std::distribution is used.
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <utility>
#include <vector>

namespace lingshu {

// Mixes any number of words into one seed: MixSeed({seed, step, row}).
uint64_t MixSeed(std::initializer_list<uint64_t> words);
// FNV-1a of a name, to give each named stream its own seed.
uint64_t SeedOf(std::string_view name);

class Rng {
 public:
  explicit Rng(uint64_t seed);
  uint64_t Next();
  double Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }  // [0, 1)
  double Uniform(double low, double high) { return low + (high - low) * Uniform(); }
  // [0, n), unbiased. REQUIRES: n > 0.
  uint64_t Below(uint64_t n);
  int Int(int low, int high) { return low + static_cast<int>(Below(static_cast<uint64_t>(high - low + 1))); }  // both ends
  bool Chance(double probability) { return Uniform() < probability; }
  double Normal();  // mean 0, deviation 1 (Box-Muller)
  double Normal(double mean, double deviation) { return mean + deviation * Normal(); }

  template <typename T>
  const T& Pick(const std::vector<T>& values) { return values[Below(values.size())]; }
  template <typename T>
  void Shuffle(std::vector<T>& values) {
    for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[Below(i)]);
  }

 private:
  uint64_t state_[4];
};

}  // namespace lingshu
