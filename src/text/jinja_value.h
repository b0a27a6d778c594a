// Values of a Jinja expression: Python's, as far as templates meet them. Internal to text/jinja.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/json.h"

namespace lingshu {

// Text with its author by byte.
struct JinjaText {
  std::string bytes;
  std::string trust;  // as long as bytes: '\1' written by the template, '\0' by anybody else

  JinjaText() = default;
  JinjaText(std::string_view text, bool is_trusted) : bytes(text), trust(text.size(), is_trusted ? '\1' : '\0') {}
  void Append(const JinjaText& other) {
    bytes += other.bytes;
    trust += other.trust;
  }
  JinjaText Slice(size_t begin, size_t size = std::string::npos) const;
};

struct JinjaNode;
struct JinjaValue;
using JinjaList = std::vector<JinjaValue>;
struct JinjaDict {
  std::vector<std::pair<std::string, JinjaValue>> items;  // in order of insertion
  bool is_namespace = false;                              // the one kind that templates may change

  JinjaValue* Find(std::string_view key);
  void Set(std::string_view key, JinjaValue value);
};
struct JinjaUndefined {
  std::string name;
};
struct JinjaNone {};
struct JinjaFunction {
  std::string name;                  // of a built-in
  const JinjaNode* macro = nullptr;  // or a macro of the template
};

struct JinjaValue {
  std::variant<JinjaUndefined, JinjaNone, bool, int64_t, double, std::shared_ptr<const JinjaText>,
               std::shared_ptr<const JinjaList>, std::shared_ptr<JinjaDict>, JinjaFunction>
      v;

  JinjaValue() = default;
  JinjaValue(JinjaNone none) : v(none) {}
  JinjaValue(bool value) : v(value) {}
  JinjaValue(int64_t value) : v(value) {}
  JinjaValue(double value) : v(value) {}
  JinjaValue(JinjaText text) : v(std::make_shared<const JinjaText>(std::move(text))) {}
  JinjaValue(JinjaList list) : v(std::make_shared<const JinjaList>(std::move(list))) {}
  JinjaValue(JinjaDict dict) : v(std::make_shared<JinjaDict>(std::move(dict))) {}
  JinjaValue(JinjaFunction function) : v(std::move(function)) {}
  static JinjaValue Undefined(std::string name) {
    JinjaValue value;
    value.v = JinjaUndefined{std::move(name)};
    return value;
  }

  bool IsUndefined() const { return std::holds_alternative<JinjaUndefined>(v); }
  bool IsNone() const { return std::holds_alternative<JinjaNone>(v); }
  const bool* Bool() const { return std::get_if<bool>(&v); }
  const int64_t* Int() const { return std::get_if<int64_t>(&v); }
  const double* Float() const { return std::get_if<double>(&v); }
  const JinjaText* Text() const {
    const auto* p = std::get_if<std::shared_ptr<const JinjaText>>(&v);
    return p ? p->get() : nullptr;
  }
  const JinjaList* List() const {
    const auto* p = std::get_if<std::shared_ptr<const JinjaList>>(&v);
    return p ? p->get() : nullptr;
  }
  JinjaDict* Dict() const {
    const auto* p = std::get_if<std::shared_ptr<JinjaDict>>(&v);
    return p ? p->get() : nullptr;
  }
  const JinjaFunction* Function() const { return std::get_if<JinjaFunction>(&v); }
  // bool counts as a number, as in Python.
  bool IsNumber() const { return Bool() || Int() || Float(); }
  bool IsInteger() const { return Bool() || Int(); }
  double AsDouble() const;    // REQUIRES: IsNumber()
  int64_t AsInteger() const;  // REQUIRES: IsInteger()
};

// "string", "int", "dict" …: what errors say instead of the value.
const char* JinjaTypeName(const JinjaValue& value);
bool IsTruthy(const JinjaValue& value);
bool AreEqual(const JinjaValue& a, const JinjaValue& b, int depth);
// Strings of `json` get the given trust. Throws Error(kTooLarge) beyond `depth` levels.
JinjaValue JinjaFromJson(const Json& json, bool is_trusted, int depth);
// str(value): text as it is; everything else untrusted.
JinjaText JinjaToText(const JinjaValue& value, int depth);
// json.dumps(value, ensure_ascii=False, indent=indent); indent < 0 is one line.
std::string JinjaToJson(const JinjaValue& value, int indent, int depth);

}  // namespace lingshu
