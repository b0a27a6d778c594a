#include "score/report_tokens.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "score/medevalkit.h"

namespace lingshu {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsPoint(char c) { return c == '.' || c == ','; }
// [\{-\~\[-\` -\&\(-\+\:-\@\/]
bool IsSeparate(char c) {
  return (c >= '{' && c <= '~') || (c >= '[' && c <= '`') || (c >= ' ' && c <= '&') || (c >= '(' && c <= '+') ||
         (c >= ':' && c <= '@') || c == '/';
}

// Rewrites pairs of neighbouring bytes from left to right, as re.sub does without overlap; white space may come out
// doubled.
template <typename Matches>
std::string SubstitutePairs(const std::string& text, const Matches& matches, const char* between, const char* after,
                            const char* before) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i + 1 < text.size() && matches(text[i], text[i + 1])) {
      result.append(before).append(1, text[i]).append(between).append(1, text[i + 1]).append(after);
      ++i;
    } else {
      result += text[i];
    }
  }
  return result;
}

}  // namespace

Tokens AnswerTokens(std::string_view text) { return SplitString(ReplaceAll(PythonLower(text), ".", " ."), ' '); }

Tokens ReportTokens(std::string_view text) {
  Tokens tokens = AnswerTokens(text);
  std::erase_if(tokens, [](const std::string& token) { return token.empty(); });
  return tokens;
}

Tokens Tokens13a(std::string_view text) {
  std::string line = ReplaceAll(ReplaceAll(std::string(text), "<skipped>", ""), "-\n", "");
  line = ReplaceAll(std::move(line), "\n", " ");
  line = ReplaceAll(ReplaceAll(std::move(line), "&quot;", "\""), "&amp;", "&");
  line = ReplaceAll(ReplaceAll(std::move(line), "&lt;", "<"), "&gt;", ">");
  std::string spaced;
  for (const char c : fmt::format(" {} ", PythonStrip(line))) {
    if (IsSeparate(c)) spaced.append(" ").append(1, c).append(" ");
    else spaced += c;
  }
  spaced = SubstitutePairs(
      spaced, [](char a, char b) { return !IsDigit(a) && IsPoint(b); }, " ", " ", "");
  spaced = SubstitutePairs(
      spaced, [](char a, char b) { return IsPoint(a) && !IsDigit(b); }, " ", "", " ");
  spaced = SubstitutePairs(
      spaced, [](char a, char b) { return IsDigit(a) && b == '-'; }, " ", " ", "");
  return PythonSplit(spaced);
}

}  // namespace lingshu
