// tokenizer.json of encoders, as far as the published ones go:
//   BertNormalizer, Lowercase, NFC, NFD, NFKC, StripAccents, Strip, Replace, Precompiled; BertPreTokenizer, Metaspace, ByteLevel; WordPiece,
//   Unigram, BPE. Any other component is an Error that names it.
#include "text/encoder_tokenizer.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "text/component.h"
#include "text/tokenizer.h"
#include "text/unicode.h"
#include "text/unigram.h"
#include "text/wordpiece.h"

namespace lingshu {
namespace {

constexpr uint64_t kMaxFileBytes = uint64_t{256} << 20;
constexpr const char* kMetaspace = "\u2581";  // ▁

[[noreturn]] void Unsupported(const std::string& where, const std::string& what) {
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: {}", where, what));
}

class WordPieceTokenizer final : public EncoderTokenizer {
 public:
  WordPieceTokenizer(WordPiece pieces, std::vector<std::string> spelled, const std::string& first, const std::string& last, const std::string& where)
      : pieces_(std::move(pieces)), spelled_(std::move(spelled)) {
    first_ = pieces_.Find(first);
    last_ = pieces_.Find(last);
    if (first_ < 0 || last_ < 0) throw Error(ErrorCode::kCorrupt, fmt::format("{}: the vocabulary lacks {} or {}.", where, first, last));
  }

  std::vector<int64_t> EncodeText(std::string_view text) const override { return pieces_.Encode(text); }

  std::string Join(const std::vector<int64_t>& ids) const override {
    std::string text;
    for (const int64_t id : ids) {
      const std::string piece = id >= 0 && id < static_cast<int64_t>(spelled_.size()) ? spelled_[static_cast<size_t>(id)] : "";
      if (piece.starts_with("##")) text += piece.substr(2);
      else text += (text.empty() ? "" : " ") + piece;
    }
    return text;
  }

 private:
  WordPiece pieces_;
  std::vector<std::string> spelled_;  // by id
};

class UnigramTokenizer final : public EncoderTokenizer {
 public:
  using Step = std::function<std::string(std::string)>;

  UnigramTokenizer(Unigram pieces, std::vector<Step> steps, bool has_prefix, bool is_split, int64_t first, int64_t last)
      : pieces_(std::move(pieces)), steps_(std::move(steps)), has_prefix_(has_prefix), is_split_(is_split) {
    first_ = first;
    last_ = last;
  }

  std::vector<int64_t> EncodeText(std::string_view raw) const override {
    std::string text = RepairUtf8(raw);
    for (const Step& step : steps_) text = step(std::move(text));
    std::vector<int64_t> ids;
    if (text.empty()) return ids;
    text = ReplaceAll(std::move(text), " ", kMetaspace);
    if (has_prefix_ && !text.starts_with(kMetaspace)) text.insert(0, kMetaspace);
    if (!is_split_) {
      pieces_.Encode(text, ids);
      return ids;
    }
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find(kMetaspace, begin + 1), text.size());
      pieces_.Encode(std::string_view(text).substr(begin, end - begin), ids);
      begin = end;
    }
    return ids;
  }

  std::string Join(const std::vector<int64_t>& ids) const override {
    std::string text;
    for (const int64_t id : ids)
      if (id >= 0 && id < pieces_.size()) text += pieces_.Piece(id);
    text = ReplaceAll(std::move(text), kMetaspace, " ");
    return text.starts_with(' ') ? text.substr(1) : text;
  }

 private:
  Unigram pieces_;
  std::vector<Step> steps_;
  bool has_prefix_, is_split_;
};

class BytePairTokenizer final : public EncoderTokenizer {
 public:
  explicit BytePairTokenizer(const fs::path& folder) : tokenizer_(Tokenizer::Load(folder)) {
    first_ = std::max(tokenizer_->Id("<s>"), tokenizer_->Id("[CLS]"));
    last_ = std::max(tokenizer_->Id("</s>"), tokenizer_->Id("[SEP]"));
    if (first_ < 0 || last_ < 0) throw Error(ErrorCode::kCorrupt, fmt::format("{}: the vocabulary lacks <s> or </s>.", folder.string()));
  }

  std::vector<int64_t> EncodeText(std::string_view text) const override { return tokenizer_->Encode(text); }
  std::string Join(const std::vector<int64_t>& ids) const override { return tokenizer_->Decode(ids, true); }

 private:
  std::shared_ptr<const Tokenizer> tokenizer_;
};

// Special tokens by what tokenizer_config.json calls them.
struct Specials {
  std::string first = "[CLS]", last = "[SEP]", unk = "[UNK]";
};

std::string TokenOf(const Json& config, const char* key, std::string fallback) {
  const auto it = config.find(key);
  if (it == config.end() || it->is_null()) return fallback;
  return it->is_object() ? StringOr(*it, "content", fallback) : StringOr(config, key, fallback);
}

Json ReadIfThere(const fs::path& path) { return IsFile(path) ? ParseJson(ReadFile(path, kMaxFileBytes), path.string()) : Json::object(); }

Specials ReadSpecials(const fs::path& folder) {
  Specials specials;
  for (const char* name : {"tokenizer_config.json", "special_tokens_map.json"}) {
    const Json config = ReadIfThere(folder / name);
    specials.first = TokenOf(config, "cls_token", specials.first);
    specials.last = TokenOf(config, "sep_token", specials.last);
    specials.unk = TokenOf(config, "unk_token", specials.unk);
  }
  return specials;
}

std::unique_ptr<const EncoderTokenizer> MakeWordPiece(std::unordered_map<std::string, int64_t> vocabulary, WordPieceConfig config, const Specials& specials,
                                                      const std::string& where) {
  int64_t highest = -1;
  for (const auto& [piece, id] : vocabulary) {
    if (id < 0 || id >= (int64_t{1} << 24)) throw Error(ErrorCode::kCorrupt, fmt::format("{}: id {}.", where, id));
    highest = std::max(highest, id);
  }
  std::vector<std::string> spelled(static_cast<size_t>(highest + 1));
  for (const auto& [piece, id] : vocabulary) spelled[static_cast<size_t>(id)] = piece;
  config.unk_token = specials.unk;
  WordPiece pieces(std::move(vocabulary), config, where);
  return std::make_unique<WordPieceTokenizer>(std::move(pieces), std::move(spelled), specials.first, specials.last, where);
}

std::unique_ptr<const EncoderTokenizer> ReadVocabularyText(const fs::path& folder) {
  std::unordered_map<std::string, int64_t> vocabulary;
  const std::string bytes = ReadFile(folder / "vocab.txt", kMaxFileBytes);
  int64_t id = 0;
  for (const std::string& line : SplitString(bytes, '\n')) {
    const bool is_end = static_cast<size_t>(id) > 0 && line.empty() && vocabulary.contains("");
    if (!is_end) vocabulary.emplace(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line, id);
    ++id;
  }
  if (bytes.ends_with('\n')) vocabulary.erase("");
  const Json settings = ReadIfThere(folder / "tokenizer_config.json");
  WordPieceConfig config{.should_lower = IsOn(settings, "do_lower_case", true), .should_split_cjk = IsOn(settings, "tokenize_chinese_chars", true)};
  config.should_strip_accents = IsOn(settings, "strip_accents", config.should_lower);
  return MakeWordPiece(std::move(vocabulary), config, ReadSpecials(folder), (folder / "vocab.txt").string());
}

std::unique_ptr<const EncoderTokenizer> ReadWordPieceJson(const Json& root, const Json& model, const fs::path& folder, const std::string& where) {
  WordPieceConfig config{.should_lower = false, .should_strip_accents = false, .should_split_cjk = false, .prefix = StringOr(model, "continuing_subword_prefix", "##")};
  if (const auto limit = model.find("max_input_chars_per_word"); limit != model.end() && limit->is_number_integer()) config.max_word_characters = limit->get<int>();
  for (const Json& part : Flatten(root.value("normalizer", Json()), "normalizers", where)) {
    const std::string type = StringAt(part, "type", where);
    if (type == "BertNormalizer") {
      config.should_lower = IsOn(part, "lowercase", true);
      config.should_strip_accents = IsOn(part, "strip_accents", config.should_lower);
      config.should_split_cjk = IsOn(part, "handle_chinese_chars", true);
    } else if (type == "Lowercase") {
      config.should_lower = true;
    } else if (type == "StripAccents") {
      config.should_strip_accents = true;
    } else if (type != "NFD" && type != "NFC") {
      Unsupported(where, fmt::format("normalizer \"{}\" before WordPiece; BertNormalizer is read.", type));
    }
  }
  std::unordered_map<std::string, int64_t> vocabulary;
  for (const auto& [piece, id] : At(model, "vocab", where).items()) {
    if (!id.is_number_integer()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: an id of the vocabulary is no whole number.", where));
    vocabulary.emplace(piece, id.get<int64_t>());
  }
  Specials specials = ReadSpecials(folder);
  specials.unk = StringOr(model, "unk_token", specials.unk);
  return MakeWordPiece(std::move(vocabulary), config, specials, where);
}

std::string StripSpaces(std::string text, bool is_left, bool is_right) {
  const size_t begin = is_left ? std::min(text.find_first_not_of(" \t\r\n"), text.size()) : 0;
  const size_t end = is_right ? text.find_last_not_of(" \t\r\n") + 1 : text.size();
  return begin < end ? text.substr(begin, end - begin) : "";
}

// Runs of spaces as one; the only regular expression that published Unigram files replace by.
std::string CollapseSpaces(const std::string& text, const std::string& with) {
  std::string result;
  for (size_t i = 0; i < text.size();) {
    const size_t end = std::min(text.find_first_not_of(' ', i), text.size());
    if (end - i >= 2) {
      result += with;
      i = end;
    } else {
      result += text[i++];
    }
  }
  return result;
}

UnigramTokenizer::Step ReadStep(const Json& part, const std::string& where) {
  const std::string type = StringAt(part, "type", where);
  if (type == "Precompiled") return [map = CharacterMap(DecodeBase64(StringAt(part, "precompiled_charsmap", where), where), where)](std::string text) { return map.Apply(text); };
  if (type == "Strip")
    return [left = IsOn(part, "strip_left", true), right = IsOn(part, "strip_right", true)](std::string text) { return StripSpaces(std::move(text), left, right); };
  if (type == "Lowercase") return [](std::string text) { return FoldCase(text); };
  if (type == "NFC") return [](std::string text) { return Nfc(text); };
  if (type == "NFKC") return [](std::string text) { return Nfkc(text); };
  if (type == "Replace") {
    const Json& pattern = At(part, "pattern", where);
    const std::string with = StringAt(part, "content", where);
    if (pattern.contains("String")) return [from = StringAt(pattern, "String", where), with](std::string text) { return ReplaceAll(std::move(text), from, with); };
    if (StringOr(pattern, "Regex", "") == " {2,}") return [with](std::string text) { return CollapseSpaces(text, with); };
  }
  Unsupported(where, fmt::format("normalizer {} before Unigram; Precompiled, Strip, Replace, Lowercase, NFC and NFKC are read.", part.dump().substr(0, 80)));
}

std::unique_ptr<const EncoderTokenizer> ReadUnigramJson(const Json& root, const Json& model, const fs::path& folder, const std::string& where) {
  std::vector<UnigramTokenizer::Step> steps;
  for (const Json& part : Flatten(root.value("normalizer", Json()), "normalizers", where)) steps.push_back(ReadStep(part, where));
  bool has_prefix = false, is_split = false;
  for (const Json& part : Flatten(root.value("pre_tokenizer", Json()), "pretokenizers", where)) {
    const std::string type = StringAt(part, "type", where);
    if (type != "Metaspace") Unsupported(where, fmt::format("pre-tokenizer \"{}\" before Unigram; Metaspace is read.", type));
    const std::string scheme = StringOr(part, "prepend_scheme", IsOn(part, "add_prefix_space", true) ? "always" : "never");
    has_prefix = scheme != "never";
    is_split = IsOn(part, "split", true);
  }
  std::vector<std::pair<std::string, double>> pieces;
  for (const Json& row : At(model, "vocab", where)) {
    if (!row.is_array() || row.size() != 2 || !row[0].is_string() || !row[1].is_number())
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected [\"piece\", score] in the vocabulary, found {}", where, row.dump().substr(0, 80)));
    pieces.emplace_back(row[0].get<std::string>(), row[1].get<double>());
  }
  if (IsOn(model, "byte_fallback", false)) Unsupported(where, "model.byte_fallback");
  Unigram unigram(std::move(pieces), IntAt(model, "unk_id", where), where);
  const Specials specials = ReadSpecials(folder);
  int64_t first = unigram.Find(specials.first), last = unigram.Find(specials.last);
  for (const Json& added : root.value("added_tokens", Json::array())) {
    if (StringAt(added, "content", where) == specials.first) first = IntAt(added, "id", where);
    if (StringAt(added, "content", where) == specials.last) last = IntAt(added, "id", where);
  }
  if (first < 0 || last < 0) throw Error(ErrorCode::kCorrupt, fmt::format("{}: no token {} or {}.", where, specials.first, specials.last));
  return std::make_unique<UnigramTokenizer>(std::move(unigram), std::move(steps), has_prefix, is_split, first, last);
}

}  // namespace

std::unique_ptr<const EncoderTokenizer> EncoderTokenizer::Load(const fs::path& folder) {
  const fs::path json = folder / "tokenizer.json";
  if (!IsFile(json)) {
    if (IsFile(folder / "vocab.txt")) return ReadVocabularyText(folder);
    if (IsFile(folder / "vocab.json") && IsFile(folder / "merges.txt")) return std::make_unique<BytePairTokenizer>(folder);
    throw Error(ErrorCode::kNotFound, fmt::format("{}: no tokenizer.json, vocab.txt, or vocab.json with merges.txt.\n"
                                                  "HINT: give the folder of a Hugging Face encoder.",
                                                  folder.string()));
  }
  const std::string where = json.string();
  const Json root = ParseJson(ReadFile(json, kMaxFileBytes), where);
  const Json& model = At(root, "model", where);
  const std::string type = StringOr(model, "type", model.contains("merges") ? "BPE" : "WordPiece");
  if (type == "WordPiece") return ReadWordPieceJson(root, model, folder, where);
  if (type == "Unigram") return ReadUnigramJson(root, model, folder, where);
  if (type == "BPE") return std::make_unique<BytePairTokenizer>(folder);
  Unsupported(where, fmt::format("model \"{}\"; WordPiece, Unigram and BPE are read.", type));
}

std::vector<int64_t> EncoderTokenizer::Encode(std::string_view text, int64_t max_tokens) const {
  CHECK(max_tokens >= 2) << max_tokens << " tokens leave no place for the special ones";
  std::vector<int64_t> ids = EncodeText(text);
  if (static_cast<int64_t>(ids.size()) > max_tokens - 2) ids.resize(static_cast<size_t>(max_tokens - 2));
  ids.insert(ids.begin(), first_);
  ids.push_back(last_);
  return ids;
}

}  // namespace lingshu
