// What Jinja brings along: filters, tests and methods, and the budget they draw on. Internal to text/jinja.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
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

// Elements of a list, characters of a text, keys of a dict; none of undefined. Fails for other values.
JinjaList JinjaElements(JinjaRun& run, const JinjaValue& value);
// object.name: a value of a dict or namespace, else undefined. Fails on undefined, as jinja2 does.
JinjaValue JinjaAttribute(JinjaRun& run, const JinjaValue& object, const std::string& name);
bool JinjaIsIn(JinjaRun& run, const JinjaValue& item, const JinjaValue& container);

JinjaValue ApplyJinjaFilter(JinjaRun& run, const std::string& name, const JinjaValue& input, const JinjaArguments& arguments);
bool ApplyJinjaTest(JinjaRun& run, const std::string& name, const JinjaValue& input, const JinjaArguments& arguments);

// Methods of str and dict.
bool HasJinjaMethod(const JinjaValue& object, const std::string& name);
JinjaValue CallJinjaMethod(JinjaRun& run, const JinjaValue& object, const std::string& name, const JinjaArguments& arguments);

// Text operations that filters and methods share; offsets count characters.
std::vector<size_t> JinjaCharacters(const JinjaText& text);  // where each begins, and the end
JinjaText JinjaStrip(const JinjaText& text, const JinjaText* characters, bool is_left, bool is_right);
JinjaText JinjaReplace(JinjaRun& run, const JinjaText& text, const JinjaText& from, const JinjaText& to, int64_t count);
enum class JinjaCase { kUpper, kLower, kTitle, kCapitalize };
JinjaText JinjaChangeCase(const JinjaText& text, JinjaCase to);

}  // namespace lingshu
