// The vocabulary and the merges (150 000 rows each) are read by simdjson, the small rest through Json.
#include "text/tokenizer_file.h"

#include <optional>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "text/component.h"
#include "text/split.h"

namespace lingshu {
namespace {

namespace dom = simdjson::dom;

constexpr uint64_t kMaxFileBytes = uint64_t{256} << 20;
constexpr uint64_t kMaxConfigBytes = uint64_t{4} << 20;

[[noreturn]] void Corrupt(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::kCorrupt, fmt::format("{}: {}", where, what));
}
[[noreturn]] void Unsupported(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: {}", where, what));
}

dom::element Parse(dom::parser& parser, const fs::path& path) {
  const std::string text = ReadFile(path, kMaxFileBytes);
  dom::element root;
  if (const auto error = parser.parse(text).get(root))
    Corrupt(path.string(), fmt::format("not valid JSON: {}", simdjson::error_message(error)));
  return root;
}

Vocabulary ReadVocabulary(dom::element vocab, const std::string& where) {
  dom::object object;
  if (vocab.get(object)) Corrupt(where, "the vocabulary should be an object of token to id.");
  Vocabulary vocabulary;
  std::string bytes;
  for (const auto& [key, value] : object) {
    int64_t id;
    if (value.get(id) || id < 0) Corrupt(where, "an id of the vocabulary is no whole number from 0 on.");
    if (id >= Vocabulary::kMaxTokens)
      throw Error(ErrorCode::kTooLarge,
                  fmt::format("{}: id {} is beyond the {} tokens that are read.", where, id, Vocabulary::kMaxTokens));
    BytesOfPrintable(key, bytes);
    if (!vocabulary.Add(bytes, static_cast<int32_t>(id)))
      Corrupt(where, fmt::format("id {} or its token is in the vocabulary twice.", id));
  }
  return vocabulary;
}

// Adds one merge of printable tokens; `number` names it in errors.
void AddMerge(Bpe& bpe, std::string_view left, std::string_view right, int64_t number, const std::string& where) {
  thread_local std::string left_bytes, right_bytes;
  BytesOfPrintable(left, left_bytes);
  BytesOfPrintable(right, right_bytes);
  const Vocabulary& vocabulary = bpe.vocabulary();
  const int32_t left_id = vocabulary.Find(left_bytes), right_id = vocabulary.Find(right_bytes);
  const int32_t merged = vocabulary.Find(left_bytes + right_bytes);
  if (left_id < 0 || right_id < 0 || merged < 0)
    Corrupt(where, fmt::format("merge {} needs a token that the vocabulary lacks.", number));
  bpe.AddMerge(left_id, right_id, merged);
}

void AddMergeLine(Bpe& bpe, std::string_view line, int64_t number, const std::string& where) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos)
    Corrupt(where, fmt::format("merge {} should be two tokens with a space between.", number));
  AddMerge(bpe, line.substr(0, space), line.substr(space + 1), number, where);
}

void ReadMerges(Bpe& bpe, dom::element merges, const std::string& where) {
  dom::array list;
  if (merges.get(list)) Corrupt(where, "the merges should be a list.");
  int64_t number = 0;
  for (const dom::element merge : list) {
    std::string_view line;
    dom::array pair;
    std::string_view left, right;
    if (!merge.get(line)) AddMergeLine(bpe, line, number, where);
    else if (!merge.get(pair) && pair.size() == 2 && !pair.at(0).get(left) && !pair.at(1).get(right))
      AddMerge(bpe, left, right, number, where);
    else Corrupt(where, fmt::format("merge {} should be \"a b\" or [\"a\", \"b\"].", number));
    ++number;
  }
}

// The value as Json; null when the key is absent.
Json Small(dom::element object, std::string_view key, const std::string& where) {
  dom::element value;
  if (object[key].get(value)) return nullptr;
  return ParseJson(std::string(simdjson::minify(value)), where);
}

bool ReadNormalizer(const Json& json, const std::string& where) {
  bool has_nfc = false;
  for (const Json& part : Flatten(json, "normalizers", where)) {
    const std::string type = StringAt(part, "type", where);
    if (type != "NFC") Unsupported(where, fmt::format("normalizer \"{}\"; NFC and none are read.", type));
    has_nfc = true;
  }
  return has_nfc;
}

std::string ReadPattern(const Json& split, const std::string& where) {
  const Json& pattern = At(split, "pattern", where);
  if (pattern.contains("Regex")) return StringAt(pattern, "Regex", where);
  std::string escaped;
  for (const char c : StringAt(pattern, "String", where)) {
    if (std::string_view(R"(\^$.[]|()?*+{}-)").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

void ReadPreTokenizer(const Json& json, const std::string& where, TokenizerFile& file) {
  bool has_byte_level = false;
  for (const Json& part : Flatten(json, "pretokenizers", where)) {
    const std::string type = StringAt(part, "type", where);
    if (has_byte_level) Unsupported(where, fmt::format("pre-tokenizer \"{}\" behind ByteLevel.", type));
    if (type == "Split") {
      const std::string behavior = StringAt(part, "behavior", where);
      const bool keeps_matches = behavior == "Removed" && IsOn(part, "invert", false);
      if (behavior != "Isolated" && !keeps_matches)
        Unsupported(where, fmt::format("Split with behavior \"{}\"; Isolated is read.", behavior));
      file.splits.push_back({ReadPattern(part, where), keeps_matches});
    } else if (type == "Digits") {
      file.splits.push_back({IsOn(part, "individual_digits", false) ? "\\p{N}" : "\\p{N}+", false});
    } else if (type == "ByteLevel") {
      has_byte_level = true;
      file.has_prefix_space = IsOn(part, "add_prefix_space", true);
      if (file.has_prefix_space && !file.splits.empty())
        Unsupported(where, "add_prefix_space behind another pre-tokenizer.");
      if (IsOn(part, "use_regex", true)) file.splits.push_back({kGpt2Pattern, false});
    } else {
      Unsupported(where, fmt::format("pre-tokenizer \"{}\"; Split, Digits and ByteLevel are read.", type));
    }
  }
  if (!has_byte_level) Unsupported(where, "no ByteLevel pre-tokenizer; byte-level BPE is read.");
}

AddedToken ReadAddedToken(const Json& json, int64_t id, const std::string& where) {
  return {.content = StringAt(json, "content", where),
          .id = id,
          .is_special = IsOn(json, "special", false),
          .is_single_word = IsOn(json, "single_word", false),
          .should_strip_left = IsOn(json, "lstrip", false),
          .should_strip_right = IsOn(json, "rstrip", false)};
}

AddedTokens CheckedAddedTokens(std::vector<AddedToken> tokens, const Vocabulary& vocabulary, const std::string& where) {
  for (const AddedToken& token : tokens) {
    if (token.id < 0 || token.id >= Vocabulary::kMaxTokens)
      Corrupt(where, fmt::format("added token with id {}.", token.id));
    // An added token may also stand in the vocabulary, under the same id or not at all.
    const auto id = static_cast<int32_t>(token.id);
    std::string bytes;
    BytesOfPrintable(token.content, bytes);
    if (vocabulary.Has(id) && vocabulary.Bytes(id) != bytes)
      Corrupt(where, fmt::format("id {} belongs to an added token and to another token of the vocabulary.", id));
  }
  return AddedTokens(std::move(tokens), where);
}

void CheckModel(dom::element model, const std::string& where) {
  const auto refuse_text = [&](const char* key) {
    std::string_view text;
    if (!model[key].get(text) && !text.empty())
      Unsupported(where, fmt::format("model.{} \"{}\"; byte-level BPE has none.", key, text));
  };
  std::string_view type;
  if (!model["type"].get(type) && type != "BPE")
    Unsupported(where, fmt::format("model \"{}\"; byte-level BPE is read.", type));
  refuse_text("continuing_subword_prefix");
  refuse_text("end_of_word_suffix");
  double dropout;
  if (!model["dropout"].get(dropout) && dropout != 0)
    Unsupported(where, "model.dropout; encoding is deterministic here.");
}

dom::element ElementAt(dom::element object, const char* key, const std::string& where) {
  dom::element value;
  if (object[key].get(value)) Corrupt(where, fmt::format("key \"{}\" is missing.", key));
  return value;
}

TokenizerFile ReadTokenizerJson(const fs::path& path) {
  const std::string where = path.string();
  dom::parser parser;
  const dom::element root = Parse(parser, path), model = ElementAt(root, "model", where);
  CheckModel(model, where);
  bool should_ignore_merges = false;
  if (model["ignore_merges"].get(should_ignore_merges)) should_ignore_merges = false;
  Bpe bpe(ReadVocabulary(ElementAt(model, "vocab", where), where), should_ignore_merges, where);
  ReadMerges(bpe, ElementAt(model, "merges", where), where);

  std::vector<AddedToken> added;
  for (const Json& token : Small(root, "added_tokens", where))
    added.push_back(ReadAddedToken(token, IntAt(token, "id", where), where));
  AddedTokens checked = CheckedAddedTokens(std::move(added), bpe.vocabulary(), where);
  TokenizerFile file{where, std::move(bpe), std::move(checked)};
  file.has_nfc = ReadNormalizer(Small(root, "normalizer", where), where);
  ReadPreTokenizer(Small(root, "pre_tokenizer", where), where, file);
  for (const Json& part : Flatten(Small(root, "decoder", where), "decoders", where))
    if (const std::string type = StringAt(part, "type", where); type != "ByteLevel")
      Unsupported(where, fmt::format("decoder \"{}\"; ByteLevel is read.", type));
  return file;
}

TokenizerFile ReadOlderFiles(const fs::path& folder) {
  const std::string config_where = (folder / "tokenizer_config.json").string(),
                    merges_where = (folder / "merges.txt").string();
  const Json config = ParseJson(ReadFile(folder / "tokenizer_config.json", kMaxConfigBytes), config_where);
  const std::string tokenizer_class = StringAt(config, "tokenizer_class", config_where);
  const bool is_qwen2 = tokenizer_class.starts_with("Qwen2Tokenizer");
  if (!is_qwen2 && !tokenizer_class.starts_with("GPT2Tokenizer"))
    Unsupported(config_where,
                fmt::format("tokenizer_class \"{}\" without tokenizer.json; Qwen2Tokenizer and GPT2Tokenizer are read.",
                            tokenizer_class));

  dom::parser parser;
  const fs::path vocab_path = folder / "vocab.json";
  Bpe bpe(ReadVocabulary(Parse(parser, vocab_path), vocab_path.string()), /*should_ignore_merges=*/false,
          vocab_path.string());
  ForEachLine(folder / "merges.txt", [&](std::string_view line, int64_t number) {
    if (!line.starts_with("#version")) AddMergeLine(bpe, line, number, merges_where);
  });

  std::vector<AddedToken> added;
  if (const auto tokens = config.find("added_tokens_decoder"); tokens != config.end())
    for (const auto& [key, token] : tokens->items()) {
      if (key.empty() || key.size() > 8 || key.find_first_not_of("0123456789") != std::string::npos)
        Corrupt(config_where, fmt::format("added_tokens_decoder: \"{}\" is no id.", key));
      added.push_back(ReadAddedToken(token, std::stoll(key), config_where));
    }
  AddedTokens checked = CheckedAddedTokens(std::move(added), bpe.vocabulary(), config_where);
  TokenizerFile file{config_where, std::move(bpe), std::move(checked)};
  file.has_nfc = is_qwen2;
  file.has_prefix_space = IsOn(config, "add_prefix_space", false);
  file.splits = {{is_qwen2 ? kQwen2Pattern : kGpt2Pattern, false}};
  return file;
}

// A template is a string, or a list of named ones of which "default" counts.
std::string TemplateOf(const Json& config, const std::string& where) {
  const auto it = config.find("chat_template");
  if (it == config.end() || it->is_null()) return "";
  if (it->is_string()) return it->get<std::string>();
  if (it->is_array())
    for (const Json& entry : *it)
      if (StringAt(entry, "name", where) == "default") return StringAt(entry, "template", where);
  Corrupt(where, "chat_template should be a string or a list with a \"default\".");
}

// A token is written as a string or as {"content": …}.
std::string TokenOf(const Json& config, const char* key) {
  const auto it = config.find(key);
  if (it == config.end()) return "";
  return it->is_object() ? StringOr(*it, "content", "") : StringOr(config, key, "");
}

// transformers' order: the file of its own, then the processor's, then the tokenizer's.
ChatTemplate ReadChatTemplate(const fs::path& folder) {
  constexpr uint64_t kMaxTemplateBytes = uint64_t{1} << 20;
  ChatTemplate chat;
  if (fs::exists(folder / "chat_template.jinja"))
    chat.source = ReadFile(folder / "chat_template.jinja", kMaxTemplateBytes);
  for (const char* name : {"chat_template.json", "tokenizer_config.json"}) {
    const fs::path path = folder / name;
    if (!fs::exists(path)) continue;
    const Json config = ParseJson(ReadFile(path, kMaxConfigBytes), path.string());
    if (chat.source.empty()) chat.source = TemplateOf(config, path.string());
    if (chat.bos_token.empty()) chat.bos_token = TokenOf(config, "bos_token");
    if (chat.eos_token.empty()) chat.eos_token = TokenOf(config, "eos_token");
  }
  return chat;
}

}  // namespace

TokenizerFile MakeQwen2Tokenizer(TokenLists lists, const std::string& where) {
  if (lists.tokens.size() > static_cast<size_t>(Vocabulary::kMaxTokens))
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: {} tokens.", where, lists.tokens.size()));
  Vocabulary vocabulary;
  std::string bytes;
  for (size_t id = 0; id < lists.tokens.size(); ++id) {
    if (lists.tokens[id].empty()) continue;
    BytesOfPrintable(lists.tokens[id], bytes);
    if (!vocabulary.Add(bytes, static_cast<int32_t>(id)))
      Corrupt(where, fmt::format("token \"{}\" stands there twice.", lists.tokens[id]));
  }
  Bpe bpe(std::move(vocabulary), /*should_ignore_merges=*/false, where);
  int64_t number = 0;
  for (const std::string& line : lists.merges) AddMergeLine(bpe, line, number++, where);
  AddedTokens checked = CheckedAddedTokens(std::move(lists.added), bpe.vocabulary(), where);
  TokenizerFile file{where, std::move(bpe), std::move(checked)};
  file.has_nfc = true;
  file.splits = {{kQwen2Pattern, false}};
  file.chat_template = std::move(lists.chat_template);
  return file;
}

TokenizerFile ReadTokenizerFile(const fs::path& folder) {
  const bool has_json = fs::exists(folder / "tokenizer.json");
  if (!has_json && !(fs::exists(folder / "vocab.json") && fs::exists(folder / "merges.txt") &&
                     fs::exists(folder / "tokenizer_config.json")))
    throw Error(ErrorCode::kNotFound,
                fmt::format("{}: no tokenizer.json, and not all of vocab.json, merges.txt and tokenizer_config.json.\n"
                            "HINT: give the folder of a Hugging Face model.",
                            folder.string()));
  TokenizerFile file = has_json ? ReadTokenizerJson(folder / "tokenizer.json") : ReadOlderFiles(folder);
  file.chat_template = ReadChatTemplate(folder);
  return file;
}

}  // namespace lingshu
