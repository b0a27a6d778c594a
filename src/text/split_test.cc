// Facts of pre-tokenization; the pattern itself is the oracle of the splitter written by hand.
#include "text/split.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/rng.h"
#include "text/unicode.h"

namespace lingshu {
namespace {

using Pieces = std::vector<std::string_view>;

Pieces ByHand(std::string_view text) {
  Pieces pieces;
  SplitQwen2(text, pieces);
  return pieces;
}

Pieces ByPattern(const std::string& pattern, std::string_view text, bool should_drop_gaps = false) {
  Pieces pieces;
  RegexSplitter(pattern, "test").Split(text, should_drop_gaps, pieces);
  return pieces;
}

TEST(Split, Qwen2CutsWordsDigitsPunctuationAndSpaces) {
  EXPECT_EQ(ByHand("It's 12.5 mg/kg, OK?\n\n  a"),
            (Pieces{"It", "'s", " ", "1", "2", ".", "5", " mg", "/kg", ",", " OK", "?\n\n", " ", " a"}));
  EXPECT_EQ(ByHand("a   b \t\n  c  "), (Pieces{"a", "  ", " b", " \t\n", " ", " c", "  "}));
  EXPECT_EQ(ByHand("左肺结节，右肺"), (Pieces{"左肺结节", "，右肺"}));
  EXPECT_EQ(ByHand("'S'Ve'lL'x'ſ"), (Pieces{"'S", "'Ve", "'lL", "'x", "'ſ"}));
  EXPECT_TRUE(ByHand("").empty());
}

TEST(Split, ByHandAgreesWithThePatternOnRandomText) {
  const RegexSplitter pattern(kQwen2Pattern, "test");
  const std::vector<std::string> pool = {
      "a",    "Z",      "é",      "左",         "1",      "²",          "٣",      " ",   " ",         "\t", "\n",
      "\r\n", "\u00a0", "\u3000", "\u180e",     "\u0085", "'",          "'s",     "'Re", "'ſ",        ".",  ",",
      "!",    "(",      "\u0301", "\U0001F600", "\u200d", "\U00011938", "\u1C8A", "_",   "<|im_end|>"};
  Rng rng(2);
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (int n = rng.Int(0, 14); n > 0; --n) text += rng.Pick(pool);
    Pieces expected;
    pattern.Split(text, false, expected);
    ASSERT_EQ(ByHand(text), expected) << text;
  }
}

TEST(Split, ByHandAgreesWithThePatternOnEveryCodePoint) {
  const RegexSplitter pattern(kQwen2Pattern, "test");
  for (char32_t begin = 0; begin < 0x110000; begin += 64) {
    std::string text;
    for (char32_t c = begin; c < begin + 64; ++c)
      for (const char* around : {"a", " ", "'", "1", "\n"}) {
        text += around;
        AppendUtf8(text, c);
      }
    Pieces expected;
    pattern.Split(text, false, expected);
    ASSERT_EQ(ByHand(text), expected) << std::hex << static_cast<uint32_t>(begin);
  }
}

TEST(Split, PiecesJoinToTheText) {
  const std::string text = "x=1;\r\n\t左 y's  ";
  std::string joined;
  for (const std::string_view piece : ByHand(text)) joined += piece;
  EXPECT_EQ(joined, text);
}

TEST(Split, GapsStayUnlessDropped) {
  EXPECT_EQ(ByPattern("\\p{N}", "a1b22c"), (Pieces{"a", "1", "b", "2", "2", "c"}));
  EXPECT_EQ(ByPattern("\\p{N}+", "a1b22c", true), (Pieces{"1", "22"}));
  EXPECT_EQ(ByPattern("x*", "axb"), (Pieces{"a", "x", "b"}));  // empty matches cut nothing
}

TEST(Split, ClassesAreAdaptedToPcre2) {
  EXPECT_EQ(ByPattern("\\s+", "a\u180eb\u3000c"), (Pieces{"a\u180eb", "\u3000", "c"}));
  EXPECT_EQ(ByPattern("[^\\s\\p{L}]+", "\u1C8A.\u1C8A"), (Pieces{"\u1C8A", ".", "\u1C8A"}));
  EXPECT_EQ(ByPattern("\\P{L}+", "\u1C8A1"), (Pieces{"\u1C8A", "1"}));
  EXPECT_EQ(ByPattern("\\w+", "a\u0301_-b"), (Pieces{"a\u0301_", "-", "b"}));
}

TEST(Split, WhatTheEnginesReadDifferentlyIsRefused) {
  for (const char* pattern : {"\\h+", "\\bword", "[a[b]]", "[a&&b]", "[\\P{L}]", "a\\", "\\p{L", "[]a]", "(", "\\K"}) {
    try {
      RegexSplitter splitter(pattern, "tokenizer.json");
      ADD_FAILURE() << pattern;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnsupported) << pattern;
      EXPECT_TRUE(error.message().starts_with("tokenizer.json: ")) << error.message();
    }
  }
  EXPECT_THROW(RegexSplitter(std::string(20000, 'a'), "t"), Error);
}

TEST(Split, APatternThatBacktracksWithoutEndIsStopped) {
  const RegexSplitter splitter("(a+)+$x|(a|aa)+b", "tokenizer.json");
  Pieces pieces;
  EXPECT_THROW(splitter.Split(std::string(60, 'a') + "c", false, pieces), Error);
}

}  // namespace
}  // namespace lingshu
