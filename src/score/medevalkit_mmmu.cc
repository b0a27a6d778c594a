#include "score/medevalkit_mmmu.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "base/strings.h"
#include "text/unicode.h"
#include "text/unicode_class.h"

namespace lingshu {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Python's \w at the character that begins or goes on at this byte.
bool IsWordCharacter(std::string_view text, size_t at) {
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) --at;
  const char32_t c = NextCodePoint(text, at);
  return c == '_' || (c < kClassedCodePoints && (CodePointClasses()[c] & (kLetter | kNumber)) != 0);
}

// Python's float(): a decimal number with optional exponent, or infinity and NaN; no hexadecimal.
bool ParseFloat(std::string_view text, double* value) {
  const std::string number(PythonStrip(text));
  if (number.empty() || number.find_first_of("xXpP") != std::string::npos) return false;
  char* end = nullptr;
  *value = std::strtod(number.c_str(), &end);
  return *end == '\0' && end != number.c_str();
}

// float repr as Python prints it: shortest, with a ".0".
std::string FloatText(double value) {
  const std::string text = fmt::format("{}", value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

size_t SkipDigits(std::string_view text, size_t at) {
  while (at < text.size() && IsDigit(text[at])) ++at;
  return at;
}

bool IsBoundary(std::string_view text, size_t at) {
  const bool before = at > 0 && IsWordCharacter(text, at - 1), after = at < text.size() && IsWordCharacter(text, at);
  return before != after;
}

// End of an exponent [eE][+-]?\d+ at `at`, or `at`.
size_t SkipExponent(std::string_view text, size_t at) {
  if (at >= text.size() || (text[at] != 'e' && text[at] != 'E')) return at;
  size_t digits = at + 1;
  if (digits < text.size() && (text[digits] == '+' || text[digits] == '-')) ++digits;
  const size_t end = SkipDigits(text, digits);
  return end > digits ? end : at;
}

// -?\b\d{1,3}(?:,\d{3})+\b from `at`; 0 when it does not match.
size_t MatchCommas(std::string_view text, size_t at) {
  size_t i = at + (text[at] == '-' ? 1 : 0);
  if (!IsBoundary(text, i)) return 0;
  const size_t first = SkipDigits(text, i);
  for (size_t lead = std::min(first, i + 3); lead > i; --lead) {
    size_t end = lead;
    std::vector<size_t> ends;
    while (end + 3 < text.size() && text[end] == ',' && SkipDigits(text, end + 1) >= end + 4) ends.push_back(end += 4);
    for (auto it = ends.rbegin(); it != ends.rend(); ++it)
      if (IsBoundary(text, *it)) return *it;
  }
  return 0;
}

// -?\d+(?:\.\d+)?[eE][+-]?\d+
size_t MatchScientific(std::string_view text, size_t at) {
  const size_t i = at + (text[at] == '-' ? 1 : 0), whole = SkipDigits(text, i);
  if (whole == i) return 0;
  if (whole < text.size() && text[whole] == '.') {
    const size_t fraction = SkipDigits(text, whole + 1), end = SkipExponent(text, fraction);
    if (fraction > whole + 1 && end > fraction) return end;
  }
  const size_t end = SkipExponent(text, whole);
  return end > whole ? end : 0;
}

// (?![eE][+-]?\d+)(?![,\d])
bool MayEnd(std::string_view text, size_t at) {
  return SkipExponent(text, at) == at && (at >= text.size() || (text[at] != ',' && !IsDigit(text[at])));
}

// -?(?:\d+\.\d+|\.\d+|\d+\b)(?![eE][+-]?\d+)(?![,\d]), with the engine's backtracking over shorter digit runs.
size_t MatchSimple(std::string_view text, size_t at) {
  const size_t i = at + (text[at] == '-' ? 1 : 0), whole = SkipDigits(text, i);
  const bool has_point = whole < text.size() && text[whole] == '.';
  const size_t fraction = has_point ? SkipDigits(text, whole + 1) : whole;
  if (has_point && fraction > whole + 1)
    for (size_t end = fraction; end > whole + 1; --end)
      if (MayEnd(text, end)) return end;
  for (size_t end = whole; end > i; --end)
    if (IsBoundary(text, end) && MayEnd(text, end)) return end;
  return 0;
}

void FindAll(std::string_view text, size_t (*match)(std::string_view, size_t), std::vector<std::string>& found) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = match(text, at);
    if (end > at) found.emplace_back(text.substr(at, end - at));
    at = end > at ? end : at + 1;
  }
}

std::string_view StripAll(std::string_view text, char edge) {
  while (!text.empty() && text.front() == edge) text.remove_prefix(1);
  while (!text.empty() && text.back() == edge) text.remove_suffix(1);
  return text;
}

std::string Unwrapped(const std::string& response) {
  std::string text = response;
  if (text.find("<answer>") != std::string::npos) text = ExtractTag(text, "answer");
  if (const std::string boxed = ExtractBoxedContent(text); boxed != "None") text = boxed;
  return text;
}

// The letter of the form that occurs last, or -1. The first of equals wins, as numpy's argmax has it.
int LastOccurrence(const std::string& text, const std::vector<std::string>& forms) {
  int best = -1;
  size_t latest = 0;
  for (size_t i = 0; i < forms.size(); ++i) {
    const size_t at = text.rfind(forms[i]);
    if (at == std::string::npos || (best >= 0 && at <= latest)) continue;
    best = static_cast<int>(i);
    latest = at;
  }
  return best;
}

// get_key_subresponses: what follows the indicators, shortest of each line.
std::vector<std::string> KeyResponses(const std::string& response) {
  const std::string whole = PythonLower(StripAll(PythonStrip(response), '.'));
  std::vector<std::string> indicators = {"could be ", "so ", "is ", "thus ", "therefore ", "final ", "answer ", "result "};
  std::vector<std::string> keys;
  // The split at ". " before a capital never fires: the text is lower case by then.
  const std::vector<std::string> lines = SplitString(whole, '\n');
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i + 1 == lines.size()) indicators.emplace_back("=");
    std::string shortest;
    for (const std::string& indicator : indicators) {
      const size_t at = lines[i].rfind(indicator);
      if (at == std::string::npos) continue;
      const std::string tail(PythonStrip(std::string_view(lines[i]).substr(at + indicator.size())));
      if (shortest.empty() || tail.size() < shortest.size()) shortest = tail;
    }
    const bool is_trivial = shortest.size() == 1 && std::string_view(":,.!?;'").find(shortest[0]) != std::string_view::npos;
    if (!shortest.empty() && !is_trivial) keys.push_back(shortest);
  }
  return keys.empty() ? std::vector<std::string>{whole} : keys;
}

}  // namespace

std::vector<std::string> MmmuExtractNumbers(std::string_view text) {
  std::vector<std::string> found;
  FindAll(text, &MatchCommas, found);
  FindAll(text, &MatchScientific, found);
  FindAll(text, &MatchSimple, found);
  return found;
}

MmmuNormal MmmuNormalize(std::string_view text) {
  const std::string stripped(PythonStrip(text));
  MmmuNormal normal;
  if (ParseFloat(ReplaceAll(stripped, ",", ""), &normal.number)) {
    normal.is_number = true;
    // Correctly rounded decimals, as Python's round(x, 2).
    normal.number = std::strtod(fmt::format("{:.2f}", normal.number).c_str(), nullptr);
    return normal;
  }
  const std::string lower = PythonLower(stripped);
  const bool is_one = !lower.empty() && (lower.size() == 1 || (static_cast<unsigned char>(lower[0]) >= 0xC0 && PythonSplit(lower).size() == 1 &&
                                                                std::count_if(lower.begin(), lower.end(), [](char c) { return (c & 0xC0) != 0x80; }) == 1));
  if (is_one) normal.texts = {" " + lower, lower + " "};
  else normal.texts = {lower};
  return normal;
}

ReferenceVerdict MmmuChoice(const std::vector<std::string>& options, const std::string& gold, const std::optional<std::string>& response) {
  if (!response) return {.rule = "medevalkit:exception", .error = "TypeError: argument of type 'NoneType' is not iterable"};
  // Its parser unwraps once more: a box that was not closed becomes the text "None".
  std::string text = Unwrapped(*response);
  if (text.find("<answer>") != std::string::npos) text = ExtractTag(text, "answer");
  else if (text.find("\\boxed") != std::string::npos) text = ExtractBoxedContent(text);
  std::string_view stripped = PythonStrip(text);
  for (const char edge : {',', '.', '!', '?', ';', ':', '\''}) stripped = StripAll(stripped, edge);
  const std::string padded = " " + std::string(stripped) + " ", lower = PythonLower(padded);
  std::vector<std::string> bracketed, spaced, texts;
  for (size_t i = 0; i < options.size() && i < 26; ++i) {
    const char letter = static_cast<char>('A' + i);
    bracketed.push_back(fmt::format("({})", letter));
    spaced.push_back(fmt::format(" {} ", letter));
    texts.push_back(PythonLower(options[i]));
  }
  int choice = LastOccurrence(padded, bracketed);
  const char* rule = "mmmu:bracketed";
  if (choice < 0) choice = LastOccurrence(padded, spaced), rule = "mmmu:spaced";
  if (choice < 0 && PythonSplit(padded).size() > 5) choice = LastOccurrence(lower, texts), rule = "mmmu:option_text";
  if (choice < 0) return {.correct = false, .prediction = "", .rule = "mmmu:random", .error = ""};
  const std::string letter(1, static_cast<char>('A' + choice));
  return {.correct = letter == gold, .prediction = letter, .rule = rule, .error = ""};
}

ReferenceVerdict MmmuOpen(const std::string& gold, const std::optional<std::string>& response, bool is_validation) {
  if (!response) return {.rule = "medevalkit:exception", .error = "TypeError: argument of type 'NoneType' is not iterable"};
  const std::string text = Unwrapped(*response);
  const MmmuNormal answer = MmmuNormalize(gold);
  const auto is_inside = [&](std::string_view candidate) {
    return std::any_of(answer.texts.begin(), answer.texts.end(), [&](const std::string& wanted) { return candidate.find(wanted) != std::string_view::npos; });
  };
  if (is_validation) {
    bool has_match = false;
    for (size_t i = 0; i < text.size(); ++i) has_match |= is_inside(std::string_view(text).substr(i, 1));
    return {.correct = has_match, .prediction = text, .rule = "mmmu:open_by_character", .error = ""};
  }
  std::vector<std::string> candidates = KeyResponses(text);
  for (size_t i = 0, n = candidates.size(); i < n; ++i)
    for (std::string& number : MmmuExtractNumbers(candidates[i])) candidates.push_back(std::move(number));
  std::vector<std::string> predictions;
  bool is_correct = false;
  for (const std::string& candidate : candidates) {
    const MmmuNormal normal = MmmuNormalize(candidate);
    if (normal.is_number) {
      predictions.push_back(FloatText(normal.number));
      is_correct |= answer.is_number && answer.number == normal.number;
    }
    for (const std::string& said : normal.texts) {
      predictions.push_back(said);
      is_correct |= is_inside(said);
    }
  }
  std::sort(predictions.begin(), predictions.end());
  predictions.erase(std::unique(predictions.begin(), predictions.end()), predictions.end());
  return {.correct = is_correct, .prediction = JoinStrings(predictions, " | "), .rule = "mmmu:open", .error = ""};
}

}  // namespace lingshu
