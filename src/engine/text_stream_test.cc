// Streams of tokens as text, with a tokenizer whose tokens are given byte strings.
#include "engine/text_stream.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "text/unicode.h"

namespace lingshu {
namespace {

class ByteStrings : public Tokenizer {
 public:
  explicit ByteStrings(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {}
  std::vector<int64_t> Encode(std::string_view) const override { return {}; }
  std::vector<int64_t> EncodeTrusted(std::string_view) const override { return {}; }
  std::string Decode(const std::vector<int64_t>& ids, bool) const override {
    std::string bytes;
    for (const int64_t id : ids) bytes += Bytes(id);
    return RepairUtf8(bytes);
  }
  std::string Bytes(int64_t id) const override { return tokens_.at(static_cast<size_t>(id)); }
  int64_t Id(std::string_view) const override { return -1; }
  bool IsSpecial(int64_t id) const override { return Bytes(id) == "<end>"; }
  int64_t vocab_size() const override { return static_cast<int64_t>(tokens_.size()); }

 private:
  std::vector<std::string> tokens_;
};

TEST(TextStream, HoldsBackHalfACharacter) {
  const ByteStrings tokenizer({"\xe5\xb7", "\xa6", "a", "\xe5"});
  TextStream stream(&tokenizer, {});
  stream.Add(0);
  EXPECT_EQ(stream.Take(), "");
  stream.Add(1);
  EXPECT_EQ(stream.Take(), "左");
  stream.Add(3);
  EXPECT_EQ(stream.Take(), "");
  stream.Close();
  EXPECT_EQ(stream.Take(), "\xef\xbf\xbd");
}

TEST(TextStream, HoldsBackWhatMayBecomeAStopText) {
  const ByteStrings tokenizer({"answer", " EN", "D", "ough"});
  TextStream stream(&tokenizer, {" END", "###"});
  stream.Add(0);
  EXPECT_EQ(stream.Take(), "answer");
  stream.Add(1);
  EXPECT_EQ(stream.Take(), "");
  EXPECT_TRUE(stream.Add(2));
  EXPECT_EQ(stream.Take(), "");
  EXPECT_EQ(stream.text(), "answer");
  EXPECT_FALSE(stream.Add(0));  // nothing follows a stop
  EXPECT_EQ(stream.text(), "answer");
  TextStream other(&tokenizer, {" END"});
  other.Add(1), other.Add(3);
  EXPECT_EQ(other.Take(), " ENough");
}

TEST(TextStream, LeavesSpecialTokensOut) {
  const ByteStrings tokenizer({"a", "<end>"});
  TextStream stream(&tokenizer, {"<end>"});
  EXPECT_FALSE(stream.Add(1));
  EXPECT_EQ(stream.text(), "");
}

// Whatever the tokens and stop texts: what was taken joins to the decoded text cut before its first stop text.
TEST(TextStream, PiecesJoinToTheDecodedText) {
  const ByteStrings tokenizer({"a", "b", "ab", "ba", "c", "\xe5", "\xb7", "\xa6", "左", "\xf0\x9f", "\xab\x81", "\xff", "aab", "\n"});
  const std::vector<std::string> possible = {"aa", "abab", "cab", "左b", "b\n", "aaab", "\xef\xbf\xbd", ""};
  Rng rng(11);
  int64_t stopped = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::string> stop;
    for (int i = rng.Int(0, 2); i > 0; --i) stop.push_back(rng.Pick(possible));
    TextStream stream(&tokenizer, stop);
    std::vector<int64_t> ids;
    std::string taken;
    bool is_stopped = false;
    for (int i = rng.Int(0, 12); i > 0 && !is_stopped; --i) {
      ids.push_back(rng.Int(0, 13));
      is_stopped = stream.Add(ids.back());
      const std::string piece = stream.Take();
      ASSERT_TRUE(IsValidUtf8(piece));
      taken += piece;
    }
    stream.Close();
    taken += stream.Take();
    std::string expected = tokenizer.Decode(ids, false);
    size_t cut = std::string::npos;
    if (is_stopped)
      for (const std::string& text : stop)
        if (!text.empty()) cut = std::min(cut, expected.find(text));
    if (is_stopped) {
      ASSERT_NE(cut, std::string::npos);
      expected.resize(cut);
      ++stopped;
    }
    ASSERT_EQ(taken, expected);
    ASSERT_EQ(stream.text(), expected);
  }
  EXPECT_GT(stopped, 1000);
}

}  // namespace
}  // namespace lingshu
