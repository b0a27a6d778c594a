// Metadata of GGUF files: named values of thirteen types, kept with their exact type so that what was read can be
// written.
//   {"general.architecture", "qwen2vl"}  {"qwen2vl.block_count", 28 as u32}  {"tokenizer.ggml.tokens", ["!", "\"", …]}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lingshu {

enum class GgufType : uint32_t { kU8, kI8, kU16, kI16, kU32, kI32, kF32, kBool, kString, kArray, kU64, kI64, kF64 };
uint64_t GgufTypeBytes(GgufType type);         // in a file; 0 for strings and arrays
std::string_view GgufTypeName(GgufType type);  // "u32"
bool IsGgufInteger(GgufType type);

// A scalar is a list of one. Numbers are kept as their bits, extended to 64: integers by sign, floats as doubles.
struct GgufValue {
  GgufType type = GgufType::kU32;  // of the items, for an array
  bool is_array = false;
  std::vector<uint64_t> words;       // all types but strings
  std::vector<std::string> strings;  // strings

  static GgufValue OfInts(GgufType type, const std::vector<int64_t>& values);
  static GgufValue OfInt(GgufType type, int64_t value);
  static GgufValue OfFloats(GgufType type, const std::vector<double>& values);  // kF32 rounds
  static GgufValue OfFloat(double value);                                       // kF32
  static GgufValue OfBool(bool value);
  static GgufValue OfString(std::string value);
  static GgufValue OfStrings(std::vector<std::string> values);

  uint64_t size() const { return type == GgufType::kString ? strings.size() : words.size(); }
  // One item. A float32 is read as the shortest decimal that names it: 1e-6 is 1e-6 again.
  // REQUIRES: i < size() and an item of that kind (IsGgufInteger or bool; kF32 or kF64).
  int64_t IntAt(uint64_t i) const;
  double FloatAt(uint64_t i) const;
  bool operator==(const GgufValue&) const = default;
};

// In the order of the file; keys are unique.
class GgufMetadata {
 public:
  explicit GgufMetadata(std::string where = "GGUF metadata") : where_(std::move(where)) {}
  // REQUIRES: the key is new.
  void Append(const std::string& key, GgufValue value) { entries_.emplace_back(key, std::move(value)); }
  // Replaces an older value of that key.
  void Set(const std::string& key, GgufValue value);
  const GgufValue* Find(std::string_view key) const;
  const std::vector<std::pair<std::string, GgufValue>>& entries() const { return entries_; }

  // Typed reading. Get… throws Error(kCorrupt) naming file, key and both types when absent or of another kind; Find… is
  // empty when absent and throws as well when of another kind. Integers of every width count as integers.
  int64_t GetInt(std::string_view key) const;
  std::string GetString(std::string_view key) const;
  std::vector<std::string> GetStrings(std::string_view key) const;
  std::optional<int64_t> FindInt(std::string_view key) const;
  std::optional<double> FindFloat(std::string_view key) const;
  std::optional<std::string> FindString(std::string_view key) const;
  std::optional<std::vector<int64_t>> FindInts(std::string_view key) const;
  std::optional<std::vector<double>> FindFloats(std::string_view key) const;
  const std::string& where() const { return where_; }

 private:
  enum class Kind { kInt, kFloat, kString };
  const GgufValue* FindOf(std::string_view key, Kind kind, bool is_array) const;
  [[noreturn]] void ThrowAbsent(std::string_view key) const;
  std::string where_;
  std::vector<std::pair<std::string, GgufValue>> entries_;
};

}  // namespace lingshu
