// The tokenizer against the `tokenizers` package, on cases made by tools/golden/tokenizer.py.
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>

#include "base/files.h"
#include "base/json.h"
#include "text/chat.h"
#include "text/tokenizer.h"

namespace lingshu {
namespace {

// Compares every case of folder/cases.jsonl; stops after a few differences.
void CompareCases(const fs::path& folder) {
  const auto tokenizer = Tokenizer::Load(folder);
  int64_t texts = 0, decodes = 0, differences = 0;
  ForEachLine(folder / "cases.jsonl", [&](std::string_view line, int64_t number) {
    if (differences > 5) return;
    const Json json = ParseJson(line, "cases.jsonl");
    if (json.contains("decode")) {
      const auto ids = json["decode"].get<std::vector<int64_t>>();
      const bool is_equal = tokenizer->Decode(ids, true) == json["kept"] && tokenizer->Decode(ids) == json["skipped"];
      if (!is_equal) ADD_FAILURE() << "decoding differs in line " << number << ++differences;
      ++decodes;
      return;
    }
    const std::string text = json["text"];
    const auto ids = json["ids"].get<std::vector<int64_t>>();
    const auto trusted = json.contains("trusted") ? json["trusted"].get<std::vector<int64_t>>() : ids;
    const auto found = tokenizer->Encode(text), found_trusted = tokenizer->EncodeTrusted(text);
    if (found != ids || found_trusted != trusted) {
      const auto at = std::mismatch(found.begin(), found.end(), ids.begin(), ids.end()).first - found.begin();
      ADD_FAILURE() << "ids differ in line " << number << " from token " << at << ", after "
                    << tokenizer->Decode({found.begin(), found.begin() + at}) << (found == ids ? " (trusted)" : "");
      ++differences;
    }
    ++texts;
  });
  EXPECT_GT(texts, 0);
  EXPECT_GT(decodes, 0);
}

void CompareChats(const fs::path& folder) {
  const auto tokenizer = Tokenizer::Load(folder);
  int64_t chats = 0;
  ForEachLine(folder / "chat.jsonl", [&](std::string_view line, int64_t number) {
    const Json json = ParseJson(line, "chat.jsonl");
    std::vector<ChatTurn> turns;
    for (const Json& turn : json["turns"]) {
      turns.push_back({turn[0], {}});
      for (const Json& piece : turn[1])
        turns.back().pieces.push_back(piece.is_string() ? ChatPiece{.text = piece} : ChatPiece{.is_image = true});
    }
    const auto ids =
        EncodeChat(*tokenizer, turns, json["image_tokens"].get<std::vector<int64_t>>(), json["opens"].get<bool>());
    EXPECT_EQ(ids, json["ids"].get<std::vector<int64_t>>()) << "line " << number;
    ++chats;
  });
  EXPECT_GT(chats, 0);
}

TEST(Golden, SmallTokenizerAgreesWithThePackage) { CompareCases("tests/golden/tokenizer"); }
TEST(Golden, ChatsAgreeWithTransformers) { CompareChats("tests/golden/tokenizer"); }

// The vectors that llama.cpp tests its Qwen2 vocabulary with.
TEST(Golden, Qwen2VectorsOfLlamaCpp) {
  const char* root = std::getenv("LINGSHU_DATA");
  const fs::path data = root ? root : "../shared/data", vectors = data / "qwen_gguf_vocab";
  if (!fs::exists(vectors) || !fs::exists(data / "qwen25vl_tokenizer"))
    GTEST_SKIP() << "no Qwen2 vectors in LINGSHU_DATA";
  const auto tokenizer = Tokenizer::Load(data / "qwen25vl_tokenizer");
  const std::string separator = "\n__ggml_vocab_test__\n", texts = ReadFile(vectors / "ggml-vocab-qwen2.gguf.inp");
  std::istringstream lines(ReadFile(vectors / "ggml-vocab-qwen2.gguf.out"));
  int64_t compared = 0;
  for (size_t begin = 0; begin < texts.size(); ++compared) {
    const size_t end = std::min(texts.find(separator, begin), texts.size());
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    std::istringstream numbers(line);
    const std::vector<int64_t> ids{std::istream_iterator<int64_t>(numbers), {}};
    EXPECT_EQ(tokenizer->Encode(texts.substr(begin, end - begin)), ids) << "vector " << compared;
    begin = end + separator.size();
  }
  EXPECT_EQ(compared, 46);
}

TEST(Golden, LiveCasesAgreeWithThePackage) {
  const char* folder = std::getenv("LINGSHU_TOKEN_CASES");
  if (!folder) GTEST_SKIP() << "LINGSHU_TOKEN_CASES is not set: tools/golden/tokenizer.py makes the cases";
  CompareCases(folder);
  CompareChats(folder);
}

}  // namespace
}  // namespace lingshu
