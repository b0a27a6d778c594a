#include "score/medevalkit.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "score/difflib.h"
#include "score/reply.h"
#include "text/lower.h"
#include "text/unicode.h"

namespace lingshu {
namespace {

// str.isspace of Python 3.
bool IsPythonSpace(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

// text.split(separator)[-1]: separators are found from the left and do not overlap.
std::string_view LastPart(std::string_view text, std::string_view separator) {
  size_t begin = 0;
  for (size_t at = text.find(separator); at != std::string_view::npos; at = text.find(separator, begin)) begin = at + separator.size();
  return text.substr(begin);
}

std::string_view FirstPart(std::string_view text, std::string_view separator) { return text.substr(0, text.find(separator)); }

bool IsValidLetter(std::string_view text, size_t num_options) { return text.size() == 1 && text[0] >= 'a' && text[0] < static_cast<char>('a' + std::min<size_t>(num_options, 26)); }

// The benchmarks whose loader does not take the content of <answer> before the scorer.
bool HasNoExtraction(const std::string& benchmark) { return benchmark == "PMC_VQA" || benchmark == "MedFrameQA" || benchmark == "Radrestruct"; }

// What the visual question sets do first: the box, else the tag.
std::string UnwrapMarked(const std::string& response) {
  if (const std::string boxed = ExtractBoxedContent(response); boxed != "None") return boxed;
  return response.find("<answer>") != std::string::npos ? ExtractTag(response, "answer") : response;
}

std::string Normalized(const std::string& response) { return std::string(PythonStrip(PythonLower(UnwrapMarked(response)))); }

ReferenceVerdict Raised(const char* error) { return {.rule = "medevalkit:exception", .error = error}; }

// judge_multi_choice, once for every letter that might be the gold; the nearest option is sought once.
class ChoiceJudge {
 public:
  ChoiceJudge(const std::vector<std::string>& options, const std::string& response) {
    for (const std::string& option : options) choices_.push_back(PythonLower(option));
    std::string lower = PythonLower(response);
    const std::string_view first = FirstPart(lower, "\n\n"), last = FirstPart(LastPart(lower, "\n\n"), ".");
    if (IsValidLetter(first, choices_.size())) lower = std::string(first);
    else if (IsValidLetter(last, choices_.size())) lower = std::string(last);
    response_ = ReplaceAll(PythonLower(PythonStrip(ParseResponse(lower))), "\n", "");
    said_ = LastPart(FirstPart(response_, "."), ":");
  }

  bool Accepts(const std::string& gold_text) {
    const std::string gold = PythonLower(PythonStrip(gold_text));
    rule_ = "medevalkit:letter";
    if (said_ == gold) return true;
    if (IsValidLetter(said_, choices_.size())) return choices_[said_[0] - 'a'] == gold;
    rule_ = "medevalkit:option_text";
    const auto same = std::find(choices_.begin(), choices_.end(), said_);
    if (same != choices_.end()) return IsValidLetter(gold, choices_.size()) && choices_[gold[0] - 'a'] == said_;
    rule_ = "medevalkit:nearest_option";
    if (choices_.empty()) return false;
    if (nearest_ < 0) nearest_ = FindMostSimilarIndex(choices_, response_);
    return gold == std::string(1, static_cast<char>('a' + nearest_)) || gold == choices_[nearest_];
  }

  const char* rule() const { return rule_; }

 private:
  std::vector<std::string> choices_;
  std::string response_;
  std::string_view said_;
  int nearest_ = -1;
  const char* rule_ = "";
};

}  // namespace

std::string PythonLower(std::string_view text) { return LowerUnicode(text); }

std::string_view PythonStrip(std::string_view text) {
  size_t begin = 0, end = 0;
  bool has_begun = false;
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    if (IsPythonSpace(NextCodePoint(text, i))) continue;
    if (!has_begun) begin = start;
    has_begun = true;
    end = i;
  }
  return text.substr(begin, end - begin);
}

std::vector<std::string> PythonSplit(std::string_view text) {
  std::vector<std::string> parts;
  bool is_inside = false;
  for (size_t i = 0; i < text.size();) {
    const size_t start = i;
    const bool is_space = IsPythonSpace(NextCodePoint(text, i));
    if (!is_space && !is_inside) parts.emplace_back();
    is_inside = !is_space;
    if (is_inside) parts.back().append(text.substr(start, i - start));
  }
  return parts;
}

std::string ExtractBoxedContent(std::string_view text) {
  constexpr std::string_view kOpen = "\\boxed{";
  const size_t at = text.rfind(kOpen);
  if (at == std::string_view::npos) return "None";
  const std::string_view content = text.substr(at + kOpen.size());
  int depth = 0;
  for (size_t i = 0; i < content.size(); ++i) {
    if (content[i] == '{') ++depth;
    if (content[i] == '}' && --depth == -1) return std::string(PythonStrip(content.substr(0, i)));
  }
  return "None";
}

std::string ExtractTag(std::string_view text, std::string_view tag) {
  const std::string open = "<" + std::string(tag) + ">", close = "</" + std::string(tag) + ">";
  std::vector<std::string> parts;
  for (size_t at = text.find(open); at != std::string_view::npos; at = text.find(open, at)) {
    const size_t begin = at + open.size(), end = text.find(close, begin);
    if (end == std::string_view::npos) break;
    parts.emplace_back(text.substr(begin, end - begin));
    at = end + close.size();
  }
  const std::string joined(PythonStrip(JoinStrings(parts, " ")));
  return joined.empty() ? std::string(text) : joined;
}

std::string ParseResponse(std::string_view response) {
  std::string text = PythonLower(response);
  if (text.find("boxed") != std::string::npos) text = ExtractBoxedContent(text);
  else if (text.find("<answer>") != std::string::npos) text = ExtractTag(text, "answer");
  for (const char* mark : {"**answer**:", "**answer**", "*answer*:", "**answer:**", "answer is", "answer:", "答案:", "final answer", "final answer is"})
    text = std::string(LastPart(text, mark));
  return text;
}

int FindMostSimilarIndex(const std::vector<std::string>& options, std::string_view target) {
  const std::u32string points = CodePoints(target);
  int best = 0;
  double highest = 0;
  for (size_t i = 0; i < options.size(); ++i) {
    const double ratio = SequenceRatio(CodePoints(options[i]), points);
    if (ratio > highest) best = static_cast<int>(i), highest = ratio;
  }
  return best;
}

ReferenceVerdict MedEvalKitChoice(const std::string& benchmark, const std::vector<std::string>& options, const std::string& gold,
                                  const std::optional<std::string>& response) {
  const bool is_extracted = !HasNoExtraction(benchmark);
  if (!response && !is_extracted)
    return Raised(benchmark == "Radrestruct" ? "AttributeError: 'NoneType' object has no attribute 'rfind'" : "AttributeError: 'NoneType' object has no attribute 'lower'");
  std::string text = response.value_or("");
  if (is_extracted) text = ExtractTag(text, "answer");
  if (benchmark == "Radrestruct") text = Normalized(text);
  ChoiceJudge judge(options, text);
  ReferenceVerdict verdict;
  for (size_t i = 0; i < options.size() && i < 26 && verdict.prediction.empty(); ++i)
    if (const std::string letter(1, static_cast<char>('A' + i)); judge.Accepts(letter)) verdict.prediction = letter;
  verdict.correct = judge.Accepts(gold);
  verdict.rule = judge.rule();
  return verdict;
}

ReferenceVerdict MedEvalKitYesNo(const std::string& gold, const std::optional<std::string>& response) {
  if (!response) return Raised("AttributeError: 'NoneType' object has no attribute 'rfind'");
  const std::string text = ReplaceAll(ReplaceAll(ParseResponse(Normalized(*response)), "\n", ""), ".", "");
  const bool has_yes = text.find("yes") != std::string::npos, has_no = text.find("no") != std::string::npos;
  const std::string lower_gold(PythonStrip(PythonLower(gold)));
  return {.correct = has_yes != has_no && text.find(lower_gold) != std::string::npos, .prediction = has_yes == has_no ? "" : has_yes ? "yes" : "no",
          .rule = "medevalkit:substring", .error = ""};
}

ReferenceVerdict MedEvalKitClosed(const std::string& gold, const std::optional<std::string>& response) {
  if (!response) return Raised("AttributeError: 'NoneType' object has no attribute 'rfind'");
  const std::string text = ReplaceAll(ReplaceAll(ParseResponse(UnwrapMarked(*response)), "\n", ""), ".", "");
  return {.correct = text == PythonLower(gold), .prediction = text, .rule = "medevalkit:equal", .error = ""};
}

std::string OpenGold(const std::string& benchmark, const std::string& gold) {
  const std::string lower = PythonLower(gold);
  return benchmark == "SLAKE" ? lower : std::string(PythonStrip(lower));
}

ReferenceVerdict MedEvalKitOpen(const std::string& benchmark, const std::string& gold, const std::optional<std::string>& response) {
  if (!response) return Raised("AttributeError: 'NoneType' object has no attribute 'rfind'");
  const bool is_slake = benchmark == "SLAKE";  // the one that strips nothing
  const std::string text = ParseResponse(is_slake ? UnwrapMarked(*response) : Normalized(*response)), wanted = OpenGold(benchmark, gold);
  // Its ROUGE drops empty sentences and refuses what is left of nothing.
  if (text.find_first_not_of('.') == std::string::npos) return Raised("ValueError: Hypothesis is empty.");
  if (wanted.find_first_not_of('.') == std::string::npos) return Raised("ValueError: Reference is empty.");
  if (PythonSplit(text).empty() || PythonSplit(wanted).empty()) return Raised("TypeError: cannot unpack non-iterable int object");
  return {.correct = text == wanted, .prediction = text, .rule = "medevalkit:equal", .error = ""};
}

}  // namespace lingshu
