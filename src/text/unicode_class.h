// What a pre-tokenizer asks of a code point: letter, number, white space; one byte each, in one table.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lingshu {

enum CodePointClass : uint8_t {
  kOther = 0,
  kLetter = 1,   // \p{L}
  kNumber = 2,   // \p{N}
  kSpace = 4,    // White_Space
  kSimple = 8,   // NFC leaves it alone wherever it stands
  kMark = 16,    // \p{M}
  kOwnWord = 32  // ideographs, kana, Hangul: a word by itself
};

inline constexpr char32_t kClassedCodePoints = 0x110000;

// The table, kClassedCodePoints bytes, of Unicode 16 as far as letters, numbers and marks go. Built once (about 20 ms).
const uint8_t* CodePointClasses();

// Ranges that Unicode 15 to 16 gave to a general category, as members of a PCRE2 class ("\x{1c8a}\x{a7cd}…"):
// of "Lu" exactly, or of all categories of "L". Empty for other names.
std::string NewMembersOfCategory(std::string_view category);

}  // namespace lingshu
