// Filters: abs capitalize count d default dictsort first float indent int items join last length list lower map reject
// rejectattr replace reverse select selectattr string title tojson trim unique upper.
#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/strings.h"
#include "text/jinja_builtin.h"
#include "text/unicode.h"

namespace lingshu {
namespace {

using Filter = JinjaValue (*)(JinjaRun&, const JinjaValue&, const JinjaArguments&);

JinjaText AsText(JinjaRun& run, const JinjaValue& value) { return run.Checked(JinjaToText(value, run.limits.depth)); }

JinjaValue Length(JinjaRun& run, const JinjaValue& input, const JinjaArguments&) {
  if (const JinjaText* text = input.Text()) {
    run.Spend(text->bytes.size() / 8);
    return static_cast<int64_t>(JinjaCharacters(*text).size()) - 1;
  }
  if (const JinjaList* list = input.List()) return static_cast<int64_t>(list->size());
  if (const JinjaDict* dict = input.Dict()) return static_cast<int64_t>(dict->items.size());
  if (input.IsUndefined()) return int64_t{0};
  run.Fail(ErrorCode::kCorrupt, fmt::format("length of {}", JinjaTypeName(input)));
}

JinjaValue Default(JinjaRun&, const JinjaValue& input, const JinjaArguments& arguments) {
  const JinjaValue* fallback = arguments.Get(0, "default_value");
  const JinjaValue* is_for_false = arguments.Get(1, "boolean");
  if (!input.IsUndefined() && !(is_for_false && IsTruthy(*is_for_false) && !IsTruthy(input))) return input;
  return fallback ? *fallback : JinjaValue(JinjaText());
}

JinjaValue Join(JinjaRun& run, const JinjaValue& input, const JinjaArguments& arguments) {
  const JinjaValue* separator = arguments.Get(0, "d");
  const JinjaText between = separator ? AsText(run, *separator) : JinjaText();
  const JinjaValue* attribute = arguments.Get(1, "attribute");
  JinjaText out;
  bool is_first = true;
  for (const JinjaValue& item : JinjaElements(run, input)) {
    if (!std::exchange(is_first, false)) out.Append(between);
    out.Append(AsText(run, attribute ? JinjaAttribute(run, item, AsText(run, *attribute).bytes) : item));
    if (out.bytes.size() > run.limits.text_bytes) break;
  }
  return run.Checked(std::move(out));
}

// transformers' signature: tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False).
JinjaValue ToJsonText(JinjaRun& run, const JinjaValue& input, const JinjaArguments& arguments) {
  const JinjaValue *ascii = arguments.Get(0, "ensure_ascii"), *indent = arguments.Get(1, "indent");
  if ((ascii && IsTruthy(*ascii)) || arguments.Get(2, "separators") || arguments.Get(3, "sort_keys"))
    run.Fail(ErrorCode::kUnsupported, "tojson is read here with indent alone");
  const int64_t width = indent && indent->IsInteger() ? std::clamp<int64_t>(indent->AsInteger(), 0, 16) : -1;
  return run.Checked({JinjaToJson(input, static_cast<int>(width), run.limits.depth), false});
}

JinjaValue ToInt(JinjaRun&, const JinjaValue& input, const JinjaArguments& arguments) {
  if (input.IsInteger()) return input.AsInteger();
  if (const double* number = input.Float())
    if (std::abs(*number) < 9e18) return static_cast<int64_t>(*number);
  if (const JinjaText* text = input.Text()) {
    const std::string digits(TrimAscii(text->bytes));
    double real = 0;
    int64_t integer = 0;
    const char *begin = digits.data(), *end = begin + digits.size();
    if (std::from_chars(begin, end, integer).ptr == end && begin != end) return integer;
    if (std::from_chars(begin, end, real).ptr == end && begin != end && std::abs(real) < 9e18)
      return static_cast<int64_t>(real);
  }
  const JinjaValue* fallback = arguments.Get(0, "default");
  return fallback ? *fallback : JinjaValue(int64_t{0});
}

JinjaValue ToFloat(JinjaRun&, const JinjaValue& input, const JinjaArguments& arguments) {
  if (input.IsNumber()) return input.AsDouble();
  if (const JinjaText* text = input.Text()) {
    const std::string digits(TrimAscii(text->bytes));
    double real = 0;
    if (!digits.empty() &&
        std::from_chars(digits.data(), digits.data() + digits.size(), real).ptr == digits.data() + digits.size())
      return real;
  }
  const JinjaValue* fallback = arguments.Get(0, "default");
  return fallback ? *fallback : JinjaValue(0.0);
}

JinjaValue Indent(JinjaRun& run, const JinjaValue& input, const JinjaArguments& arguments) {
  const JinjaValue *width = arguments.Get(0, "width"), *first = arguments.Get(1, "first"),
                   *blank = arguments.Get(2, "blank");
  const int64_t spaces = width && width->IsInteger() ? std::clamp<int64_t>(width->AsInteger(), 0, 256) : 4;
  const JinjaText margin(std::string(static_cast<size_t>(spaces), ' '), true), text = AsText(run, input);
  JinjaText out;
  for (size_t begin = 0, line = 0; begin <= text.bytes.size(); ++line) {
    const size_t newline = text.bytes.find('\n', begin);
    const size_t end = newline == std::string::npos ? text.bytes.size() : newline + 1;
    const bool is_blank = end - begin == (newline == std::string::npos ? 0 : 1);
    if ((line > 0 || (first && IsTruthy(*first))) && (!is_blank || (blank && IsTruthy(*blank)))) out.Append(margin);
    out.Append(text.Slice(begin, end - begin));
    if (newline == std::string::npos) break;
    begin = end;
  }
  return run.Checked(std::move(out));
}

JinjaValue Map(JinjaRun& run, const JinjaValue& input, const JinjaArguments& arguments) {
  JinjaList out;
  const JinjaValue *attribute = arguments.Get(99, "attribute"), *fallback = arguments.Get(99, "default");
  JinjaArguments rest;
  if (!attribute)
    rest.positional.assign(arguments.positional.begin() + !arguments.positional.empty(), arguments.positional.end());
  if (!IsTruthy(input)) return out;
  for (const JinjaValue& item : JinjaElements(run, input)) {
    if (!attribute) {
      out.push_back(ApplyJinjaFilter(run, AsText(run, JinjaRequired(run, arguments, 0, "")).bytes, item, rest));
      continue;
    }
    JinjaValue value = JinjaAttribute(run, item, AsText(run, *attribute).bytes);
    out.push_back(value.IsUndefined() && fallback ? *fallback : value);
  }
  return out;
}

// select, reject: (test, arguments…). selectattr, rejectattr: (attribute, test, arguments…). No test is truth.
JinjaValue Choose(JinjaRun& run, const JinjaValue& input, const JinjaArguments& arguments, bool by_attribute,
                  bool keeps) {
  const size_t test_at = by_attribute ? 1 : 0;
  JinjaArguments rest;
  for (size_t i = test_at + 1; i < arguments.positional.size(); ++i) rest.positional.push_back(arguments.positional[i]);
  JinjaList out;
  if (!IsTruthy(input)) return out;
  for (const JinjaValue& item : JinjaElements(run, input)) {
    const JinjaValue value =
        by_attribute ? JinjaAttribute(run, item, AsText(run, JinjaRequired(run, arguments, 0, "")).bytes) : item;
    const bool is_true = arguments.positional.size() > test_at
                             ? ApplyJinjaTest(run, AsText(run, arguments.positional[test_at]).bytes, value, rest)
                             : IsTruthy(value);
    if (is_true == keeps) out.push_back(item);
  }
  return out;
}

JinjaValue Unique(JinjaRun& run, const JinjaValue& input, const JinjaArguments&) {
  JinjaList out;
  for (const JinjaValue& item : JinjaElements(run, input)) {
    run.Spend(out.size());
    if (std::none_of(out.begin(), out.end(),
                     [&](const JinjaValue& seen) { return AreEqual(seen, item, run.limits.depth); }))
      out.push_back(item);
  }
  return out;
}

JinjaValue DictSort(JinjaRun& run, const JinjaValue& input, const JinjaArguments&) {
  if (!input.Dict()) run.Fail(ErrorCode::kCorrupt, fmt::format("dictsort of {}", JinjaTypeName(input)));
  run.Spend(8 * input.Dict()->items.size());
  JinjaList pairs;
  for (const auto& [key, value] : input.Dict()->items) pairs.push_back(JinjaList{JinjaText(key, false), value});
  std::stable_sort(pairs.begin(), pairs.end(), [](const JinjaValue& a, const JinjaValue& b) {
    return LowerAscii(a.List()->front().Text()->bytes) < LowerAscii(b.List()->front().Text()->bytes);
  });
  return pairs;
}

JinjaValue Edge(JinjaRun& run, const JinjaValue& input, bool is_first) {
  const JinjaList items = JinjaElements(run, input);
  return items.empty() ? JinjaValue::Undefined("the first or last of nothing")
         : is_first    ? items.front()
                       : items.back();
}

JinjaValue Reverse(JinjaRun& run, const JinjaValue& input, const JinjaArguments&) {
  JinjaList items = JinjaElements(run, input);
  std::reverse(items.begin(), items.end());
  if (!input.Text()) return items;
  JinjaText out;
  for (const JinjaValue& item : items) out.Append(*item.Text());
  return out;
}

template <JinjaCase to>
JinjaValue Case(JinjaRun& run, const JinjaValue& input, const JinjaArguments&) {
  return JinjaChangeCase(AsText(run, input), to);
}

const std::vector<std::pair<std::string_view, Filter>>& Filters() {
  static const std::vector<std::pair<std::string_view, Filter>> filters = {
      {"abs",
       [](JinjaRun& run, const JinjaValue& in, const JinjaArguments&) -> JinjaValue {
         if (in.Float()) return std::abs(*in.Float());
         if (!in.IsInteger() || in.AsInteger() == INT64_MIN) run.Fail(ErrorCode::kCorrupt, "abs of what is no number");
         return std::abs(in.AsInteger());
       }},
      {"capitalize", &Case<JinjaCase::kCapitalize>},
      {"count", &Length},
      {"d", &Default},
      {"default", &Default},
      {"dictsort", &DictSort},
      {"first", [](JinjaRun& run, const JinjaValue& in, const JinjaArguments&) { return Edge(run, in, true); }},
      {"float", &ToFloat},
      {"indent", &Indent},
      {"int", &ToInt},
      {"items",
       [](JinjaRun& run, const JinjaValue& in, const JinjaArguments&) -> JinjaValue {
         if (in.IsUndefined()) return JinjaList();
         if (!in.Dict()) run.Fail(ErrorCode::kCorrupt, fmt::format("items of {}", JinjaTypeName(in)));
         return CallJinjaMethod(run, in, "items", {});
       }},
      {"join", &Join},
      {"last", [](JinjaRun& run, const JinjaValue& in, const JinjaArguments&) { return Edge(run, in, false); }},
      {"length", &Length},
      {"list",
       [](JinjaRun& run, const JinjaValue& in, const JinjaArguments&) -> JinjaValue { return JinjaElements(run, in); }},
      {"lower", &Case<JinjaCase::kLower>},
      {"map", &Map},
      {"reject",
       [](JinjaRun& run, const JinjaValue& in, const JinjaArguments& a) { return Choose(run, in, a, false, false); }},
      {"rejectattr",
       [](JinjaRun& run, const JinjaValue& in, const JinjaArguments& a) { return Choose(run, in, a, true, false); }},
      {"replace",
       [](JinjaRun& run, const JinjaValue& in, const JinjaArguments& a) -> JinjaValue {
         const JinjaValue* count = a.Get(2, "count");
         return JinjaReplace(run, AsText(run, in), AsText(run, JinjaRequired(run, a, 0, "old")),
                             AsText(run, JinjaRequired(run, a, 1, "new")),
                             count && count->IsInteger() ? count->AsInteger() : -1);
       }},
      {"reverse", &Reverse},
      {"select",
       [](JinjaRun& run, const JinjaValue& in, const JinjaArguments& a) { return Choose(run, in, a, false, true); }},
      {"selectattr",
       [](JinjaRun& run, const JinjaValue& in, const JinjaArguments& a) { return Choose(run, in, a, true, true); }},
      {"string",
       [](JinjaRun& run, const JinjaValue& in, const JinjaArguments&) -> JinjaValue { return AsText(run, in); }},
      {"title", &Case<JinjaCase::kTitleFilter>},
      {"tojson", &ToJsonText},
      {"trim",
       [](JinjaRun& run, const JinjaValue& in, const JinjaArguments& a) -> JinjaValue {
         const JinjaValue* set = a.Get(0, "chars");
         return JinjaStrip(AsText(run, in), set ? set->Text() : nullptr, true, true);
       }},
      {"unique", &Unique},
      {"upper", &Case<JinjaCase::kUpper>},
  };
  return filters;
}

}  // namespace

JinjaValue ApplyJinjaFilter(JinjaRun& run, const std::string& name, const JinjaValue& input,
                            const JinjaArguments& arguments) {
  return FindJinjaPart(run, Filters(), name, "filter")(run, input, arguments);
}

}  // namespace lingshu
