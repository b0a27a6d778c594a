// The Qwen2 pattern as code. Its alternatives, in the order in which they are tried at each position:
//   1 (?i:'s|'t|'re|'ve|'m|'ll|'d)      4  ?[^\s\p{L}\p{N}]+[\r\n]*
//   2 [^\r\n\p{L}\p{N}]?\p{L}+          5 \s*[\r\n]+
//   3 \p{N}                             6 \s+(?!\S)       7 \s+
#include "text/split.h"
#include "text/unicode.h"
#include "text/unicode_class.h"

namespace lingshu {
namespace {

struct Cursor {
  std::string_view text;
  const uint8_t* classes;

  // Class of the character at `at`, and the position behind it.
  uint8_t Class(size_t at, size_t& next) const {
    const auto byte = static_cast<uint8_t>(text[at]);
    if (byte < 0x80) {
      next = at + 1;
      return classes[byte];
    }
    // Valid UTF-8: the lead byte alone gives the length.
    const auto tail = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(text[at + i]) & 0x3F); };
    if (byte < 0xE0) {
      next = at + 2;
      return classes[(byte & 0x1Fu) << 6 | tail(1)];
    }
    if (byte < 0xF0) {
      next = at + 3;
      return classes[(byte & 0x0Fu) << 12 | tail(1) << 6 | tail(2)];
    }
    next = at + 4;
    return classes[(byte & 0x07u) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3)];
  }

  // End of the run of characters from `at` on whose class has none of `stop` and, when `need` is not 0, one of `need`.
  size_t Run(size_t at, uint8_t need, uint8_t stop) const {
    while (at < text.size()) {
      size_t next;
      const uint8_t bits = Class(at, next);
      if ((bits & stop) || (need && !(bits & need))) break;
      at = next;
    }
    return at;
  }
};

bool IsNewline(char c) { return c == '\r' || c == '\n'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Bytes of the contraction at `at` ("'s", "'Re"), or 0. U+017F folds to s.
size_t Contraction(std::string_view text, size_t at) {
  const std::string_view rest = text.substr(at + 1);
  if (rest.empty()) return 0;
  const char a = Lower(rest[0]);
  if (a == 's' || a == 't' || a == 'm' || a == 'd') return 2;
  if (rest.substr(0, 2) == "\xC5\xBF") return 3;
  if (rest.size() < 2) return 0;
  const char b = Lower(rest[1]);
  return (a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l') ? 3 : 0;
}

// Alternatives 5 to 7: white space that starts at `at` and leads no word or punctuation.
size_t SpaceEnd(const Cursor& cursor, size_t at) {
  size_t end = at, last_begin = at, newline_end = 0;
  while (end < cursor.text.size()) {
    size_t next;
    if (!(cursor.Class(end, next) & kSpace)) break;
    if (IsNewline(cursor.text[end])) newline_end = next;
    last_begin = end;
    end = next;
  }
  if (newline_end) return newline_end;
  return end == cursor.text.size() || last_begin == at ? end : last_begin;
}

size_t PieceEnd(const Cursor& cursor, size_t at) {
  constexpr uint8_t kNotPunctuation = kSpace | kLetter | kNumber;
  const std::string_view text = cursor.text;
  if (text[at] == '\'')
    if (const size_t length = Contraction(text, at)) return at + length;
  size_t next;
  const uint8_t bits = cursor.Class(at, next);
  if (bits & kLetter) return cursor.Run(next, kLetter, 0);
  if (bits & kNumber) return next;
  size_t behind;
  const uint8_t following = next < text.size() ? cursor.Class(next, behind) : uint8_t{kSpace};
  if (!IsNewline(text[at]) && (following & kLetter)) return cursor.Run(behind, kLetter, 0);
  if (!(bits & kSpace) || (text[at] == ' ' && !(following & kNotPunctuation))) {
    size_t end = cursor.Run(next, 0, kNotPunctuation);
    while (end < text.size() && IsNewline(text[end])) ++end;
    return end;
  }
  return SpaceEnd(cursor, at);
}

}  // namespace

void SplitQwen2(std::string_view text, std::vector<std::string_view>& pieces) {
  const Cursor cursor{text, CodePointClasses()};
  for (size_t at = 0; at < text.size();) {
    const size_t end = PieceEnd(cursor, at);
    pieces.push_back(text.substr(at, end - at));
    at = end;
  }
}

}  // namespace lingshu
