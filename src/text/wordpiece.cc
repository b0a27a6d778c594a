#include "text/wordpiece.h"

#include <fmt/format.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "base/error.h"
#include "text/unicode.h"

namespace lingshu {
namespace {

bool IsControl(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  const int8_t type = u_charType(static_cast<UChar32>(c));
  return type == U_CONTROL_CHAR || type == U_FORMAT_CHAR || type == U_PRIVATE_USE_CHAR || type == U_UNASSIGNED;
}

bool IsSpace(char32_t c) {
  return c == '\t' || c == '\n' || c == '\r' || u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_WHITE_SPACE);
}

// ASCII signs count, letters or not ("$", "^"), as BERT has it.
bool IsPunctuation(char32_t c) {
  if (c < 0x80) return c > 0x20 && c < 0x7F && !u_isalnum(static_cast<UChar32>(c));
  return (U_MASK(u_charType(static_cast<UChar32>(c))) & (U_GC_P_MASK)) != 0;
}

bool IsIdeograph(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

std::string Changed(std::string_view text, bool should_strip_accents, bool should_lower) {
  bool is_ascii = true;
  for (const char c : text) is_ascii &= static_cast<unsigned char>(c) < 0x80;
  if (is_ascii) {
    std::string lower(text);
    if (should_lower)
      for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return lower;
  }
  icu::UnicodeString unicode = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  if (should_strip_accents) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* nfd = icu::Normalizer2::getNFDInstance(status);
    CHECK(U_SUCCESS(status)) << "ICU has no NFD";
    const icu::UnicodeString apart = nfd->normalize(unicode, status);
    icu::UnicodeString kept;
    for (int32_t i = 0; i < apart.length();) {
      const UChar32 c = apart.char32At(i);
      i += U16_LENGTH(c);
      if (u_charType(c) != U_NON_SPACING_MARK) kept.append(c);
    }
    unicode = kept;
  }
  if (should_lower) unicode.toLower(icu::Locale::getRoot());
  std::string utf8;
  unicode.toUTF8String(utf8);
  return utf8;
}

}  // namespace

WordPiece::WordPiece(std::unordered_map<std::string, int64_t> vocabulary, WordPieceConfig config, const std::string& where)
    : vocabulary_(std::move(vocabulary)), config_(std::move(config)) {
  unk_id_ = Find(config_.unk_token);
  if (unk_id_ < 0) throw Error(ErrorCode::kCorrupt, fmt::format("{}: the vocabulary lacks {}.", where, config_.unk_token));
}

int64_t WordPiece::Find(const std::string& piece) const {
  const auto it = vocabulary_.find(piece);
  return it == vocabulary_.end() ? -1 : it->second;
}

std::vector<std::string> WordPiece::Words(std::string_view raw) const {
  const std::string text = RepairUtf8(raw);
  std::string clean;
  for (size_t i = 0; i < text.size();) {
    const char32_t c = NextCodePoint(text, i);
    if (c == 0 || c == kReplacement || IsControl(c)) continue;
    const bool is_alone = config_.should_split_cjk && IsIdeograph(c);
    if (is_alone || IsSpace(c)) clean += ' ';
    if (!IsSpace(c)) AppendUtf8(clean, c);
    if (is_alone) clean += ' ';
  }
  clean = Changed(clean, config_.should_strip_accents, config_.should_lower);
  std::vector<std::string> words;
  bool is_inside = false;
  for (size_t i = 0; i < clean.size();) {
    const size_t begin = i;
    const char32_t c = NextCodePoint(clean, i);
    const bool is_sign = IsPunctuation(c), is_space = IsSpace(c);
    if (!is_space && (is_sign || !is_inside)) words.emplace_back();
    if (!is_space) words.back().append(clean, begin, i - begin);
    is_inside = !is_space && !is_sign;
  }
  return words;
}

void WordPiece::EncodeWord(const std::string& word, std::vector<int64_t>& ids) const {
  std::vector<size_t> starts;  // of characters
  for (size_t i = 0; i < word.size();) {
    starts.push_back(i);
    NextCodePoint(word, i);
  }
  starts.push_back(word.size());
  const size_t n = starts.size() - 1;
  const size_t before = ids.size();
  if (n <= static_cast<size_t>(config_.max_word_characters)) {
    size_t begin = 0;
    while (begin < n) {
      size_t end = n;
      int64_t id = -1;
      for (; end > begin && id < 0; --end) {
        std::string piece = begin > 0 ? config_.prefix : "";
        piece.append(word, starts[begin], starts[end] - starts[begin]);
        id = Find(piece);
        if (id >= 0) break;
      }
      if (id < 0) break;
      ids.push_back(id);
      begin = end;
    }
    if (begin == n) return;
  }
  ids.resize(before);
  ids.push_back(unk_id_);
}

std::vector<int64_t> WordPiece::Encode(std::string_view text) const {
  std::vector<int64_t> ids;
  for (const std::string& word : Words(text)) EncodeWord(word, ids);
  return ids;
}

}  // namespace lingshu
