// See gguf_tokenizer.h.
#include "checkpoint/gguf_tokenizer.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "text/tokenizer_file.h"

namespace lingshu {
namespace {

// llama.cpp's converter counts these among the control tokens, whatever the folder says of them.
bool LooksLikeControl(std::string_view token) { return token.starts_with("<|") && token.ends_with("|>"); }

}  // namespace

int64_t GgufTokenizer::Id(std::string_view token) const {
  const auto it = std::find(tokens.begin(), tokens.end(), token);
  return it == tokens.end() ? -1 : it - tokens.begin();
}

GgufTokenizer ReadGgufTokenizer(const std::filesystem::path& model_folder, int64_t vocab_size) {
  const TokenizerFile file = ReadTokenizerFile(model_folder);
  const Vocabulary& vocabulary = file.bpe.vocabulary();
  GgufTokenizer tokenizer;
  const auto check = [&](int64_t id) {
    if (id < vocab_size) return;
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: token {} is beyond the {} rows of the embedding.", file.where, id, vocab_size));
  };
  check(vocabulary.size() - 1);
  for (int64_t id = 0; id < vocab_size; ++id) {
    const bool is_token = id < vocabulary.size() && vocabulary.Has(static_cast<int32_t>(id));
    tokenizer.tokens.push_back(is_token ? PrintableOfBytes(vocabulary.Bytes(static_cast<int32_t>(id)))
                                        : fmt::format("[PAD{}]", id));
    tokenizer.token_types.push_back(static_cast<int64_t>(is_token ? GgufTokenType::kNormal : GgufTokenType::kUnused));
  }
  for (const AddedToken& token : file.added.tokens()) {
    check(token.id);
    const bool is_control = token.is_special || LooksLikeControl(token.content);
    tokenizer.tokens[static_cast<size_t>(token.id)] = token.content;
    tokenizer.token_types[static_cast<size_t>(token.id)] =
        static_cast<int64_t>(is_control ? GgufTokenType::kControl : GgufTokenType::kUserDefined);
  }
  for (const auto& [left, right] : file.bpe.merges())
    tokenizer.merges.push_back(PrintableOfBytes(vocabulary.Bytes(left)) + " " +
                               PrintableOfBytes(vocabulary.Bytes(right)));
  tokenizer.chat_template = file.chat_template.source;
  return tokenizer;
}

void AddTokenizer(const GgufTokenizer& tokenizer, GgufMetadata& metadata) {
  metadata.Set("tokenizer.ggml.model", GgufValue::OfString("gpt2"));
  metadata.Set("tokenizer.ggml.pre", GgufValue::OfString("qwen2"));
  metadata.Set("tokenizer.ggml.tokens", GgufValue::OfStrings(tokenizer.tokens));
  metadata.Set("tokenizer.ggml.token_type", GgufValue::OfInts(GgufType::kI32, tokenizer.token_types));
  metadata.Set("tokenizer.ggml.merges", GgufValue::OfStrings(tokenizer.merges));
  metadata.Set("tokenizer.ggml.add_bos_token", GgufValue::OfBool(false));
  if (!tokenizer.chat_template.empty())
    metadata.Set("tokenizer.chat_template", GgufValue::OfString(tokenizer.chat_template));
}

GgufTokenizer TokenizerOf(const GgufMetadata& metadata) {
  for (const auto& [key, known] : {std::pair("tokenizer.ggml.model", "gpt2"), std::pair("tokenizer.ggml.pre", "qwen2")})
    if (const std::string found = metadata.GetString(key); found != known)
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: {} is \"{}\", only \"{}\" is read.", metadata.where(), key, found, known));
  GgufTokenizer tokenizer;
  tokenizer.tokens = metadata.GetStrings("tokenizer.ggml.tokens");
  tokenizer.merges = metadata.GetStrings("tokenizer.ggml.merges");
  tokenizer.token_types =
      metadata.FindInts("tokenizer.ggml.token_type").value_or(std::vector<int64_t>(tokenizer.tokens.size(), 1));
  tokenizer.chat_template = metadata.FindString("tokenizer.chat_template").value_or("");
  if (tokenizer.token_types.size() != tokenizer.tokens.size())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: {} tokens with {} types.", metadata.where(),
                                                 tokenizer.tokens.size(), tokenizer.token_types.size()));
  return tokenizer;
}

std::shared_ptr<const Tokenizer> LoadGgufTokenizer(const GgufMetadata& metadata) {
  GgufTokenizer tokenizer = TokenizerOf(metadata);
  TokenLists lists{.tokens = {}, .merges = std::move(tokenizer.merges), .added = {}, .chat_template = {}};
  const auto name = [&](const char* key) {
    const auto id = metadata.FindInt(key);
    const bool is_known = id && *id >= 0 && *id < static_cast<int64_t>(tokenizer.tokens.size());
    return is_known ? tokenizer.tokens[static_cast<size_t>(*id)] : std::string();
  };
  lists.chat_template = {std::move(tokenizer.chat_template), name("tokenizer.ggml.bos_token_id"), name("tokenizer.ggml.eos_token_id")};
  for (size_t id = 0; id < tokenizer.tokens.size(); ++id) {
    std::string& token = tokenizer.tokens[id];
    const auto type = static_cast<GgufTokenType>(tokenizer.token_types[id]);
    const bool is_control = type == GgufTokenType::kControl || type == GgufTokenType::kUnknown;
    if (is_control || type == GgufTokenType::kUserDefined)
      lists.added.push_back({.content = token, .id = static_cast<int64_t>(id), .is_special = is_control});
    lists.tokens.push_back(type == GgufTokenType::kNormal || type == GgufTokenType::kByte ? std::move(token) : std::string());
  }
  return MakeTokenizer(MakeQwen2Tokenizer(std::move(lists), metadata.where()));
}

}  // namespace lingshu
