// Facts of UTF-8 and the Unicode forms.
#include "text/unicode.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "text/unicode_class.h"

namespace lingshu {
namespace {

const std::string kFffd = "\xEF\xBF\xBD";

TEST(Unicode, EveryCodePointSurvivesEncodingAndDecoding) {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text;
    AppendUtf8(text, c);
    size_t at = 0;
    ASSERT_EQ(NextCodePoint(text, at), c);
    ASSERT_EQ(at, text.size());
    ASSERT_TRUE(IsValidUtf8(text));
  }
}

// Table 3-8 of the Unicode standard, and what Rust's from_utf8_lossy makes of it.
TEST(Unicode, EachMaximalIllFormedPartBecomesOneReplacement) {
  EXPECT_EQ(RepairUtf8("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64"),
            "a" + kFffd + kFffd + kFffd + "b" + kFffd + "c" + kFffd + kFffd + "d");
  EXPECT_EQ(RepairUtf8("\xC0\xAF"), kFffd + kFffd);                          // overlong
  EXPECT_EQ(RepairUtf8("\xED\xA0\x80"), kFffd + kFffd + kFffd);              // surrogate
  EXPECT_EQ(RepairUtf8("\xF4\x90\x80\x80"), kFffd + kFffd + kFffd + kFffd);  // beyond U+10FFFF
  EXPECT_EQ(RepairUtf8("\xE5\xB7\xA6\xE5\xB7"), "左" + kFffd);
}

TEST(Unicode, RepairedBytesAreValidAndValidBytesStay) {
  Rng rng(1);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes;
    for (int n = rng.Int(0, 12); n > 0; --n)
      bytes += static_cast<char>(rng.Chance(0.3) ? rng.Int('a', 'z') : rng.Int(0x80, 0xFF));
    const std::string repaired = RepairUtf8(bytes);
    ASSERT_TRUE(IsValidUtf8(repaired));
    ASSERT_EQ(IsValidUtf8(bytes), repaired == bytes);
  }
}

TEST(Unicode, StreamsHoldBackExactlyTheUnfinishedCharacter) {
  const std::string text = "a左\xF0\x9F\x99\x82";
  for (size_t size = 0; size <= text.size(); ++size) {
    const std::string_view part = std::string_view(text).substr(0, size);
    EXPECT_TRUE(IsValidUtf8(part.substr(0, size - UnfinishedUtf8(part)))) << size;
  }
  EXPECT_EQ(UnfinishedUtf8(text), 0u);
  EXPECT_EQ(UnfinishedUtf8("\xE5\xB7"), 2u);
  EXPECT_EQ(UnfinishedUtf8("\x80\x80"), 0u);  // never a beginning: nothing to wait for
}

TEST(Unicode, NfcForTokensKeepsToUnicode9) {
  EXPECT_EQ(NfcForTokens("e\u0301"), "é");
  EXPECT_EQ(NfcForTokens("\u1100\u1161\u11a8"), "각");
  EXPECT_EQ(NfcForTokens("\u212b"), "Å");
  // U+11938 composes since Unicode 13.
  EXPECT_EQ(NfcForTokens("\U00011935\U00011930"), "\U00011935\U00011930");
  EXPECT_EQ(Nfc("\U00011935\U00011930"), "\U00011938");
  EXPECT_TRUE(IsNfcForTokens("plain, é, 左肺"));
  EXPECT_FALSE(IsNfcForTokens("e\u0301"));
}

TEST(Unicode, WidthCaseAndCompatibilityFold) {
  EXPECT_EQ(HalfWidth("ＡＢ１２％，（　）左。"), "AB12%,( )左。");
  EXPECT_EQ(Nfkc("ﬁ½²ＡＢ"), "fi1⁄22AB");
  EXPECT_EQ(FoldCase("Straße ΣΑΣ"), "strasse σασ");
  EXPECT_EQ(FoldCase("\xFF"), kFffd);
}

TEST(Unicode, WordsAreRunsNumbersAndSingleIdeographs) {
  EXPECT_EQ(WordTokens("T2-weighted MRI, 左肺2.5 cm."),
            (std::vector<std::string>{"T2", "weighted", "MRI", "左", "肺", "2.5", "cm"}));
  EXPECT_EQ(WordTokens("1,000; a,b 3. 4"), (std::vector<std::string>{"1,000", "a", "b", "3", "4"}));
  EXPECT_EQ(WordTokens("naïve e\u0301te"), (std::vector<std::string>{"naïve", "e\u0301te"}));
  EXPECT_TRUE(WordTokens(" .,!").empty());
}

TEST(Unicode, ClassesFollowUnicode16) {
  const uint8_t* classes = CodePointClasses();
  EXPECT_TRUE(classes[U'a'] & kLetter);
  EXPECT_TRUE(classes[U'½'] & kNumber);
  EXPECT_TRUE(classes[0x3000] & kSpace);
  EXPECT_FALSE(classes[0x180E] & kSpace);
  EXPECT_TRUE(classes[0x1C8A] & kLetter);   // Unicode 16
  EXPECT_TRUE(classes[0x2EBF0] & kLetter);  // Unicode 15.1
  EXPECT_TRUE(classes[0x1E5F1] & kNumber);  // Unicode 16
  EXPECT_NE(NewMembersOfCategory("Lu").find("\\x{1c89}"), std::string::npos);
  EXPECT_EQ(NewMembersOfCategory("Lu").find("\\x{1c8a}"), std::string::npos);
  EXPECT_NE(NewMembersOfCategory("L").find("\\x{1c8a}"), std::string::npos);
}

}  // namespace
}  // namespace lingshu
