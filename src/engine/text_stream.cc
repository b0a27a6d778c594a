// Only the end of the text is looked at, so that a token costs the same at any length.
#include "engine/text_stream.h"

#include <algorithm>
#include <utility>

#include "text/unicode.h"

namespace lingshu {

TextStream::TextStream(const Tokenizer* tokenizer, std::vector<std::string> stop) : tokenizer_(tokenizer), stop_(std::move(stop)) {
  std::erase(stop_, std::string());
  for (const std::string& text : stop_) longest_stop_ = std::max(longest_stop_, text.size());
}

bool TextStream::CutAtStop(size_t from) {
  size_t cut = std::string::npos;
  for (const std::string& stop : stop_) cut = std::min(cut, text_.find(stop, from));
  if (cut == std::string::npos) return false;
  text_.resize(cut);
  unfinished_.clear();
  is_closed_ = true;
  return true;
}

bool TextStream::Add(int64_t id) {
  if (tokenizer_ == nullptr || is_closed_ || tokenizer_->IsSpecial(id)) return false;
  unfinished_ += tokenizer_->Bytes(id);
  const size_t whole = unfinished_.size() - UnfinishedUtf8(unfinished_), before = text_.size();
  text_ += RepairUtf8(std::string_view(unfinished_).substr(0, whole));
  unfinished_.erase(0, whole);
  return CutAtStop(before > longest_stop_ ? before - longest_stop_ : 0);
}

std::string TextStream::Take() {
  size_t held = 0;  // the longest end of the text that begins a stop text
  if (!is_closed_)
    for (const std::string& stop : stop_)
      for (size_t length = std::min(stop.size() - 1, text_.size()); length > held; --length)
        if (text_.ends_with(std::string_view(stop).substr(0, length))) held = length;
  const size_t end = std::max(taken_, text_.size() - held), begin = std::exchange(taken_, end);
  return text_.substr(begin, end - begin);
}

void TextStream::Close() {
  if (is_closed_) return;
  text_ += RepairUtf8(unfinished_);
  unfinished_.clear();
  is_closed_ = true;
}

}  // namespace lingshu
