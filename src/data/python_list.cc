#include "data/python_list.h"

#include <charconv>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"

namespace lingshu {
namespace {

class PythonReader {
 public:
  PythonReader(std::string_view text, const std::string& where) : text_(TrimAscii(text)), where_(where) {}

  std::vector<std::string> Read() {
    std::vector<std::string> items;
    Expect('[');
    for (SkipBlanks(); !Take(']'); SkipBlanks()) {
      items.push_back(Item());
      SkipBlanks();
      if (Peek() != ']') Expect(',');
    }
    if (at_ != text_.size()) Fail();
    return items;
  }

 private:
  [[noreturn]] void Fail() const { throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected a list as Python prints it, at byte {}.", where_, at_)); }
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) { return Peek() == c && at_ < text_.size() ? (++at_, true) : false; }
  void Expect(char c) {
    if (!Take(c)) Fail();
  }
  void SkipBlanks() {
    while (at_ < text_.size() && IsSpaceAscii(text_[at_])) ++at_;
  }

  std::string Item() {
    const char quote = Peek();
    if (quote != '\'' && quote != '"') {
      const size_t end = text_.find_first_of(",]", at_);
      if (end == std::string_view::npos || end == at_) Fail();
      const std::string_view word = TrimAscii(text_.substr(at_, end - at_));
      at_ = end;
      if (word.find_first_of("'\"[(") != std::string_view::npos) Fail();
      return std::string(word);
    }
    std::string value;
    for (++at_; !Take(quote);) {
      if (at_ >= text_.size()) Fail();
      const char c = text_[at_++];
      if (c == '\\') Escape(value);
      else value += c;
    }
    return value;
  }

  void Escape(std::string& value) {
    if (at_ >= text_.size()) Fail();
    const char c = text_[at_++];
    switch (c) {
      case 'n': value += '\n'; return;
      case 't': value += '\t'; return;
      case 'r': value += '\r'; return;
      case 'x': return CodePoint(2, value);
      case 'u': return CodePoint(4, value);
      case '\\':
      case '\'':
      case '"': value += c; return;
      default: value += '\\', value += c;  // as Python does
    }
  }

  void CodePoint(size_t digits, std::string& value) {
    uint32_t code = 0;
    const std::string_view hex = text_.substr(at_, digits);
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), code, 16);
    if (error != std::errc() || end != hex.data() + digits) Fail();
    at_ += digits;
    if (code < 0x80) value += static_cast<char>(code);
    else if (code < 0x800) value += static_cast<char>(0xc0 | code >> 6), value += static_cast<char>(0x80 | (code & 0x3f));
    else value += static_cast<char>(0xe0 | code >> 12), value += static_cast<char>(0x80 | (code >> 6 & 0x3f)), value += static_cast<char>(0x80 | (code & 0x3f));
  }

  std::string_view text_;
  const std::string& where_;
  size_t at_ = 0;
};

}  // namespace

std::vector<std::string> ParsePythonList(std::string_view text, const std::string& where) { return PythonReader(text, where).Read(); }

}  // namespace lingshu
