// Bounded JSON parsing and typed field access.
#include "base/json.h"

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {
namespace {

constexpr int kMaxDepth = 64;

// Measures nesting before the parser recurses into it; strings are skipped, so brackets in text do not count.
int Depth(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      else if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

Json ParseJson(std::string_view text, const std::string& where) {
  if (text.size() >= 3 && text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (const int depth = Depth(text); depth > kMaxDepth)
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: JSON nests {} deep, at most {} is read.", where, depth, kMaxDepth));
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: not valid JSON: {}", where, e.what()));
  }
}

std::string DumpJson(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

const Json& At(const Json& object, const std::string& key, const std::string& where) {
  if (!object.is_object())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected an object with \"{}\", found {}.", where, key, object.type_name()));
  const auto it = object.find(key);
  if (it == object.end()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: key \"{}\" is missing.", where, key));
  return *it;
}

std::string StringAt(const Json& object, const std::string& key, const std::string& where) {
  const Json& value = At(object, key, where);
  if (!value.is_string())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"{}\" should be a string, found {}.", where, key, value.type_name()));
  return value.get<std::string>();
}

int64_t IntAt(const Json& object, const std::string& key, const std::string& where) {
  const Json& value = At(object, key, where);
  if (!value.is_number_integer())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"{}\" should be an integer, found {}.", where, key, value.type_name()));
  return value.get<int64_t>();
}

std::string StringOr(const Json& object, const std::string& key, std::string fallback) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : fallback;
}

}  // namespace lingshu
