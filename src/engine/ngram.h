// Prompt look-up (Saxena 2023, "Prompt Lookup Decoding"; Yang et al. 2023, arXiv 2304.04487): what followed the last few tokens
// where they stood before is guessed to follow again. The model then checks all guesses in one pass; since the engine's rows
// do not depend on each other, the tokens are those that it would have chosen one by one.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace lingshu {

class NgramDrafter {
 public:
  // At most max_tokens guesses; 0 never guesses.
  explicit NgramDrafter(int64_t max_tokens) : max_tokens_(max_tokens), length_(max_tokens < 4 ? max_tokens : 4) {}

  // Guesses of what follows `ids`, at most `room` of them. REQUIRES: ids begin with those of the call before.
  std::vector<int64_t> Draft(const std::vector<int64_t>& ids, int64_t room);
  // How many of the last guesses were right: good times make longer guesses, bad ones shorter.
  void Learn(int64_t drafted, int64_t accepted);

 private:
  int64_t max_tokens_, length_;
  std::unordered_map<uint64_t, int64_t> place_after_;  // of an n-gram's last occurrence
  int64_t indexed_ = 0;                                // n-grams that end before this token are in the table
};

}  // namespace lingshu
