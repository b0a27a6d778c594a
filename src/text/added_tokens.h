// Added tokens ("<|im_end|>"): strings that stand outside the vocabulary and are found in trusted text before anything
// else.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lingshu {

struct AddedToken {
  std::string content;
  int64_t id = 0;
  bool is_special = true;                                      // left out by Decode
  bool is_single_word = false;                                 // only where no word character touches it
  bool should_strip_left = false, should_strip_right = false;  // takes the white space beside it along
};

class AddedTokens {
 public:
  // Throws Error(kCorrupt) when two tokens share an id or a content, or one is empty.
  AddedTokens(std::vector<AddedToken> tokens, const std::string& where);

  struct Match {
    size_t begin, end;
    int64_t id;
  };
  // Leftmost, then longest; matches do not overlap.
  std::vector<Match> FindAll(std::string_view text) const;

  const AddedToken* ById(int64_t id) const;
  int64_t Id(std::string_view content) const;  // -1 when absent
  const std::vector<AddedToken>& tokens() const { return tokens_; }

 private:
  const AddedToken* LongestAt(std::string_view text, size_t at) const;

  std::vector<AddedToken> tokens_;
  std::vector<size_t> by_first_byte_[256];  // longest first
  std::map<int64_t, size_t> by_id_;
};

}  // namespace lingshu
