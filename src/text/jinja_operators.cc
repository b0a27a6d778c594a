// Operators of Jinja: arithmetic, indices and slices as Python has them, and the budget that all of them draw on.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "text/jinja_builtin.h"

namespace lingshu {
namespace {

using Value = JinjaValue;

// An index from the end when negative; -1 when it is outside.
int64_t Place(int64_t index, size_t size) {
  const auto n = static_cast<int64_t>(size);
  if (index < 0) index += n;
  return index < 0 || index >= n ? -1 : index;
}

Value Joined(JinjaRun& run, JinjaText a, const JinjaText& b) {
  a.Append(b);
  return run.Checked(std::move(a));
}

Value Repeated(JinjaRun& run, const JinjaText& text, int64_t times) {
  if (times > 0 && static_cast<uint64_t>(times) > run.limits.text_bytes / std::max<size_t>(1, text.bytes.size()))
    run.Fail(ErrorCode::kTooLarge, fmt::format("a text grows beyond {} bytes", run.limits.text_bytes));
  JinjaText out;
  for (int64_t i = 0; i < times && !text.bytes.empty(); ++i) out.Append(text);
  return run.Checked(std::move(out));
}

// + - * // %; division rounds down, as in Python.
Value Integers(JinjaRun& run, char op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool is_lost = false;
  if (op == '+') is_lost = __builtin_add_overflow(a, b, &result);
  else if (op == '-') is_lost = __builtin_sub_overflow(a, b, &result);
  else if (op == '*') is_lost = __builtin_mul_overflow(a, b, &result);
  else if (b == 0) run.Fail(ErrorCode::kCorrupt, "a division by zero");
  else if (b == -1) is_lost = op == '/' && __builtin_sub_overflow(int64_t{0}, a, &result);
  else {
    const int64_t rest = a % b, down = rest != 0 && (rest < 0) != (b < 0);
    result = op == '/' ? a / b - down : rest + (down ? b : 0);
  }
  if (is_lost) run.Fail(ErrorCode::kCorrupt, "an integer beyond 64 bits");
  return result;
}

Value Reals(JinjaRun& run, const std::string& op, double a, double b) {
  if (op == "+") return a + b;
  if (op == "-") return a - b;
  if (op == "*") return a * b;
  if (b == 0) run.Fail(ErrorCode::kCorrupt, "a division by zero");
  if (op == "/") return a / b;
  return op == "//" ? std::floor(a / b) : a - b * std::floor(a / b);
}

}  // namespace

void JinjaRun::Fail(ErrorCode code, const std::string& what) const {
  throw Error(code, fmt::format("{}:{}: {}.", where, line, what));
}

void JinjaRun::Spend(size_t n) {
  steps += static_cast<int64_t>(n);
  if (steps > limits.steps) Fail(ErrorCode::kTooLarge, fmt::format("rendering takes more than {} steps", limits.steps));
}

JinjaText JinjaRun::Checked(JinjaText text) {
  Spend(text.bytes.size() / 64);
  if (text.bytes.size() > limits.text_bytes)
    Fail(ErrorCode::kTooLarge, fmt::format("a text grows beyond {} bytes", limits.text_bytes));
  return text;
}

const JinjaValue* JinjaArguments::Get(size_t place, std::string_view name) const {
  for (const auto& [known, value] : named)
    if (known == name) return &value;
  return place < positional.size() ? &positional[place] : nullptr;
}

const JinjaValue& JinjaRequired(JinjaRun& run, const JinjaArguments& arguments, size_t place, const char* name) {
  const JinjaValue* value = arguments.Get(place, name);
  if (!value) run.Fail(ErrorCode::kCorrupt, fmt::format("argument {} is missing", place + 1));
  return *value;
}

JinjaList JinjaElements(JinjaRun& run, const JinjaValue& value) {
  if (const JinjaList* list = value.List()) {
    run.Spend(list->size());
    return *list;
  }
  JinjaList elements;
  if (const JinjaText* text = value.Text()) {
    run.Spend(text->bytes.size());
    const std::vector<size_t> begins = JinjaCharacters(*text);
    for (size_t i = 0; i + 1 < begins.size(); ++i)
      elements.push_back(text->Slice(begins[i], begins[i + 1] - begins[i]));
  } else if (const JinjaDict* dict = value.Dict(); dict && !dict->is_namespace) {
    run.Spend(dict->items.size());
    for (const auto& [key, unused] : dict->items) elements.push_back(JinjaText(key, false));
  } else if (!value.IsUndefined()) {
    run.Fail(ErrorCode::kCorrupt, fmt::format("{} has no elements", JinjaTypeName(value)));
  }
  return elements;
}

JinjaValue JinjaAttribute(JinjaRun& run, const JinjaValue& object, const std::string& name) {
  if (object.IsUndefined())
    run.Fail(ErrorCode::kCorrupt,
             fmt::format("\"{}\" of what is undefined ({})", name, std::get<JinjaUndefined>(object.v).name));
  if (JinjaDict* dict = object.Dict()) {
    run.Spend(1 + dict->items.size() / 16);
    if (const JinjaValue* found = dict->Find(name)) return *found;
  }
  return JinjaValue::Undefined(name);
}

bool JinjaIsIn(JinjaRun& run, const JinjaValue& item, const JinjaValue& container) {
  if (const JinjaText* text = container.Text()) {
    if (!item.Text()) run.Fail(ErrorCode::kCorrupt, fmt::format("{} in a string", JinjaTypeName(item)));
    run.Spend(text->bytes.size() / 64);
    return text->bytes.find(item.Text()->bytes) != std::string::npos;
  }
  if (JinjaDict* dict = container.Dict()) {
    run.Spend(1 + dict->items.size() / 16);
    return item.Text() && dict->Find(item.Text()->bytes);
  }
  if (container.IsUndefined()) return false;
  const JinjaList* list = container.List();
  if (!list) run.Fail(ErrorCode::kCorrupt, fmt::format("\"in\" {}", JinjaTypeName(container)));
  run.Spend(list->size());
  return std::any_of(list->begin(), list->end(),
                     [&](const JinjaValue& other) { return AreEqual(item, other, run.limits.depth); });
}

Value JinjaItem(JinjaRun& run, const Value& object, const Value& index) {
  if (index.Text()) return JinjaAttribute(run, object, index.Text()->bytes);
  if (object.IsUndefined())
    run.Fail(ErrorCode::kCorrupt,
             fmt::format("an element of what is undefined ({})", std::get<JinjaUndefined>(object.v).name));
  if (!index.IsInteger()) return Value::Undefined("an element");
  if (const JinjaList* list = object.List()) {
    const int64_t at = Place(index.AsInteger(), list->size());
    return at < 0 ? Value::Undefined("an element beyond the list") : (*list)[static_cast<size_t>(at)];
  }
  if (const JinjaText* text = object.Text()) {
    run.Spend(text->bytes.size() / 8);
    const std::vector<size_t> begins = JinjaCharacters(*text);
    const int64_t at = Place(index.AsInteger(), begins.size() - 1);
    if (at >= 0)
      return text->Slice(begins[static_cast<size_t>(at)],
                         begins[static_cast<size_t>(at) + 1] - begins[static_cast<size_t>(at)]);
  }
  return Value::Undefined("an element");
}

Value JinjaSlice(JinjaRun& run, const Value& object, const Value& begin, const Value& end, const Value& stride) {
  const auto integer = [&](const Value& value, int64_t fallback) {
    if (value.IsNone()) return fallback;
    if (!value.IsInteger()) run.Fail(ErrorCode::kCorrupt, "a slice by what is no integer");
    return value.AsInteger();
  };
  if (!object.List() && !object.Text())
    run.Fail(ErrorCode::kCorrupt, fmt::format("a slice of {}", JinjaTypeName(object)));
  // Characters of a text, or elements of a list, by place.
  std::vector<size_t> begins;
  if (object.Text()) {
    run.Spend(object.Text()->bytes.size() / 8);
    begins = JinjaCharacters(*object.Text());
  }
  const int64_t n = static_cast<int64_t>(object.Text() ? begins.size() - 1 : object.List()->size()),
                step = integer(stride, 1);
  if (step == 0) run.Fail(ErrorCode::kCorrupt, "a slice with step 0");
  const auto clip = [&](const Value& value, int64_t fallback) {
    int64_t index = integer(value, fallback);
    if (!value.IsNone() && index < 0) index += n;
    return step > 0 ? std::clamp<int64_t>(index, 0, n) : std::clamp<int64_t>(index, -1, n - 1);
  };
  const int64_t first = clip(begin, step > 0 ? 0 : n - 1), last = clip(end, step > 0 ? n : -1);
  if (object.Text() && step == 1)
    return object.Text()->Slice(begins[first], first < last ? begins[last] - begins[first] : 0);
  JinjaList chosen;
  JinjaText text;
  // Steps beyond the length choose one element at most; bounding them keeps i from overflowing.
  const int64_t by = std::clamp<int64_t>(step, -n - 1, n + 1);
  for (int64_t i = first; by > 0 ? i < last : i > last; i += by) {
    run.Spend(1);
    if (object.Text()) text.Append(object.Text()->Slice(begins[i], begins[i + 1] - begins[i]));
    else chosen.push_back((*object.List())[i]);
  }
  return object.Text() ? Value(text) : Value(chosen);
}

Value JinjaNegate(JinjaRun& run, const Value& value) {
  if (value.Float()) return -*value.Float();
  if (!value.IsInteger() || value.AsInteger() == INT64_MIN)
    run.Fail(ErrorCode::kCorrupt, fmt::format("minus {}", JinjaTypeName(value)));
  return -value.AsInteger();
}

Value JinjaArithmetic(JinjaRun& run, const std::string& op, const Value& a, const Value& b) {
  if (op == "~") return Joined(run, JinjaToText(a, run.limits.depth), JinjaToText(b, run.limits.depth));
  if (a.IsNumber() && b.IsNumber())
    return a.IsInteger() && b.IsInteger() && op != "/" ? Integers(run, op[0], a.AsInteger(), b.AsInteger())
                                                       : Reals(run, op, a.AsDouble(), b.AsDouble());
  if (op == "+" && a.Text() && b.Text()) return Joined(run, *a.Text(), *b.Text());
  if (op == "+" && a.List() && b.List()) {
    run.Spend(a.List()->size() + b.List()->size());
    JinjaList list = *a.List();
    list.insert(list.end(), b.List()->begin(), b.List()->end());
    return list;
  }
  if (op == "*" && a.Text() && b.IsInteger()) return Repeated(run, *a.Text(), b.AsInteger());
  if (op == "*" && a.IsInteger() && b.Text()) return Repeated(run, *b.Text(), a.AsInteger());
  run.Fail(ErrorCode::kCorrupt, fmt::format("{} {} {}", JinjaTypeName(a), op, JinjaTypeName(b)));
}

bool JinjaHolds(JinjaRun& run, const std::string& op, const Value& a, const Value& b) {
  if (op == "==") return AreEqual(a, b, run.limits.depth);
  if (op == "!=") return !AreEqual(a, b, run.limits.depth);
  if (op == "in") return JinjaIsIn(run, a, b);
  if (op == "not in") return !JinjaIsIn(run, a, b);
  const char* test = op == "<" ? "lt" : op == "<=" ? "le" : op == ">" ? "gt" : "ge";
  return ApplyJinjaTest(run, test, a, {{b}, {}});
}

}  // namespace lingshu
