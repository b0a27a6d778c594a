#include "score/green.h"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/strings.h"

namespace lingshu {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// \[category\]:\s*(.*?)(\n\s*\n|end); "" when there is none.
std::string_view SectionOf(std::string_view text, std::string_view category) {
  const std::string head = fmt::format("[{}]:", category);
  size_t begin = text.find(head);
  if (begin == std::string_view::npos) return "";
  begin += head.size();
  while (begin < text.size() && IsSpaceAscii(text[begin])) ++begin;
  for (size_t end = begin; end < text.size(); ++end) {
    if (text[end] != '\n') continue;
    size_t next = end + 1;
    while (next < text.size() && IsSpaceAscii(text[next]) && text[next] != '\n') ++next;
    if (next < text.size() && text[next] == '\n') return text.substr(begin, end - begin);
  }
  return text.substr(begin);
}

// The digits at `at` when a full stop follows them; -1 otherwise. Counts beyond nine digits are no counts.
int64_t CountAt(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && IsDigit(text[end])) ++end;
  if (end == at || end - at > 9 || end >= text.size() || text[end] != '.') return -1;
  return std::stoll(std::string(text.substr(at, end - at)));
}

// The first ": N." of a line.
int64_t FirstCount(std::string_view line) {
  for (size_t at = line.find(": "); at != std::string_view::npos; at = line.find(": ", at + 1))
    if (const int64_t count = CountAt(line, at + 2); count >= 0) return count;
  return -1;
}

// What follows "(a) " to "(f) ", or "(1) " to "(6) ", on each line, with that mark, in order of the alphabet.
std::vector<std::string> MarkedLines(std::string_view section, char first) {
  std::vector<std::string> marked;
  for (const std::string& line : SplitString(section, '\n'))
    for (size_t i = 0; i + 3 < line.size(); ++i)
      if (line[i] == '(' && line[i + 1] >= first && line[i + 1] < first + 6 && line[i + 2] == ')' &&
          line[i + 3] == ' ') {
        marked.push_back(line.substr(i));
        break;
      }
  std::sort(marked.begin(), marked.end());
  return marked;
}

}  // namespace

int64_t GreenAnalysis::num_significant() const {
  return std::accumulate(significant.begin(), significant.end(), int64_t{0});
}

double GreenAnalysis::score() const {
  return matched == 0 ? 0 : static_cast<double>(matched) / static_cast<double>(matched + num_significant());
}

GreenAnalysis ParseGreen(std::string_view analysis) {
  GreenAnalysis result;
  const std::string_view findings = SectionOf(analysis, "Matched Findings");
  if (!findings.starts_with("No")) result.matched = std::max<int64_t>(0, CountAt(findings, 0));
  const std::string_view errors = SectionOf(analysis, "Clinically Significant Errors");
  if (errors.starts_with("No")) return result;
  std::vector<std::string> lines = MarkedLines(errors, 'a');
  const char first = lines.empty() ? '1' : 'a';
  if (lines.empty()) lines = MarkedLines(errors, first);
  for (const std::string& line : lines)
    if (const int64_t count = FirstCount(line); count >= 0)
      result.significant[static_cast<size_t>(line[1] - first)] = count;
  return result;
}

}  // namespace lingshu
