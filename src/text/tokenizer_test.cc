// Facts of the tokenizer and its files; tokenizers are built here, byte by byte.
#include "text/tokenizer.h"

#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/rng.h"
#include "text/bpe.h"

namespace lingshu {
namespace {

class Folder {
 public:
  explicit Folder(const std::string& name) : path_(fs::path(testing::TempDir()) / ("lingshu_text_" + name)) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// The 256 bytes, then `more`.
Json BaseModel(const std::vector<std::string>& more, const std::vector<std::string>& merges) {
  Json vocab = Json::object();
  for (int byte = 0; byte < 256; ++byte) vocab[PrintableOfBytes(std::string(1, static_cast<char>(byte)))] = byte;
  for (const std::string& token : more) vocab[token] = vocab.size();
  return {{"type", "BPE"}, {"vocab", vocab}, {"merges", merges}};
}

Json BaseTokenizer(const std::vector<std::string>& more = {"ab", "bc", "abc", "Ġab"},
                   const std::vector<std::string>& merges = {"a b", "b c", "ab c", "Ġ ab"}) {
  const Json added = Json::array({{{"id", 300}, {"content", "<|end|>"}, {"special", true}},
                                  {{"id", 301}, {"content", "<tool>"}, {"special", false}}});
  return {{"added_tokens", added},
          {"normalizer", {{"type", "NFC"}}},
          {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
          {"decoder", {{"type", "ByteLevel"}}},
          {"model", BaseModel(more, merges)}};
}

std::shared_ptr<const Tokenizer> Loaded(const Json& json) {
  const Folder folder("loaded");
  WriteFileAtomic(folder.path() / "tokenizer.json", json.dump());
  return Tokenizer::Load(folder.path());
}

std::string ErrorOf(const Json& json) {
  try {
    Loaded(json);
    return "";
  } catch (const Error& error) {
    return fmt::format("{}: {}", ErrorCodeName(error.code()), error.message());
  }
}

using Ids = std::vector<int64_t>;

TEST(Tokenizer, MergesLowestRankFirstThenLeftmost) {
  const auto tokenizer = Loaded(BaseTokenizer());
  EXPECT_EQ(tokenizer->Encode("abc"), (Ids{258}));
  EXPECT_EQ(tokenizer->Encode("bcab"), (Ids{257, 256}));
  EXPECT_EQ(tokenizer->Encode(" abc"), (Ids{' ', 258}));  // "ab c" ranks before "Ġ ab"
  EXPECT_EQ(tokenizer->Encode("x ab"), (Ids{'x', 259}));
  EXPECT_EQ(tokenizer->Encode(""), Ids{});
}

TEST(Tokenizer, MergesMayBePairsOrLines) {
  Json json = BaseTokenizer();
  const auto lines = Loaded(json);
  json["model"]["merges"] = Json::parse(R"([["a","b"],["b","c"],["ab","c"],["Ġ","ab"]])");
  EXPECT_EQ(Loaded(json)->Encode("abcab abc"), lines->Encode("abcab abc"));
}

TEST(Tokenizer, LongAndShortPiecesMergeAlike) {
  // Doubling tokens of a, then odd ones: many ties and outdated candidates.
  std::vector<std::string> more, merges;
  for (std::string token = "a"; token.size() < 64; token += token) {
    merges.push_back(token + " " + token);
    more.push_back(token + token);
  }
  merges.push_back("b aa");
  more.push_back("baa");
  const auto tokenizer = Loaded(BaseTokenizer(more, merges));
  Vocabulary vocabulary;
  for (int byte = 0; byte < 256; ++byte) vocabulary.Add(std::string(1, static_cast<char>(byte)), byte);
  Rng rng(3);
  for (int length : {63, 64, 65, 66, 200, 1000}) {
    std::string text;
    for (int i = 0; i < length; ++i) text += rng.Chance(0.1) ? 'b' : 'a';
    // The definition: merge the pair of lowest rank, leftmost, until none is left.
    std::vector<std::string> parts;
    for (const char c : text) parts.emplace_back(1, c);
    for (size_t rank = 0; rank < merges.size();) {
      const size_t space = merges[rank].find(' ');
      const std::string left = merges[rank].substr(0, space), right = merges[rank].substr(space + 1);
      size_t at = 0;
      while (at + 1 < parts.size() && !(parts[at] == left && parts[at + 1] == right)) ++at;
      if (at + 1 >= parts.size()) {
        ++rank;
        continue;
      }
      parts[at] += parts[at + 1];
      parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
      rank = 0;
    }
    Ids expected;
    for (const std::string& part : parts) expected.push_back(tokenizer->Id(part));
    EXPECT_EQ(tokenizer->Encode(text), expected) << length;
  }
}

TEST(Tokenizer, AddedTokensAreFoundInTrustedTextAlone) {
  const auto tokenizer = Loaded(BaseTokenizer());
  EXPECT_EQ(tokenizer->EncodeTrusted("ab<|end|>c<tool>"), (Ids{256, 300, 'c', 301}));
  for (const int64_t id : tokenizer->Encode("ab<|end|>c<tool>")) EXPECT_LT(id, 300);
}

TEST(Tokenizer, SegmentsMergeWordsButNeverCompleteAControlToken) {
  const auto tokenizer = Loaded(BaseTokenizer());
  EXPECT_EQ(tokenizer->EncodeSegments({{"a", true}, {"b", false}, {"c", true}}), (Ids{258}));
  EXPECT_EQ(tokenizer->EncodeSegments({{"<|e", true}, {"nd|>", true}}), (Ids{300}));
  for (const auto& segments : {std::vector<TextSegment>{{"<|en", true}, {"d|>", false}},
                               {{"<|en", false}, {"d|>", true}},
                               {{"<|end|>", false}},
                               {{"<|", true}, {"end", false}, {"|>", true}}})
    for (const int64_t id : tokenizer->EncodeSegments(segments)) EXPECT_LT(id, 300);
}

TEST(Tokenizer, SpecialTokensAreLeftOutOfTextUnlessAskedFor) {
  const auto tokenizer = Loaded(BaseTokenizer());
  EXPECT_EQ(tokenizer->Decode({256, 300, 301, 'c'}), "ab<tool>c");
  EXPECT_EQ(tokenizer->Decode({256, 300, 301, 'c'}, true), "ab<|end|><tool>c");
  EXPECT_TRUE(tokenizer->IsSpecial(300));
  EXPECT_FALSE(tokenizer->IsSpecial(301));
}

TEST(Tokenizer, IdsBeyondTheVocabularyAreEmpty) {
  const auto tokenizer = Loaded(BaseTokenizer());
  EXPECT_EQ(tokenizer->vocab_size(), 302);
  EXPECT_EQ(tokenizer->Decode({-1, 'a', 280, 302, int64_t{1} << 40}), "a");
  EXPECT_EQ(tokenizer->Bytes(int64_t{1} << 40), "");
}

TEST(Tokenizer, BytesOfASplitCharacterJoinAndBrokenOnesAreReplaced) {
  const auto tokenizer = Loaded(BaseTokenizer());
  EXPECT_EQ(tokenizer->Decode({0xE5, 0xB7, 0xA6}), "左");
  EXPECT_EQ(tokenizer->Bytes(0xE5), "\xE5");
  EXPECT_EQ(tokenizer->Decode({0xE5, 0xB7}), "\xEF\xBF\xBD");
}

TEST(Tokenizer, IdNamesTokensAsTheFileDoes) {
  const auto tokenizer = Loaded(BaseTokenizer());
  EXPECT_EQ(tokenizer->Id("<|end|>"), 300);
  EXPECT_EQ(tokenizer->Id("Ġab"), 259);
  EXPECT_EQ(tokenizer->Id("absent"), -1);
  EXPECT_EQ(tokenizer->Id(""), -1);
}

TEST(Tokenizer, IllFormedTextIsRepairedBeforeEncoding) {
  const auto tokenizer = Loaded(BaseTokenizer());
  EXPECT_EQ(tokenizer->Encode("a\xFF"), (Ids{'a', 0xEF, 0xBF, 0xBD}));
}

TEST(Tokenizer, WholePiecesComeFirstWhenMergesAreIgnored) {
  Json json = BaseTokenizer({"xyz"}, {});
  EXPECT_EQ(Loaded(json)->Encode("xyz"), (Ids{'x', 'y', 'z'}));
  json["model"]["ignore_merges"] = true;
  EXPECT_EQ(Loaded(json)->Encode("xyz"), (Ids{256}));
}

TEST(Tokenizer, PrefixSpaceIsPutBeforeText) {
  Json json = BaseTokenizer();
  json["pre_tokenizer"]["add_prefix_space"] = true;
  EXPECT_EQ(Loaded(json)->Encode("ab"), (Ids{259}));
  EXPECT_EQ(Loaded(json)->Encode(" ab"), (Ids{259}));
}

TEST(Tokenizer, OlderFoldersLoadAlike) {
  const Folder folder("older");
  const Json json = BaseTokenizer();
  WriteFileAtomic(folder.path() / "vocab.json", json["model"]["vocab"].dump());
  WriteFileAtomic(folder.path() / "merges.txt", "#version: 0.2\na b\nb c\nab c\nĠ ab\n");
  WriteFileAtomic(
      folder.path() / "tokenizer_config.json",
      R"({"tokenizer_class": "Qwen2Tokenizer", "added_tokens_decoder": {"300": {"content": "<|end|>", "special": true}}, "chat_template": "x", "bos_token": {"content": "<s>"}, "eos_token": "<|end|>"})");
  const auto tokenizer = Tokenizer::Load(folder.path());
  EXPECT_EQ(tokenizer->EncodeTrusted("abc ab<|end|>"), (Ids{258, 259, 300}));
  EXPECT_EQ(tokenizer->chat_template().source, "x");
  EXPECT_EQ(tokenizer->chat_template().bos_token, "<s>");
  EXPECT_EQ(tokenizer->chat_template().eos_token, "<|end|>");
}

TEST(Tokenizer, ThreadsShareOneTokenizer) {
  const auto tokenizer = Loaded(BaseTokenizer()), other = Loaded(BaseTokenizer({"ba"}, {"b a"}));
  const std::string text = "abc ab bcab cabba " + std::string(100, 'a');
  const Ids expected = tokenizer->Encode(text), expected_other = other->Encode(text);
  ASSERT_NE(expected, expected_other);
  std::vector<std::thread> threads;
  std::vector<int> differences(4);
  for (size_t i = 0; i < differences.size(); ++i)
    threads.emplace_back([&, i] {
      for (int round = 0; round < 200; ++round)
        differences[i] += tokenizer->Encode(text) != expected || other->Encode(text) != expected_other;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(differences, std::vector<int>(4));
}

TEST(Tokenizer, AnAbsentFolderIsNamedWithAHint) {
  const Folder folder("empty");
  try {
    Tokenizer::Load(folder.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
    EXPECT_NE(error.message().find("HINT"), std::string::npos);
  }
}

// What is wrong, where it is put, and the words that the error must hold.
TEST(Tokenizer, HostileAndForeignFilesAreRefusedByName) {
  struct Case {
    const char *pointer, *value, *words;
  };
  const Case cases[] = {
      {"/model/type", "\"WordPiece\"", "unsupported: "},
      {"/model/vocab", "[1]", "corrupt: "},
      {"/model/vocab/ab", "-1", "corrupt: "},
      {"/model/vocab/ab", "\"x\"", "corrupt: "},
      {"/model/vocab/ab", "97", "twice"},
      {"/model/vocab/ab", "99999999999", "too_large: "},
      {"/model/vocab", "{\"a\": 0}", "byte 0x00 is no token"},
      {"/model/merges", "{}", "merges should be a list"},
      {"/model/merges", "[\"a\"]", "merge 0"},
      {"/model/merges", "[\"a b c\"]", "merge 0"},
      {"/model/merges", "[[\"a\"]]", "merge 0"},
      {"/model/merges", "[\"a z\"]", "merge 0 needs a token"},
      {"/model/dropout", "0.1", "dropout"},
      {"/model/continuing_subword_prefix", "\"##\"", "continuing_subword_prefix"},
      {"/normalizer", "{\"type\": \"Lowercase\"}", "normalizer \"Lowercase\""},
      {"/pre_tokenizer", "{\"type\": \"Metaspace\"}", "pre-tokenizer \"Metaspace\""},
      {"/pre_tokenizer", "null", "no ByteLevel"},
      {"/pre_tokenizer",
       R"({"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "a"}, "behavior": "MergedWithNext"}, {"type": "ByteLevel"}]})",
       "MergedWithNext"},
      {"/decoder", "{\"type\": \"WordPiece\"}", "decoder \"WordPiece\""},
      {"/added_tokens/0/id", "97", "id 97 belongs to"},
      {"/added_tokens/0/id", "-5", "id -5"},
      {"/added_tokens/0/id", "301", "given twice"},
      {"/added_tokens/0/content", "\"\"", "empty"},
      {"/added_tokens/0/content", "5", "\"content\" should be a string"},
  };
  EXPECT_EQ(ErrorOf(BaseTokenizer()), "");
  for (const Case& c : cases) {
    Json json = BaseTokenizer();
    json[Json::json_pointer(c.pointer)] = Json::parse(c.value);
    const std::string error = ErrorOf(json);
    EXPECT_NE(error.find(c.words), std::string::npos) << c.pointer << " = " << c.value << " gave: " << error;
  }
}

TEST(Tokenizer, CutOffFilesAreCorrupt) {
  const std::string whole = BaseTokenizer().dump();
  const Folder folder("cut");
  for (size_t size = 0; size < whole.size(); size += 97) {
    WriteFileAtomic(folder.path() / "tokenizer.json", std::string_view(whole).substr(0, size));
    EXPECT_THROW(Tokenizer::Load(folder.path()), Error) << size;
  }
}

}  // namespace
}  // namespace lingshu
