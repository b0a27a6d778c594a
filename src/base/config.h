// Visit: a config is a struct with defaults that lists its own fields once.
//   struct OptimizerConfig {
//     double learning_rate = 1e-5;
//     template <typename V> void Visit(V& v) { v("learning_rate", learning_rate, "peak rate, reached after warm-up", AtLeast(0)); }
//   };
// From that one list come: reading YAML or JSON (an unknown key is an error that names the nearest known one), the
// overrides of --set a.b=c, writing, and --help. Fields: bool, int, int64_t, uint64_t, double, std::string,
// std::vector of these or of structs, enums with EnumNames, and nested structs with Visit.
// ModelConfig, weights and optimizer states are visited the same way by visitors of their own rooms.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"

namespace lingshu {

struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};
inline Range AtLeast(double low) { return {.low = low}; }
inline Range Between(double low, double high) { return {.low = low, .high = high}; }

// Names of an enum's values in order; specialise beside the enum:
//   inline std::vector<std::string> EnumNames(Modality*) { return {"x_ray", "ct"}; }
template <typename E>
concept NamedEnum = std::is_enum_v<E> && requires(E* e) {
  { EnumNames(e) } -> std::same_as<std::vector<std::string>>;
};

namespace internal {

struct NullVisitor {
  template <typename T>
  void operator()(const char*, T&, const char* = "", Range = {}) {}
};

template <typename T>
struct IsVector : std::false_type {};
template <typename T>
struct IsVector<std::vector<T>> : std::true_type {};

}  // namespace internal

template <typename T>
concept Visitable = std::is_class_v<T> && requires(T& t, internal::NullVisitor& v) { t.Visit(v); };

// Reads a JSON value into a field; Fill rejects unknown keys and collects the known ones for the message.
class ConfigReader {
 public:
  // `where` names the source: "recipe.yaml" or "--set".
  explicit ConfigReader(std::string where) : where_(std::move(where)) {}

  template <Visitable T>
  void Fill(const Json& json, const std::string& path, T& config) {
    if (!json.is_object()) Fail(path, "a map of keys", json);
    FieldReader fields{*this, json, path, {}};
    config.Visit(fields);
    for (const auto& [key, unused] : json.items())
      if (std::find(fields.known.begin(), fields.known.end(), key) == fields.known.end())
        throw Error(ErrorCode::kUsage, fmt::format("{}: unknown key \"{}\".{}\nKnown keys{}: {}.", where_, path.empty() ? key : path + "." + key,
                                                   DidYouMean(key, fields.known), path.empty() ? "" : " of " + path,
                                                   JoinStrings(fields.known, ", ")));
  }

  template <typename T>
  void Read(const Json& json, const std::string& path, T& field, Range range = {}) {
    if constexpr (std::same_as<T, bool>) {
      if (!json.is_boolean()) Fail(path, "true or false", json);
      field = json.get<bool>();
    } else if constexpr (NamedEnum<T>) {
      const std::vector<std::string> names = EnumNames(static_cast<T*>(nullptr));
      const std::string name = json.is_string() ? json.get<std::string>() : json.dump();
      for (size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) {
          field = static_cast<T>(i);
          return;
        }
      throw Error(ErrorCode::kUsage, fmt::format("{}: {} is \"{}\".{}\nKnown: {}.", where_, path, name, DidYouMean(name, names),
                                                 JoinStrings(names, ", ")));
    } else if constexpr (std::integral<T>) {
      if (!json.is_number_integer()) Fail(path, "an integer", json);
      if (std::unsigned_integral<T> && json < 0) Fail(path, "an integer of at least 0", json);
      CheckRange(path, json.get<double>(), range);
      field = json.get<T>();
    } else if constexpr (std::floating_point<T>) {
      if (!json.is_number()) Fail(path, "a number", json);
      CheckRange(path, json.get<double>(), range);
      field = json.get<T>();
    } else if constexpr (std::same_as<T, std::string>) {
      if (json.is_number() || json.is_boolean()) field = json.dump();
      else if (json.is_string()) field = json.get<std::string>();
      else Fail(path, "a string", json);
    } else if constexpr (internal::IsVector<T>::value) {
      if (!json.is_array()) Fail(path, "a list", json);
      T values;
      for (size_t i = 0; i < json.size(); ++i) {
        typename T::value_type value{};
        Read(json[i], fmt::format("{}[{}]", path, i), value, range);
        values.push_back(std::move(value));
      }
      field = std::move(values);
    } else {
      static_assert(Visitable<T>, "a config field needs Visit, EnumNames or a basic type");
      Fill(json, path, field);
    }
  }

 private:
  struct FieldReader {
    ConfigReader& reader;
    const Json& json;
    const std::string& path;
    std::vector<std::string> known;
    template <typename T>
    void operator()(const char* name, T& field, const char* = "", Range range = {}) {
      known.emplace_back(name);
      const auto it = json.find(name);
      if (it != json.end()) reader.Read(*it, path.empty() ? name : path + "." + name, field, range);
    }
  };
  [[noreturn]] void Fail(const std::string& path, const char* expected, const Json& found) const;
  void CheckRange(const std::string& path, double value, Range range) const;
  std::string where_;
};

namespace internal {

template <typename T>
Json ToJsonValue(T& field);

struct JsonWriter {
  Json json = Json::object();
  template <typename T>
  void operator()(const char* name, T& field, const char* = "", Range = {}) {
    json[name] = ToJsonValue(field);
  }
};

template <typename T>
Json ToJsonValue(T& field) {
  if constexpr (NamedEnum<T>) {
    return EnumNames(static_cast<T*>(nullptr)).at(static_cast<size_t>(field));
  } else if constexpr (Visitable<T>) {
    JsonWriter writer;
    field.Visit(writer);
    return writer.json;
  } else if constexpr (IsVector<T>::value) {
    Json list = Json::array();
    for (auto& value : field) list.push_back(ToJsonValue(value));
    return list;
  } else {
    return field;
  }
}

struct HelpWriter {
  std::string prefix, text;
  template <typename T>
  void operator()(const char* name, T& field, const char* help = "", Range = {}) {
    if constexpr (Visitable<T>) {
      HelpWriter nested{prefix + name + ".", ""};
      field.Visit(nested);
      text += nested.text;
    } else {
      text += fmt::format("  {:<44} {} [{}]\n", prefix + name, help, ToJsonValue(field).dump());
    }
  }
};

}  // namespace internal

// The struct as JSON, every field present, in the order of Visit: what a run's config.json holds.
template <Visitable T>
Json ToJson(const T& config) {
  return internal::ToJsonValue(const_cast<T&>(config));
}

// One line per field: dotted key, help, [default].
template <Visitable T>
std::string ConfigHelp(const T& config) {
  internal::HelpWriter writer;
  const_cast<T&>(config).Visit(writer);
  return writer.text;
}

// YAML text as JSON: scalars become bool, integer, number or string by YAML 1.2's core schema. Aliases and anchors are
// refused ("billion laughs"); depth at most 64. Throws Error(kCorrupt) with line and column.
Json ParseYaml(const std::string& text, const std::string& where);

// Defaults, then the YAML or JSON file (when not empty), then the overrides "a.b=value" (value read as YAML); a number
// names an item of a list that the file has: "stages.2.epochs=3".
template <Visitable T>
T LoadConfig(const std::filesystem::path& file, const std::vector<std::string>& overrides);
// The tree that LoadConfig reads: the file's with the overrides laid over it.
Json LoadConfigTree(const std::filesystem::path& file, const std::vector<std::string>& overrides);

template <Visitable T>
T LoadConfig(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  T config;
  ConfigReader reader(file.empty() ? "--set" : file.string());
  reader.Fill(LoadConfigTree(file, overrides), "", config);
  return config;
}

}  // namespace lingshu
