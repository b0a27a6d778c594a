#include "score/judge_reply.h"

#include <vector>

#include "base/error.h"
#include "base/strings.h"
#include "score/medevalkit.h"

namespace lingshu {
namespace {

std::string_view AfterThinking(std::string_view reply) {
  constexpr std::string_view kEnd = "</think>";
  const size_t at = reply.rfind(kEnd);
  return at == std::string_view::npos ? reply : reply.substr(at + kEnd.size());
}

// The word of a verdict: 0 and "correct" are true. None for any other text.
std::optional<bool> VerdictOf(std::string_view text) {
  constexpr std::string_view kAround = " \t\r\n{}[]()\"'`.*:!";
  const size_t begin = text.find_first_not_of(kAround);
  if (begin == std::string_view::npos) return std::nullopt;
  const std::string word = LowerAscii(text.substr(begin, text.find_last_not_of(kAround) + 1 - begin));
  if (word == "0" || word == "correct") return true;
  if (word == "1" || word == "incorrect" || word == "wrong") return false;
  return std::nullopt;
}

// Contents of <judge>…</judge>; the last may lack its end.
std::vector<std::string> JudgeTags(std::string_view reply) {
  constexpr std::string_view kOpen = "<judge>", kClose = "</judge>";
  const std::string lower = LowerAscii(reply);
  std::vector<std::string> tags;
  for (size_t at = lower.find(kOpen); at != std::string::npos; at = lower.find(kOpen, at)) {
    at += kOpen.size();
    const size_t end = lower.find(kClose, at);
    tags.push_back(lower.substr(at, end == std::string::npos ? end : end - at));
  }
  return tags;
}

// The JSON object that begins at `begin`: up to its closing brace, strings respected. "" when it never closes.
std::string_view ObjectAt(std::string_view text, size_t begin) {
  int depth = 0;
  bool is_string = false;
  for (size_t i = begin; i < text.size(); ++i) {
    if (is_string) {
      if (text[i] == '\\') ++i;
      else if (text[i] == '"') is_string = false;
      continue;
    }
    if (text[i] == '"') is_string = true;
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return text.substr(begin, i + 1 - begin);
  }
  return "";
}

// None where the text is no JSON: a judge's slip is an expected absence here, not an error.
std::optional<Json> ParseOrNone(std::string_view text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return json.is_discarded() ? std::nullopt : std::optional(std::move(json));
}

}  // namespace

std::optional<bool> ReadJudgeReply(std::string_view reply) {
  const std::string_view answer = AfterThinking(reply);
  const std::vector<std::string> tags = JudgeTags(answer);
  if (tags.empty()) return VerdictOf(answer);
  const std::optional<bool> verdict = VerdictOf(tags[0]);
  for (const std::string& tag : tags)
    if (VerdictOf(tag) != verdict) return std::nullopt;
  return verdict;
}

std::optional<bool> ReadGraderReply(std::string_view reply) {
  const std::string_view answer = AfterThinking(reply);
  for (size_t at = answer.find('{'); at != std::string_view::npos; at = answer.find('{', at + 1)) {
    const auto json = ParseOrNone(ObjectAt(answer, at));
    if (json && json->is_object() && json->contains("criteria_met") && (*json)["criteria_met"].is_boolean())
      return (*json)["criteria_met"].get<bool>();
  }
  return std::nullopt;
}

bool MedEvalKitJudges(const std::optional<std::string>& reply) { return reply && ExtractTag(*reply, "judge") == "0"; }

Json MedEvalKitGrade(std::string_view reply) {
  std::string_view text = PythonStrip(reply);
  if (text.starts_with("```json")) text.remove_prefix(7);
  if (text.ends_with("```")) text.remove_suffix(3);
  return ParseOrNone(PythonStrip(text)).value_or(Json::object());
}

}  // namespace lingshu
