// JSON of the house: nlohmann's ordered DOM under one name, and reading that distrusts its input.
// The DOM is for configs, headers and records of bounded size; bulk rows go through JsonLines in base/files.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace lingshu {

// Keeps the order of keys, so that what we write is stable byte for byte.
using Json = nlohmann::ordered_json;

// Parses one JSON text. `where` names the source in errors ("config.json", "train.jsonl:17").
// Throws Error(kCorrupt) on malformed text, duplicate keys are last-wins, and Error(kTooLarge) on nesting beyond 64.
Json ParseJson(std::string_view text, const std::string& where);

// One line, UTF-8 kept, invalid UTF-8 replaced by U+FFFD; the form of every JSONL row and manifest of ours.
std::string DumpJson(const Json& value);

// Field access that names what is missing: Error(kCorrupt) "where: expected string "key", found …".
const Json& At(const Json& object, const std::string& key, const std::string& where);
std::string StringAt(const Json& object, const std::string& key, const std::string& where);
int64_t IntAt(const Json& object, const std::string& key, const std::string& where);
std::string StringOr(const Json& object, const std::string& key, std::string fallback);

}  // namespace lingshu
