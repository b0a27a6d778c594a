// HammingIndex: 64-bit hashes within a small distance of a given one, without comparing with all. A hash is cut into
// eight bytes; two hashes that differ in at most seven bits agree in at least one whole byte (pigeonhole; Norouzi et
// al. 2012).
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

namespace lingshu {

class HammingIndex {
 public:
  static constexpr int kMaxDistance = 7;

  void Add(uint64_t hash, int64_t value) {
    for (int byte = 0; byte < 8; ++byte) buckets_[byte][(hash >> (8 * byte)) & 0xff].emplace_back(hash, value);
  }

  // Calls visit(value, distance) for each entry within the distance until it returns true; entries may come more than
  // once. REQUIRES: distance <= kMaxDistance.
  template <typename Visitor>
  bool AnyWithin(uint64_t hash, int distance, Visitor visit) const {
    for (int byte = 0; byte <= distance; ++byte)
      for (const auto& [other, value] : buckets_[byte][(hash >> (8 * byte)) & 0xff])
        if (const int found = std::popcount(hash ^ other); found <= distance && visit(value, found)) return true;
    return false;
  }

 private:
  std::array<std::array<std::vector<std::pair<uint64_t, int64_t>>, 256>, 8> buckets_;
};

}  // namespace lingshu
