// Ids of pieces seen before, one table for each thread: no locks, and what is found never changes what is answered.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace lingshu {

// Direct-mapped, 1 MiB; pieces of up to 26 bytes and 8 ids, which is nearly every word. Entries carry their owner, so
// that several tokenizers can share it.
class WordCache {
 public:
  struct Entry {
    uint32_t owner = 0;  // 0: empty
    uint8_t length = 0, count = 0;
    char piece[26];
    int32_t ids[8];

    bool Holds(uint32_t by, std::string_view other) const {
      return owner == by && length == other.size() && std::memcmp(piece, other.data(), other.size()) == 0;
    }
  };
  static_assert(sizeof(Entry) == 64);

  static bool Fits(std::string_view piece) { return piece.size() <= sizeof(Entry::piece); }
  Entry& At(std::string_view piece) { return entries_[HashBytes(piece) & (kEntries - 1)]; }

  static WordCache& OfThread() {
    thread_local WordCache cache;
    return cache;
  }

 private:
  static constexpr size_t kEntries = 1 << 14;
  std::vector<Entry> entries_{kEntries};
};

}  // namespace lingshu
