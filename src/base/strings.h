// Small string helpers that more than one room needs. ASCII only; Unicode lives in text/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lingshu {

std::string JoinStrings(const std::vector<std::string>& parts, std::string_view separator);
std::vector<std::string> SplitString(std::string_view text, char separator);  // "a,,b" gives three parts
constexpr bool IsSpaceAscii(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
std::string_view TrimAscii(std::string_view text);
std::string LowerAscii(std::string_view text);
bool ContainsNoCase(std::string_view text, std::string_view part);  // ASCII case folded
std::string ReplaceAll(std::string text, std::string_view from, std::string_view to);

// Escapes & < > " ' for HTML text and attributes.
std::string EscapeHtml(std::string_view text);

// 12345678 -> "12,345,678".
std::string WithThousands(int64_t value);

// Levenshtein distance; the spelling helper of config keys and part names.
int EditDistance(std::string_view a, std::string_view b);
// " Did you mean \"x\"?" for the nearest of `known` within a third of its length, else "".
std::string DidYouMean(std::string_view name, const std::vector<std::string>& known);

}  // namespace lingshu
