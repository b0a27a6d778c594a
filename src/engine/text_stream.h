// TextStream: tokens to text as they come. Characters whose last byte is not here yet and text that may still become a stop
// text are held back, so that what was taken never has to be taken back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "text/tokenizer.h"

namespace lingshu {

class TextStream {
 public:
  // tokenizer may be null: then there is no text.
  TextStream(const Tokenizer* tokenizer, std::vector<std::string> stop);

  // Adds a token's text. True when a stop text stands complete: the text ends before it and takes nothing more.
  bool Add(int64_t id);
  // What may be shown and was not taken before.
  std::string Take();
  // No token follows: nothing is held back any more, and half a character becomes U+FFFD.
  void Close();
  // Everything so far, with what is held back but for half a character.
  const std::string& text() const { return text_; }

 private:
  bool CutAtStop(size_t from);

  const Tokenizer* tokenizer_;
  std::vector<std::string> stop_;
  size_t longest_stop_ = 0;
  std::string unfinished_;  // bytes of a character that is not whole
  std::string text_;
  size_t taken_ = 0;
  bool is_closed_ = false;
};

}  // namespace lingshu
