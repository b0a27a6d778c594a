// UTF-8 and the Unicode forms that text passes through: repair, NFC and NFKC, width, case, words.
// UTF-8 as in RFC 3629; an ill-formed maximal subpart becomes one U+FFFD (Unicode 15, section 3.9, "best practice"),
// which is what Rust's from_utf8_lossy and WHATWG decoders do. Functions are pure and may be called from any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lingshu {

inline constexpr char32_t kReplacement = 0xFFFD;

// The code point that starts at `at`, and moves `at` behind it; kReplacement for an ill-formed maximal subpart.
// REQUIRES: at < text.size().
char32_t NextCodePoint(std::string_view text, size_t& at);
void AppendUtf8(std::string& text, char32_t code_point);
bool IsValidUtf8(std::string_view text);
std::string RepairUtf8(std::string_view text);
// Bytes at the end of `text` that begin a character whose rest has not come yet (0 to 3): a stream holds them back.
size_t UnfinishedUtf8(std::string_view text);

// Canonical composition as the `tokenizers` package computes it: with the tables of Unicode 9, whose newer neighbours
// pass unchanged. REQUIRES: valid UTF-8.
std::string NfcForTokens(std::string_view text);
// True when NfcForTokens leaves `text` as it is without looking closely: nearly always.
bool IsNfcForTokens(std::string_view text);
// Current tables; ill-formed input is repaired first. NFKC also turns full-width forms, ligatures and superscripts
// plain.
std::string Nfc(std::string_view text);
std::string Nfkc(std::string_view text);
// Full-width ASCII (U+FF01 to U+FF5E) and the ideographic space become ASCII; everything else stays: "１２％，" is
// "12%,".
std::string HalfWidth(std::string_view text);
// Full case folding, for comparison: "Straße" is "strasse".
std::string FoldCase(std::string_view text);

// Words: runs of letters, marks and numbers, case kept; every ideograph, kana or Hangul syllable is a word of its own,
// punctuation separates and is left out: "T2-weighted MRI, 左肺2.5 cm" is T2 weighted MRI 左 肺 2.5 cm. A point or
// comma between digits stays inside the number.
std::vector<std::string> WordTokens(std::string_view text);

}  // namespace lingshu
