// See gguf_value.h.
#include "checkpoint/gguf_value.h"

#include <bit>
#include <cstdlib>

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {
namespace {

struct TypeRow {
  std::string_view name;
  uint64_t bytes;
};
// In the order of GgufType.
constexpr TypeRow kTypes[] = {{"u8", 1},   {"i8", 1},     {"u16", 2},   {"i16", 2}, {"u32", 4}, {"i32", 4}, {"f32", 4},
                              {"bool", 1}, {"string", 0}, {"array", 0}, {"u64", 8}, {"i64", 8}, {"f64", 8}};

std::string TypeText(const GgufValue& value) {
  return fmt::format("{}{}", GgufTypeName(value.type), value.is_array ? " array" : "");
}

}  // namespace

uint64_t GgufTypeBytes(GgufType type) { return kTypes[static_cast<size_t>(type)].bytes; }
std::string_view GgufTypeName(GgufType type) { return kTypes[static_cast<size_t>(type)].name; }

bool IsGgufInteger(GgufType type) {
  return type != GgufType::kF32 && type != GgufType::kF64 && type != GgufType::kBool && type != GgufType::kString &&
         type != GgufType::kArray;
}

GgufValue GgufValue::OfInts(GgufType type, const std::vector<int64_t>& values) {
  GgufValue result{.type = type, .is_array = true};
  for (const int64_t value : values) result.words.push_back(static_cast<uint64_t>(value));
  return result;
}

GgufValue GgufValue::OfInt(GgufType type, int64_t value) {
  GgufValue result = OfInts(type, {value});
  result.is_array = false;
  return result;
}

GgufValue GgufValue::OfFloats(GgufType type, const std::vector<double>& values) {
  GgufValue result{.type = type, .is_array = true};
  for (const double value : values)
    result.words.push_back(std::bit_cast<uint64_t>(type == GgufType::kF32 ? static_cast<float>(value) : value));
  return result;
}

GgufValue GgufValue::OfFloat(double value) {
  GgufValue result = OfFloats(GgufType::kF32, {value});
  result.is_array = false;
  return result;
}

GgufValue GgufValue::OfBool(bool value) { return {.type = GgufType::kBool, .words = {value ? uint64_t{1} : 0}}; }
GgufValue GgufValue::OfString(std::string value) {
  GgufValue result{.type = GgufType::kString};
  result.strings.push_back(std::move(value));
  return result;
}
GgufValue GgufValue::OfStrings(std::vector<std::string> values) {
  return {.type = GgufType::kString, .is_array = true, .strings = std::move(values)};
}

int64_t GgufValue::IntAt(uint64_t i) const { return static_cast<int64_t>(words.at(i)); }

double GgufValue::FloatAt(uint64_t i) const {
  const auto value = std::bit_cast<double>(words.at(i));
  if (type == GgufType::kF64) return value;
  return std::strtod(fmt::format("{}", static_cast<float>(value)).c_str(), nullptr);
}

void GgufMetadata::Set(const std::string& key, GgufValue value) {
  for (auto& [known, old] : entries_)
    if (known == key) {
      old = std::move(value);
      return;
    }
  entries_.emplace_back(key, std::move(value));
}

const GgufValue* GgufMetadata::Find(std::string_view key) const {
  for (const auto& [known, value] : entries_)
    if (known == key) return &value;
  return nullptr;
}

void GgufMetadata::ThrowAbsent(std::string_view key) const {
  throw Error(ErrorCode::kCorrupt, fmt::format("{}: no \"{}\" in the metadata.", where_, key));
}

const GgufValue* GgufMetadata::FindOf(std::string_view key, Kind kind, bool is_array) const {
  const GgufValue* value = Find(key);
  if (value == nullptr) return nullptr;
  const bool is_float = value->type == GgufType::kF32 || value->type == GgufType::kF64;
  const bool is_fine = kind == Kind::kInt     ? IsGgufInteger(value->type)
                       : kind == Kind::kFloat ? is_float
                                              : value->type == GgufType::kString;
  if (!is_fine || value->is_array != is_array)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"{}\" should be {}{}, found {}.", where_, key,
                                                 kind == Kind::kInt     ? "an integer"
                                                 : kind == Kind::kFloat ? "a float"
                                                                        : "a string",
                                                 is_array ? " array" : "", TypeText(*value)));
  if (value->type == GgufType::kU64)
    for (uint64_t i = 0; i < value->size(); ++i)
      if (value->IntAt(i) < 0) throw Error(ErrorCode::kTooLarge, fmt::format("{}: \"{}\" is above 2^63.", where_, key));
  return value;
}

int64_t GgufMetadata::GetInt(std::string_view key) const {
  const std::optional<int64_t> value = FindInt(key);
  if (!value) ThrowAbsent(key);
  return *value;
}

std::string GgufMetadata::GetString(std::string_view key) const {
  std::optional<std::string> value = FindString(key);
  if (!value) ThrowAbsent(key);
  return *std::move(value);
}

std::vector<std::string> GgufMetadata::GetStrings(std::string_view key) const {
  const GgufValue* value = FindOf(key, Kind::kString, /*is_array=*/true);
  if (value == nullptr) ThrowAbsent(key);
  return value->strings;
}

std::optional<int64_t> GgufMetadata::FindInt(std::string_view key) const {
  const GgufValue* value = FindOf(key, Kind::kInt, /*is_array=*/false);
  return value ? std::optional(value->IntAt(0)) : std::nullopt;
}

std::optional<double> GgufMetadata::FindFloat(std::string_view key) const {
  const GgufValue* value = FindOf(key, Kind::kFloat, /*is_array=*/false);
  return value ? std::optional(value->FloatAt(0)) : std::nullopt;
}

std::optional<std::string> GgufMetadata::FindString(std::string_view key) const {
  const GgufValue* value = FindOf(key, Kind::kString, /*is_array=*/false);
  return value ? std::optional(value->strings.at(0)) : std::nullopt;
}

std::optional<std::vector<int64_t>> GgufMetadata::FindInts(std::string_view key) const {
  const GgufValue* value = FindOf(key, Kind::kInt, /*is_array=*/true);
  if (value == nullptr) return std::nullopt;
  std::vector<int64_t> ints;
  for (uint64_t i = 0; i < value->size(); ++i) ints.push_back(value->IntAt(i));
  return ints;
}

std::optional<std::vector<double>> GgufMetadata::FindFloats(std::string_view key) const {
  const GgufValue* value = FindOf(key, Kind::kFloat, /*is_array=*/true);
  if (value == nullptr) return std::nullopt;
  std::vector<double> floats;
  for (uint64_t i = 0; i < value->size(); ++i) floats.push_back(value->FloatAt(i));
  return floats;
}

}  // namespace lingshu
