// Components of a tokenizer.json (normalizer, pre_tokenizer, decoder), as both of its readers take them apart.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace lingshu {

// A component's switch; the fallback where it is absent or no boolean.
inline bool IsOn(const Json& json, const char* key, bool fallback) {
  const auto it = json.find(key);
  return it != json.end() && it->is_boolean() ? it->get<bool>() : fallback;
}

// A component and, when it is a Sequence, its parts; nothing for null. Throws Error(kCorrupt) as StringAt and At do.
inline std::vector<Json> Flatten(const Json& component, const char* parts_key, const std::string& where) {
  if (component.is_null()) return {};
  if (StringAt(component, "type", where) != "Sequence") return {component};
  const Json& parts = At(component, parts_key, where);
  return {parts.begin(), parts.end()};
}

}  // namespace lingshu
