#include "text/unigram.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>

#include <fmt/format.h>
#include <unicode/brkiter.h>
#include <unicode/unistr.h>

#include "base/error.h"
#include "text/unicode.h"

namespace lingshu {
namespace {

constexpr double kUnkPenalty = 10;  // below the least likely piece, as SentencePiece has it

// A unit of Darts-clone (github.com/s-yata/darts-clone).
bool HasLeaf(uint32_t unit) { return (unit >> 8 & 1) == 1; }
uint32_t ValueOf(uint32_t unit) { return unit & 0x7FFFFFFFu; }
uint32_t LabelOf(uint32_t unit) { return unit & 0x800000FFu; }
uint32_t OffsetOf(uint32_t unit) { return unit >> 10 << ((unit & 0x200u) >> 6); }

// Grapheme clusters: a character with the marks that follow it. REQUIRES: valid UTF-8.
std::vector<std::string> SplitGraphemes(std::string_view text) {
  std::vector<std::string> clusters;
  const icu::UnicodeString unicode = icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::BreakIterator> breaks(icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
  CHECK(U_SUCCESS(status)) << "ICU cannot break characters";
  breaks->setText(unicode);
  for (int32_t begin = breaks->first(), end = breaks->next(); end != icu::BreakIterator::DONE; begin = end, end = breaks->next())
    unicode.tempSubStringBetween(begin, end).toUTF8String(clusters.emplace_back());
  return clusters;
}

}  // namespace

std::string DecodeBase64(std::string_view text, const std::string& where) {
  std::string bytes;
  uint32_t bits = 0;
  int num_bits = 0;
  for (const char c : text) {
    if (c == '=' || c == '\n' || c == '\r') continue;
    const int value = c >= 'A' && c <= 'Z'   ? c - 'A'
                      : c >= 'a' && c <= 'z' ? c - 'a' + 26
                      : c >= '0' && c <= '9' ? c - '0' + 52
                      : c == '+'             ? 62
                      : c == '/'             ? 63
                                             : -1;
    if (value < 0) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected base64, found the byte {}.", where, static_cast<int>(c)));
    bits = bits << 6 | static_cast<uint32_t>(value);
    num_bits += 6;
    if (num_bits < 8) continue;
    num_bits -= 8;
    bytes += static_cast<char>(bits >> num_bits & 0xFF);
  }
  return bytes;
}

CharacterMap::CharacterMap(std::string bytes, const std::string& where) {
  uint32_t trie_bytes = 0;
  if (bytes.size() >= 4) std::memcpy(&trie_bytes, bytes.data(), 4);
  if (bytes.size() < 4 || trie_bytes % 4 != 0 || trie_bytes > bytes.size() - 4)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: the character map's trie does not fit its {} bytes.", where, bytes.size()));
  trie_.resize(trie_bytes / 4);
  std::memcpy(trie_.data(), bytes.data() + 4, trie_bytes);
  replacements_ = bytes.substr(4 + trie_bytes);
}

const char* CharacterMap::Find(std::string_view text) const {
  if (trie_.empty() || text.empty()) return nullptr;
  size_t at = OffsetOf(trie_[0]);
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == 0) return nullptr;
    at ^= c;
    if (at >= trie_.size() || LabelOf(trie_[at]) != c) return nullptr;
    const bool has_leaf = HasLeaf(trie_[at]);
    at ^= OffsetOf(trie_[at]);
    if (at >= trie_.size()) return nullptr;
    // The first key on the way, not the longest: what the tokenizers package takes of its common-prefix search.
    if (has_leaf) {
      const uint32_t place = ValueOf(trie_[at]);
      return place < replacements_.size() ? replacements_.c_str() + place : nullptr;
    }
  }
  return nullptr;
}

std::string CharacterMap::Apply(std::string_view text) const {
  if (trie_.empty()) return std::string(text);
  std::string mapped;
  // A base character with its marks is looked up as a whole when it is short, else each character by itself.
  for (const std::string& cluster : SplitGraphemes(text)) {
    if (cluster.size() < 6)
      if (const char* whole = Find(cluster)) {
        mapped += whole;
        continue;
      }
    for (size_t i = 0; i < cluster.size();) {
      const size_t begin = i;
      NextCodePoint(cluster, i);
      const std::string character = cluster.substr(begin, i - begin);
      if (const char* one = Find(character)) mapped += one;
      else mapped += character;
    }
  }
  return mapped;
}

Unigram::Unigram(std::vector<std::pair<std::string, double>> pieces, int64_t unk_id, const std::string& where)
    : pieces_(std::move(pieces)), unk_id_(unk_id) {
  if (unk_id < 0 || unk_id >= size()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: unk_id {} of {} pieces.", where, unk_id, size()));
  double least = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < pieces_.size(); ++i) {
    ids_.emplace(pieces_[i].first, static_cast<int64_t>(i));
    least = std::min(least, pieces_[i].second);
    longest_ = std::max(longest_, pieces_[i].first.size());
  }
  unk_score_ = least - kUnkPenalty;
}

int64_t Unigram::Find(std::string_view piece) const {
  const auto it = ids_.find(piece);
  return it == ids_.end() ? -1 : it->second;
}

void Unigram::Encode(std::string_view text, std::vector<int64_t>& ids) const {
  struct Node {
    double score = -std::numeric_limits<double>::infinity();
    size_t begin = 0;
    int64_t id = -1;
  };
  std::vector<Node> best(text.size() + 1);
  best[0].score = 0;
  for (size_t begin = 0; begin < text.size();) {
    size_t next = begin;
    NextCodePoint(text, next);
    bool has_single = false;
    for (size_t end = next; end <= text.size() && end - begin <= longest_;) {
      if (const int64_t id = Find(text.substr(begin, end - begin)); id >= 0) {
        const double score = best[begin].score + pieces_[static_cast<size_t>(id)].second;
        if (best[end].id < 0 || score > best[end].score) best[end] = {score, begin, id};
        has_single |= end == next;
      }
      if (end == text.size()) break;
      NextCodePoint(text, end);
    }
    if (!has_single) {
      const double score = best[begin].score + unk_score_;
      if (best[next].id < 0 || score > best[next].score) best[next] = {score, begin, unk_id_};
    }
    begin = next;
  }
  std::vector<int64_t> reversed;
  for (size_t end = text.size(); end > 0; end = best[end].begin)
    if (best[end].id != unk_id_ || reversed.empty() || reversed.back() != unk_id_) reversed.push_back(best[end].id);
  ids.insert(ids.end(), reversed.rbegin(), reversed.rend());
}

}  // namespace lingshu
