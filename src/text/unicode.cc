// UTF-8 by hand (the hot loops of the tokenizer run on it), the Unicode algorithms by ICU.
#include "text/unicode.h"

#include <algorithm>
#include <memory>

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/casemap.h>
#include <unicode/uniset.h>
#include <unicode/unistr.h>

#include "base/error.h"
#include "text/unicode_class.h"

namespace lingshu {
namespace {

struct LeadByte {
  int length = 0;                   // 0: never a lead byte
  uint8_t low = 0x80, high = 0xBF;  // bounds of the second byte: no overlong forms, no surrogates, at most U+10FFFF
};

LeadByte LeadOf(uint8_t byte) {
  if (byte < 0x80) return {1};
  if (byte < 0xC2) return {0};
  if (byte < 0xE0) return {2};
  if (byte == 0xE0) return {3, 0xA0, 0xBF};
  if (byte == 0xED) return {3, 0x80, 0x9F};
  if (byte < 0xF0) return {3};
  if (byte == 0xF0) return {4, 0x90, 0xBF};
  if (byte == 0xF4) return {4, 0x80, 0x8F};
  if (byte < 0xF4) return {4};
  return {0};
}

// Bytes of the well-formed or truncated sequence at `at`, at least 1; `is_whole` tells which.
int SequenceAt(std::string_view text, size_t at, bool& is_whole) {
  const LeadByte lead = LeadOf(static_cast<uint8_t>(text[at]));
  is_whole = false;
  if (lead.length == 0) return 1;
  for (int i = 1; i < lead.length; ++i) {
    if (at + static_cast<size_t>(i) >= text.size()) return i;
    const auto byte = static_cast<uint8_t>(text[at + static_cast<size_t>(i)]);
    if (byte < (i == 1 ? lead.low : 0x80) || byte > (i == 1 ? lead.high : 0xBF)) return i;
  }
  is_whole = true;
  return lead.length;
}

const icu::Normalizer2& Normal(const icu::Normalizer2* (*get)(UErrorCode&)) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = get(error);
  CHECK(U_SUCCESS(error)) << "ICU: " << u_errorName(error);
  return *normalizer;
}

std::string NormalizeUtf8(const icu::Normalizer2& normalizer, std::string_view text) {
  std::string out;
  UErrorCode error = U_ZERO_ERROR;
  icu::StringByteSink<std::string> sink(&out, static_cast<int32_t>(text.size()));
  normalizer.normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink, nullptr, error);
  CHECK(U_SUCCESS(error)) << "ICU: " << u_errorName(error);
  return out;
}

// ICU counts in int32, and normalisation may grow text threefold and more.
void CheckLength(std::string_view text) {
  constexpr size_t kMaxBytes = size_t{1} << 28;
  if (text.size() > kMaxBytes) throw Error(ErrorCode::kTooLarge, "text: at most 256 MiB is normalised at once.");
}

}  // namespace

char32_t NextCodePoint(std::string_view text, size_t& at) {
  const auto first = static_cast<uint8_t>(text[at]);
  if (first < 0x80) {
    ++at;
    return first;
  }
  bool is_whole = false;
  const int length = SequenceAt(text, at, is_whole);
  char32_t code_point = first & (0x7F >> length);
  for (int i = 1; i < length; ++i)
    code_point = code_point << 6 | (static_cast<uint8_t>(text[at + static_cast<size_t>(i)]) & 0x3F);
  at += static_cast<size_t>(length);
  return is_whole ? code_point : kReplacement;
}

void AppendUtf8(std::string& text, char32_t c) {
  if (c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) c = kReplacement;
  if (c < 0x80) {
    text += static_cast<char>(c);
    return;
  }
  const int rest = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr uint8_t kLeads[] = {0, 0xC0, 0xE0, 0xF0};
  text += static_cast<char>(kLeads[rest] | (c >> (6 * rest)));
  for (int i = rest - 1; i >= 0; --i) text += static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F));
}

bool IsValidUtf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    if (static_cast<uint8_t>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    bool is_whole = false;
    at += static_cast<size_t>(SequenceAt(text, at, is_whole));
    if (!is_whole) return false;
  }
  return true;
}

std::string RepairUtf8(std::string_view text) {
  std::string repaired;
  repaired.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    bool is_whole = false;
    const auto length = static_cast<size_t>(SequenceAt(text, at, is_whole));
    if (is_whole) repaired.append(text.substr(at, length));
    else AppendUtf8(repaired, kReplacement);
    at += length;
  }
  return repaired;
}

size_t UnfinishedUtf8(std::string_view text) {
  for (size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const size_t at = text.size() - back;
    const auto byte = static_cast<uint8_t>(text[at]);
    if ((byte & 0xC0) == 0x80) continue;
    bool is_whole = false;
    const bool reaches_end = static_cast<size_t>(SequenceAt(text, at, is_whole)) == back;
    return reaches_end && !is_whole && static_cast<size_t>(LeadOf(byte).length) > back ? back : 0;
  }
  return 0;
}

bool IsNfcForTokens(std::string_view text) {
  const uint8_t* classes = CodePointClasses();
  for (size_t at = 0; at < text.size();) {
    if (static_cast<uint8_t>(text[at]) < 0x80) ++at;
    else if (!(classes[NextCodePoint(text, at)] & kSimple)) return false;
  }
  return true;
}

std::string NfcForTokens(std::string_view text) {
  CheckLength(text);
  static const icu::UnicodeSet* const unicode_9 = [] {
    UErrorCode error = U_ZERO_ERROR;
    auto* set = new icu::UnicodeSet(u"[:age=9.0:]", error);
    CHECK(U_SUCCESS(error)) << "ICU: " << u_errorName(error);
    set->freeze();
    return set;
  }();
  static const icu::FilteredNormalizer2* const normalizer =
      new icu::FilteredNormalizer2(Normal(&icu::Normalizer2::getNFCInstance), *unicode_9);
  return NormalizeUtf8(*normalizer, text);
}

std::string Nfc(std::string_view text) {
  CheckLength(text);
  return NormalizeUtf8(Normal(&icu::Normalizer2::getNFCInstance),
                       IsValidUtf8(text) ? std::string(text) : RepairUtf8(text));
}

std::string Nfkc(std::string_view text) {
  CheckLength(text);
  return NormalizeUtf8(Normal(&icu::Normalizer2::getNFKCInstance),
                       IsValidUtf8(text) ? std::string(text) : RepairUtf8(text));
}

std::string HalfWidth(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const char32_t c = NextCodePoint(text, at);
    AppendUtf8(out, c >= 0xFF01 && c <= 0xFF5E ? c - 0xFEE0 : c == 0x3000 ? U' ' : c);
  }
  return out;
}

std::string FoldCase(std::string_view text) {
  CheckLength(text);
  const std::string valid = RepairUtf8(text);
  std::string out;
  UErrorCode error = U_ZERO_ERROR;
  icu::StringByteSink<std::string> sink(&out, static_cast<int32_t>(valid.size()));
  icu::CaseMap::utf8Fold(0, icu::StringPiece(valid.data(), static_cast<int32_t>(valid.size())), sink, nullptr, error);
  CHECK(U_SUCCESS(error)) << "ICU: " << u_errorName(error);
  return out;
}

std::vector<std::string> WordTokens(std::string_view text) {
  const uint8_t* classes = CodePointClasses();
  const auto is_digit = [&](size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
  std::vector<std::string> words;
  std::string word;
  const auto finish = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const char32_t c = NextCodePoint(text, at);
    const uint8_t bits = classes[c];
    const bool is_inside_number = (c == '.' || c == ',') && begin > 0 && is_digit(begin - 1) && is_digit(at);
    if (bits & kOwnWord) {
      finish();
      words.emplace_back(text.substr(begin, at - begin));
    } else if ((bits & (kLetter | kNumber | kMark)) || is_inside_number) {
      word.append(text.substr(begin, at - begin));
    } else {
      finish();
    }
  }
  finish();
  return words;
}

}  // namespace lingshu
