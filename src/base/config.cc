// YAML into JSON, overrides, and the messages of ConfigReader.
#include "base/config.h"

#include <yaml-cpp/yaml.h>

#include <charconv>

#include "base/files.h"

namespace lingshu {
namespace {

constexpr int kMaxDepth = 64;

Json ScalarToJson(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text.empty() || text == "null" || text == "~") return nullptr;
  if (text == "true") return true;
  if (text == "false") return false;
  // A sign, then a number that is the whole scalar; "inf" and "nan" stay words.
  const bool has_plus = text[0] == '+';
  const char *begin = text.data() + has_plus, *end = text.data() + text.size();
  const char first = begin < end ? (*begin == '-' && begin + 1 < end ? begin[1] : *begin) : ' ';
  if ((first < '0' || first > '9') && first != '.') return text;
  int64_t integer = 0;
  if (const auto [at, error] = std::from_chars(begin, end, integer); error == std::errc() && at == end) return integer;
  double number = 0;
  const auto [at, error] = std::from_chars(begin, end, number);
  if (at != end) return text;
  if (error != std::errc()) throw Error(ErrorCode::kUsage, fmt::format("{}: a number beyond what can be held.", text.substr(0, 40)));
  return number;
}

Json NodeToJson(const YAML::Node& node, const std::string& where, int depth) {
  if (depth > kMaxDepth) throw Error(ErrorCode::kTooLarge, fmt::format("{}: YAML nests deeper than {}.", where, kMaxDepth));
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      return ScalarToJson(node);
    case YAML::NodeType::Sequence: {
      Json list = Json::array();
      for (const YAML::Node& item : node) list.push_back(NodeToJson(item, where, depth + 1));
      return list;
    }
    case YAML::NodeType::Map: {
      Json map = Json::object();
      for (const auto& item : node) {
        const std::string key = item.first.Scalar();
        if (map.contains(key))
          throw Error(ErrorCode::kUsage, fmt::format("{}:{}: key \"{}\" appears twice.", where, item.first.Mark().line + 1, key));
        map[key] = NodeToJson(item.second, where, depth + 1);
      }
      return map;
    }
    default:
      return nullptr;
  }
}

// The item of a list that a key of digits names: "stages.2.epochs=3" is the third stage.
Json& ItemOf(Json& list, const std::string& key, const std::string& item) {
  const bool is_number = !key.empty() && key.size() < 10 && key.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number || static_cast<size_t>(std::stol(key)) >= list.size())
    throw Error(ErrorCode::kUsage, fmt::format("--set {}: expected a number below {}, found \"{}\".", item, list.size(), key));
  return list[static_cast<size_t>(std::stol(key))];
}

}  // namespace

void ConfigReader::Fail(const std::string& path, const char* expected, const Json& found) const {
  throw Error(ErrorCode::kUsage, fmt::format("{}: {} should be {}, found {}.", where_, path.empty() ? "the file" : path, expected, found.dump()));
}

void ConfigReader::CheckRange(const std::string& path, double value, Range range) const {
  if (value >= range.low && value <= range.high) return;
  throw Error(ErrorCode::kUsage, fmt::format("{}: {} is {}, allowed is {} to {}.", where_, path, value, range.low, range.high));
}

Json ParseYaml(const std::string& text, const std::string& where) {
  if (text.find("\n*") != std::string::npos || text.find(": *") != std::string::npos || text.find(": &") != std::string::npos)
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: YAML anchors and aliases are not read.\nHINT: write the value out.", where));
  try {
    const YAML::Node node = YAML::Load(text);
    return node.IsNull() ? Json::object() : NodeToJson(node, where, 0);
  } catch (const YAML::Exception& e) {
    throw Error(ErrorCode::kUsage, fmt::format("{}:{}:{}: {}.", where, e.mark.line + 1, e.mark.column + 1, e.msg));
  }
}

Json LoadConfigTree(const fs::path& file, const std::vector<std::string>& overrides) {
  Json tree = file.empty() ? Json::object() : ParseYaml(ReadFile(file, 16 << 20), file.string());
  try {
    (void)tree.dump();  // the one place where bytes that are not UTF-8 would show later, as a library's message
  } catch (const Json::type_error&) {
    throw Error(ErrorCode::kUsage, fmt::format("{}: expected UTF-8 text, found other bytes.", file.string()));
  }
  for (const std::string& item : overrides) {
    const size_t equals = item.find('=');
    if (equals == std::string::npos || equals == 0)
      throw Error(ErrorCode::kUsage, fmt::format("--set {}: expected key=value.", item));
    Json* place = &tree;
    for (const std::string& key : SplitString(item.substr(0, equals), '.')) {
      if (place->is_array()) {
        place = &ItemOf(*place, key, item);
        continue;
      }
      if (!place->is_object() && !place->is_null())
        throw Error(ErrorCode::kUsage, fmt::format("--set {}: \"{}\" lies below a value that is not a map.", item, key));
      place = &(*place)[key];
    }
    *place = ParseYaml(item.substr(equals + 1), "--set " + item.substr(0, equals));
    if (place->is_object() && place->empty()) *place = "";
  }
  return tree;
}

}  // namespace lingshu
