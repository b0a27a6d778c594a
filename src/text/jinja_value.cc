// Truth, equality and printing as Python has them.
#include "text/jinja_value.h"

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {
namespace {

void CheckDepth(int depth) {
  if (depth < 0) throw Error(ErrorCode::kTooLarge, "the chat template: values nest too deep.");
}

// repr of a float: the shortest digits that read back, with a point.
std::string PrintFloat(double value) {
  std::string text = fmt::format("{}", value);
  return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
}

// repr of a str: single quotes, unless it holds those and no double ones.
std::string Quote(const std::string& text) {
  const char quote = text.find('\'') != std::string::npos && text.find('"') == std::string::npos ? '"' : '\'';
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote || c == '\\') (out += '\\') += c;
    else if (c == '\n') out += "\\n";
    else if (c == '\r') out += "\\r";
    else if (c == '\t') out += "\\t";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) out += fmt::format("\\x{:02x}", static_cast<int>(c));
    else out += c;
  }
  return out + quote;
}

std::string Repr(const JinjaValue& value, int depth) {
  CheckDepth(depth);
  if (const JinjaText* text = value.Text()) return Quote(text->bytes);
  std::string out;
  if (const JinjaList* list = value.List()) {
    for (const JinjaValue& item : *list) out += (out.empty() ? "" : ", ") + Repr(item, depth - 1);
    return "[" + out + "]";
  }
  if (JinjaDict* dict = value.Dict()) {
    for (const auto& [key, item] : dict->items)
      out += (out.empty() ? "" : ", ") + Quote(key) + ": " + Repr(item, depth - 1);
    return "{" + out + "}";
  }
  return JinjaToText(value, depth).bytes;
}

}  // namespace

JinjaText JinjaText::Slice(size_t begin, size_t size) const {
  JinjaText slice;
  slice.bytes = bytes.substr(begin, size);
  slice.trust = trust.substr(begin, size);
  return slice;
}

JinjaValue* JinjaDict::Find(std::string_view key) {
  for (auto& [name, value] : items)
    if (name == key) return &value;
  return nullptr;
}

void JinjaDict::Set(std::string_view key, JinjaValue value) {
  if (JinjaValue* found = Find(key)) *found = std::move(value);
  else items.emplace_back(std::string(key), std::move(value));
}

double JinjaValue::AsDouble() const {
  if (const double* number = Float()) return *number;
  return static_cast<double>(AsInteger());
}

int64_t JinjaValue::AsInteger() const {
  if (const bool* flag = Bool()) return *flag;
  return *Int();
}

const char* JinjaTypeName(const JinjaValue& value) {
  constexpr const char* kNames[] = {"undefined", "none", "bool", "int", "float", "string", "list", "dict", "function"};
  return kNames[value.v.index()];
}

bool IsTruthy(const JinjaValue& value) {
  if (value.IsNumber()) return value.AsDouble() != 0;
  if (const JinjaText* text = value.Text()) return !text->bytes.empty();
  if (const JinjaList* list = value.List()) return !list->empty();
  if (const JinjaDict* dict = value.Dict()) return dict->is_namespace || !dict->items.empty();
  return value.Function() != nullptr;
}

bool AreEqual(const JinjaValue& a, const JinjaValue& b, int depth) {
  CheckDepth(depth);
  if (a.IsInteger() && b.IsInteger()) return a.AsInteger() == b.AsInteger();
  if (a.IsNumber() && b.IsNumber()) return a.AsDouble() == b.AsDouble();
  if (a.v.index() != b.v.index()) return false;
  if (const JinjaText* text = a.Text()) return text->bytes == b.Text()->bytes;
  if (const JinjaList* list = a.List()) {
    if (list->size() != b.List()->size()) return false;
    for (size_t i = 0; i < list->size(); ++i)
      if (!AreEqual((*list)[i], (*b.List())[i], depth - 1)) return false;
    return true;
  }
  if (JinjaDict* dict = a.Dict()) {
    if (dict == b.Dict()) return true;
    if (dict->items.size() != b.Dict()->items.size()) return false;
    for (const auto& [key, item] : dict->items) {
      const JinjaValue* other = b.Dict()->Find(key);
      if (!other || !AreEqual(item, *other, depth - 1)) return false;
    }
    return true;
  }
  if (const JinjaFunction* function = a.Function())
    return function->name == b.Function()->name && function->macro == b.Function()->macro;
  return true;  // both undefined, both none
}

JinjaValue JinjaFromJson(const Json& json, bool is_trusted, int depth) {
  CheckDepth(depth);
  if (json.is_null()) return JinjaNone{};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_unsigned() && json.get<uint64_t>() > INT64_MAX)
    throw Error(ErrorCode::kTooLarge, "the chat template: an integer beyond 64 bits.");
  if (json.is_number_integer()) return json.get<int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return JinjaText(json.get_ref<const std::string&>(), is_trusted);
  if (json.is_array()) {
    JinjaList list;
    for (const Json& item : json) list.push_back(JinjaFromJson(item, is_trusted, depth - 1));
    return list;
  }
  JinjaDict dict;  // keys of a Json object are distinct already
  for (const auto& [key, item] : json.items()) dict.items.emplace_back(key, JinjaFromJson(item, is_trusted, depth - 1));
  return dict;
}

JinjaText JinjaToText(const JinjaValue& value, int depth) {
  CheckDepth(depth);
  if (const JinjaText* text = value.Text()) return *text;
  if (value.IsUndefined()) return {};
  if (value.IsNone()) return {"None", false};
  if (const bool* flag = value.Bool()) return {*flag ? "True" : "False", false};
  if (const int64_t* number = value.Int()) return {fmt::format("{}", *number), false};
  if (const double* number = value.Float()) return {PrintFloat(*number), false};
  if (value.Function()) throw Error(ErrorCode::kCorrupt, "the chat template prints a function.");
  return {Repr(value, depth), false};
}

std::string JinjaToJson(const JinjaValue& value, int indent, int depth) {
  // `indent` of the outermost call; the current margin follows from how deep we are.
  const auto write = [indent](const auto& self, const JinjaValue& item, int margin, int left) -> std::string {
    CheckDepth(left);
    if (item.IsNone()) return "null";
    if (const bool* flag = item.Bool()) return *flag ? "true" : "false";
    if (const JinjaText* text = item.Text()) return DumpJson(text->bytes);
    if (item.IsNumber()) return JinjaToText(item, left).bytes;
    const bool is_list = item.List() != nullptr;
    if (!is_list && !item.Dict())
      throw Error(ErrorCode::kCorrupt, fmt::format("the chat template: tojson of {}.", JinjaTypeName(item)));
    const std::string before = indent < 0 ? "" : "\n" + std::string(static_cast<size_t>(margin + indent), ' ');
    std::string out;
    const auto add = [&](const std::string& text) {
      out += (out.empty() ? "" : indent < 0 ? ", " : ",") + before + text;
    };
    if (is_list)
      for (const JinjaValue& part : *item.List()) add(self(self, part, margin + indent, left - 1));
    else
      for (const auto& [key, part] : item.Dict()->items)
        add(DumpJson(key) + ": " + self(self, part, margin + indent, left - 1));
    if (indent >= 0 && !out.empty()) out += "\n" + std::string(static_cast<size_t>(margin), ' ');
    return is_list ? "[" + out + "]" : "{" + out + "}";
  };
  return write(write, value, 0, depth);
}

}  // namespace lingshu
