// Facts of training a tokenizer; a trainer that recounts everything is the oracle.
#include <algorithm>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/rng.h"
#include "text/bpe.h"
#include "text/chat.h"
#include "text/qwen_vl.h"
#include "text/split.h"
#include "text/tokenizer.h"

namespace lingshu {
namespace {

using Texts = std::map<std::string, int64_t>;

constexpr int64_t kAdded = 22;

class TrainTokenizerTest : public testing::Test {
 protected:
  void SetUp() override { fs::remove_all(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  std::shared_ptr<const Tokenizer> Train(const Texts& texts, int64_t vocab_size) {
    TrainTokenizer(texts, vocab_size, folder_);
    return Tokenizer::Load(folder_);
  }
  const fs::path folder_ = fs::path(testing::TempDir()) / "lingshu_trained";
};

// Tokens in order of their making, by counting all pairs before each merge.
std::vector<std::string> NaiveTokens(const Texts& texts, size_t count) {
  std::map<std::vector<std::string>, int64_t> words;
  for (const auto& [text, times] : texts) {
    std::vector<std::string_view> pieces;
    SplitQwen2(text, pieces);
    for (const std::string_view piece : pieces) {
      std::vector<std::string> bytes;
      for (const char c : piece) bytes.emplace_back(1, c);
      words[bytes] += times;
    }
  }
  std::vector<std::string> tokens;
  while (tokens.size() < count) {
    std::map<std::pair<std::string, std::string>, int64_t> pairs;
    for (const auto& [word, times] : words)
      for (size_t i = 0; i + 1 < word.size(); ++i) pairs[{word[i], word[i + 1]}] += times;
    const auto best =
        std::max_element(pairs.begin(), pairs.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    if (best == pairs.end() || best->second < 2) break;
    const auto [left, right] = best->first;  // the first of equals in the order of bytes
    std::map<std::vector<std::string>, int64_t> merged;
    for (const auto& [parts, times] : words) {
      std::vector<std::string> word = parts;
      for (size_t i = 0; i + 1 < word.size(); ++i)
        if (word[i] == left && word[i + 1] == right) {
          word[i] += right;
          word.erase(word.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
      merged[word] += times;
    }
    words = std::move(merged);
    if (std::find(tokens.begin(), tokens.end(), left + right) == tokens.end()) tokens.push_back(left + right);
  }
  return tokens;
}

TEST_F(TrainTokenizerTest, MakesTheTokensOfTheDefinition) {
  Rng rng(4);
  Texts texts;
  const std::vector<std::string> syllables = {"a", "aa", "ab", "ba", "lung", "ling", "左", "肺", "é"};
  for (int i = 0; i < 60; ++i) {
    std::string text;
    for (int n = rng.Int(1, 8); n > 0; --n) text += rng.Pick(syllables) + (rng.Chance(0.3) ? " " : "");
    texts[text] += rng.Int(1, 3);
  }
  const std::vector<std::string> expected = NaiveTokens(texts, 80);
  ASSERT_EQ(expected.size(), 80u);
  const auto tokenizer = Train(texts, 256 + 80 + kAdded);
  for (size_t i = 0; i < expected.size(); ++i)
    EXPECT_EQ(tokenizer->Bytes(256 + static_cast<int64_t>(i)), expected[i]) << i;
}

TEST_F(TrainTokenizerTest, CountsWeighTexts) {
  EXPECT_EQ(Train({{"ab", 2}, {"cd", 5}}, 257 + kAdded)->Bytes(256), "cd");
  EXPECT_EQ(Train({{"ab", 5}, {"cd", 5}}, 257 + kAdded)->Bytes(256), "ab");
}

TEST_F(TrainTokenizerTest, ControlTokensCloseTheVocabulary) {
  const auto tokenizer = Train({{"the lung, the left lung", 9}}, 260 + kAdded);
  EXPECT_EQ(tokenizer->vocab_size(), 260 + kAdded);
  EXPECT_EQ(tokenizer->Id("<|endoftext|>"), 260);
  EXPECT_EQ(tokenizer->Id("<|file_sep|>"), 260 + kAdded - 1);
  EXPECT_TRUE(tokenizer->IsSpecial(tokenizer->Id("<|image_pad|>")));
  EXPECT_FALSE(tokenizer->IsSpecial(tokenizer->Id("<tool_call>")));
  EXPECT_EQ(tokenizer->chat_template().source, kQwenVlChatTemplate);
  EXPECT_EQ(EncodeChat(*tokenizer, {{"user", {{.is_image = true}, {.text = "lung"}}}}, {3}, true).front(),
            tokenizer->Id("<|im_start|>"));
}

TEST_F(TrainTokenizerTest, StopsWhereNoPairOccursTwice) {
  EXPECT_EQ(Train({{"abab", 1}}, 1000)->vocab_size(), 257 + kAdded);
  EXPECT_EQ(Train({}, 1000)->vocab_size(), 256 + kAdded);
}

TEST_F(TrainTokenizerTest, AnyTextSurvivesEncodingAndDecoding) {
  const auto tokenizer = Train({{"normal heart size, no effusion; 左肺结节 5 mm", 20}}, 300 + kAdded);
  for (const std::string text : {"", "unseen wörds\n\n\tand \x01 bytes", "左右", "<|im_end|>"})
    EXPECT_EQ(tokenizer->Decode(tokenizer->Encode(text), true), text);
}

TEST_F(TrainTokenizerTest, SameTextsGiveSameBytes) {
  const Texts texts = {{"alpha beta gamma", 3}, {"beta gamma delta", 2}, {"左肺 右肺", 4}};
  Train(texts, 290 + kAdded);
  const std::string first = ReadFile(folder_ / "tokenizer.json"), config = ReadFile(folder_ / "tokenizer_config.json");
  Train(texts, 290 + kAdded);
  EXPECT_EQ(ReadFile(folder_ / "tokenizer.json"), first);
  EXPECT_EQ(ReadFile(folder_ / "tokenizer_config.json"), config);
}

TEST_F(TrainTokenizerTest, SizesAndCountsOutOfRangeAreRefused) {
  EXPECT_THROW(Train({{"a", 1}}, 256 + kAdded - 1), Error);
  EXPECT_THROW(Train({{"a", 1}}, int64_t{1} << 40), Error);
  EXPECT_THROW(Train({{"a", 0}}, 300), Error);
}

}  // namespace
}  // namespace lingshu
