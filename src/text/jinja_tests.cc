// Tests, the words behind "is": boolean callable defined divisibleby eq equalto even false float ge gt in integer
// iterable le lower lt mapping ne none number odd sequence string true undefined upper.
#include <fmt/format.h>

#include "text/jinja_builtin.h"

namespace lingshu {
namespace {

using Test = bool (*)(JinjaRun&, const JinjaValue&, const JinjaArguments&);

int Compare(JinjaRun& run, const JinjaValue& a, const JinjaValue& b) {
  if (a.IsNumber() && b.IsNumber()) return a.AsDouble() < b.AsDouble() ? -1 : a.AsDouble() > b.AsDouble();
  if (a.Text() && b.Text()) return a.Text()->bytes.compare(b.Text()->bytes);
  run.Fail(ErrorCode::kCorrupt, fmt::format("an order between {} and {}", JinjaTypeName(a), JinjaTypeName(b)));
}

int64_t Remainder(JinjaRun& run, const JinjaValue& input, int64_t divisor) {
  if (!input.IsInteger() || divisor == 0)
    run.Fail(ErrorCode::kCorrupt, "a remainder of what is no integer, or by zero");
  return divisor == -1 ? 0 : input.AsInteger() % divisor;
}

bool IsEqualTo(JinjaRun& run, const JinjaValue& in, const JinjaArguments& a) {
  return AreEqual(in, JinjaRequired(run, a, 0, "other"), run.limits.depth);
}

int OrderTo(JinjaRun& run, const JinjaValue& in, const JinjaArguments& a) {
  return Compare(run, in, JinjaRequired(run, a, 0, "other"));
}

const std::vector<std::pair<std::string_view, Test>>& Tests() {
  using Run = JinjaRun&;
  using In = const JinjaValue&;
  using Args = const JinjaArguments&;
  static const std::vector<std::pair<std::string_view, Test>> tests = {
      {"boolean", [](Run, In in, Args) { return in.Bool() != nullptr; }},
      {"callable", [](Run, In in, Args) { return in.Function() != nullptr; }},
      {"defined", [](Run, In in, Args) { return !in.IsUndefined(); }},
      {"divisibleby",
       [](Run run, In in, Args a) {
         return Remainder(run, in, JinjaRequired(run, a, 0, "num").IsInteger() ? a.Get(0, "num")->AsInteger() : 0) == 0;
       }},
      {"eq", &IsEqualTo},
      {"==", &IsEqualTo},
      {"equalto", &IsEqualTo},
      {"even", [](Run run, In in, Args) { return Remainder(run, in, 2) == 0; }},
      {"false", [](Run, In in, Args) { return in.Bool() && !*in.Bool(); }},
      {"float", [](Run, In in, Args) { return in.Float() != nullptr; }},
      {"ge", [](Run run, In in, Args a) { return OrderTo(run, in, a) >= 0; }},
      {"gt", [](Run run, In in, Args a) { return OrderTo(run, in, a) > 0; }},
      {"in", [](Run run, In in, Args a) { return JinjaIsIn(run, in, JinjaRequired(run, a, 0, "seq")); }},
      {"integer", [](Run, In in, Args) { return in.Int() != nullptr; }},
      {"iterable", [](Run, In in, Args) { return in.Text() || in.List() || in.Dict() || in.IsUndefined(); }},
      {"le", [](Run run, In in, Args a) { return OrderTo(run, in, a) <= 0; }},
      {"lower",
       [](Run, In in, Args) {
         return in.Text() && JinjaChangeCase(*in.Text(), JinjaCase::kUpper).bytes != in.Text()->bytes &&
                JinjaChangeCase(*in.Text(), JinjaCase::kLower).bytes == in.Text()->bytes;
       }},
      {"lt", [](Run run, In in, Args a) { return OrderTo(run, in, a) < 0; }},
      {"mapping", [](Run, In in, Args) { return in.Dict() && !in.Dict()->is_namespace; }},
      {"ne", [](Run run, In in, Args a) { return !IsEqualTo(run, in, a); }},
      {"none", [](Run, In in, Args) { return in.IsNone(); }},
      {"number", [](Run, In in, Args) { return in.IsNumber(); }},
      {"odd", [](Run run, In in, Args) { return Remainder(run, in, 2) != 0; }},
      {"sequence",
       [](Run, In in, Args) {
         return in.Text() || in.List() || (in.Dict() && !in.Dict()->is_namespace) || in.IsUndefined();
       }},
      {"string", [](Run, In in, Args) { return in.Text() != nullptr; }},
      {"true", [](Run, In in, Args) { return in.Bool() && *in.Bool(); }},
      {"undefined", [](Run, In in, Args) { return in.IsUndefined(); }},
      {"upper",
       [](Run, In in, Args) {
         return in.Text() && JinjaChangeCase(*in.Text(), JinjaCase::kLower).bytes != in.Text()->bytes &&
                JinjaChangeCase(*in.Text(), JinjaCase::kUpper).bytes == in.Text()->bytes;
       }},
  };
  return tests;
}

}  // namespace

bool ApplyJinjaTest(JinjaRun& run, const std::string& name, const JinjaValue& input, const JinjaArguments& arguments) {
  return FindJinjaPart(run, Tests(), name, "test")(run, input, arguments);
}

}  // namespace lingshu
