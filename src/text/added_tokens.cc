// Finds added tokens as the `tokenizers` package does (tokenizer/added_vocabulary.rs).
#include "text/added_tokens.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "text/unicode.h"
#include "text/unicode_class.h"

namespace lingshu {
namespace {

bool IsWordCharacter(char32_t c) { return c == '_' || (CodePointClasses()[c] & (kLetter | kNumber | kMark)); }
bool IsSpaceCharacter(char32_t c) { return CodePointClasses()[c] & kSpace; }

size_t PreviousStart(std::string_view text, size_t at) {
  do --at;
  while (at > 0 && (static_cast<uint8_t>(text[at]) & 0xC0) == 0x80);
  return at;
}

char32_t Before(std::string_view text, size_t at) {
  size_t start = PreviousStart(text, at);
  return NextCodePoint(text, start);
}

char32_t After(std::string_view text, size_t at) { return NextCodePoint(text, at); }

}  // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> tokens, const std::string& where) : tokens_(std::move(tokens)) {
  std::map<std::string_view, int64_t> seen;
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const AddedToken& token = tokens_[i];
    if (token.content.empty() || !seen.emplace(token.content, token.id).second || !by_id_.emplace(token.id, i).second)
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("{}: added token {} (id {}) is empty or given twice.", where, i, token.id));
    by_first_byte_[static_cast<uint8_t>(token.content[0])].push_back(i);
  }
  for (std::vector<size_t>& starting : by_first_byte_)
    std::stable_sort(starting.begin(), starting.end(),
                     [&](size_t a, size_t b) { return tokens_[a].content.size() > tokens_[b].content.size(); });
}

const AddedToken* AddedTokens::LongestAt(std::string_view text, size_t at) const {
  for (const size_t i : by_first_byte_[static_cast<uint8_t>(text[at])])
    if (text.substr(at, tokens_[i].content.size()) == tokens_[i].content) return &tokens_[i];
  return nullptr;
}

std::vector<AddedTokens::Match> AddedTokens::FindAll(std::string_view text) const {
  std::vector<Match> matches;
  size_t done = 0;
  for (size_t at = 0; at < text.size();) {
    const AddedToken* token = LongestAt(text, at);
    if (!token) {
      ++at;
      continue;
    }
    size_t begin = at, end = at + token->content.size();
    at = end;
    if (token->is_single_word && ((begin > 0 && IsWordCharacter(Before(text, begin))) ||
                                  (end < text.size() && IsWordCharacter(After(text, end)))))
      continue;
    if (token->should_strip_left)
      while (begin > done && IsSpaceCharacter(Before(text, begin))) begin = PreviousStart(text, begin);
    if (token->should_strip_right)
      while (end < text.size() && IsSpaceCharacter(After(text, end))) NextCodePoint(text, end);
    matches.push_back({begin, end, token->id});
    done = at = end;
  }
  return matches;
}

const AddedToken* AddedTokens::ById(int64_t id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : &tokens_[it->second];
}

int64_t AddedTokens::Id(std::string_view content) const {
  if (content.empty()) return -1;
  const AddedToken* token = LongestAt(content, 0);
  return token && token->content == content ? token->id : -1;
}

}  // namespace lingshu
