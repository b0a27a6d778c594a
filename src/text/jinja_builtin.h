// What Jinja brings along: filters, tests and methods, and the budget they draw on. Internal to text/jinja.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "text/jinja.h"
#include "text/jinja_value.h"

namespace lingshu {

// One rendering: where we are, and what may still be spent.
struct JinjaRun {
  std::string where;
  int line = 0;
  JinjaLimits limits;
  int64_t steps = 0;  // used so far

  [[noreturn]] void Fail(ErrorCode code, const std::string& what) const;
  void Spend(size_t n);
  // Charges for `text` and holds it against the limit.
  JinjaText Checked(JinjaText text);
};

struct JinjaArguments {
  std::vector<JinjaValue> positional;
  std::vector<std::pair<std::string, JinjaValue>> named;

  // By place or by name; null when not given.
  const JinjaValue* Get(size_t place, std::string_view name) const;
};

// The argument by place or by name; fails when it is not given.
const JinjaValue& JinjaRequired(JinjaRun& run, const JinjaArguments& arguments, size_t place, const char* name);

// Elements of a list, characters of a text, keys of a dict; none of undefined. Fails for other values.
JinjaList JinjaElements(JinjaRun& run, const JinjaValue& value);
// object.name: a value of a dict or namespace, else undefined. Fails on undefined, as jinja2 does.
JinjaValue JinjaAttribute(JinjaRun& run, const JinjaValue& object, const std::string& name);
bool JinjaIsIn(JinjaRun& run, const JinjaValue& item, const JinjaValue& container);

JinjaValue JinjaArithmetic(JinjaRun& run, const std::string& op, const JinjaValue& a, const JinjaValue& b);
JinjaValue JinjaNegate(JinjaRun& run, const JinjaValue& value);
JinjaValue JinjaItem(JinjaRun& run, const JinjaValue& object, const JinjaValue& index);  // object[index]
// object[begin:end:stride]; none stands for a bound that is not written.
JinjaValue JinjaSlice(JinjaRun& run, const JinjaValue& object, const JinjaValue& begin, const JinjaValue& end,
                      const JinjaValue& stride);
bool JinjaHolds(JinjaRun& run, const std::string& op, const JinjaValue& a, const JinjaValue& b);  // a op b, comparisons

JinjaValue ApplyJinjaFilter(JinjaRun& run, const std::string& name, const JinjaValue& input,
                            const JinjaArguments& arguments);
bool ApplyJinjaTest(JinjaRun& run, const std::string& name, const JinjaValue& input, const JinjaArguments& arguments);

// The function of that name in a table of {name, function}; fails with the nearest name.
template <typename Table>
auto FindJinjaPart(JinjaRun& run, const Table& table, const std::string& name, const char* kind) {
  for (const auto& [known, function] : table)
    if (known == name) return function;
  std::vector<std::string> names;
  for (const auto& entry : table) names.emplace_back(entry.first);
  const std::string hint = DidYouMean(name, names);
  run.Fail(ErrorCode::kUnsupported,
           fmt::format("the {} \"{}\" is not known here{}", kind, name, hint.empty() ? "" : " (" + hint.substr(1) + ")"));
}

// Methods of str and dict.
bool HasJinjaMethod(const JinjaValue& object, const std::string& name);
JinjaValue CallJinjaMethod(JinjaRun& run, const JinjaValue& object, const std::string& name,
                           const JinjaArguments& arguments);

// Text operations that filters and methods share; offsets count characters.
std::vector<size_t> JinjaCharacters(const JinjaText& text);  // where each begins, and the end
JinjaText JinjaStrip(const JinjaText& text, const JinjaText* characters, bool is_left, bool is_right);
JinjaText JinjaReplace(JinjaRun& run, const JinjaText& text, const JinjaText& from, const JinjaText& to, int64_t count);
enum class JinjaCase { kUpper, kLower, kTitle, kTitleFilter, kCapitalize };  // str.title() and the filter tell words apart differently
JinjaText JinjaChangeCase(const JinjaText& text, JinjaCase to);

}  // namespace lingshu
