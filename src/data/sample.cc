// Sample as one JSON object, the row of a shard. Empty fields are left out when writing; unknown ones are refused when
// reading, so that a misspelt field never passes silently.
#include "data/sample.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"

namespace lingshu {
namespace {

constexpr size_t kMaxImages = 256;
constexpr size_t kMaxOptions = 26;  // letters A to Z

const std::vector<std::string> kFields = {"id",       "source",   "split",     "kind",    "answer_type",
                                          "modality", "language", "images",    "context", "question",
                                          "options",  "answer",   "reasoning", "group",   "meta"};

template <typename E>
const std::string& NameOf(E value) {
  static const std::vector<std::string> names = EnumNames(static_cast<E*>(nullptr));
  return names.at(static_cast<size_t>(value));
}

template <typename E>
E ParseName(const Json& json, const std::string& key, const std::string& where) {
  const std::vector<std::string> names = EnumNames(static_cast<E*>(nullptr));
  const std::string name = StringAt(json, key, where);
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end())
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: \"{}\" is \"{}\", known are {}.", where, key, name, JoinStrings(names, ", ")));
  return static_cast<E>(it - names.begin());
}

// An optional field: absent leaves the fallback, another type than a string is an error.
std::string TextOf(const Json& json, const std::string& key, const std::string& where, std::string fallback = "") {
  return json.contains(key) ? StringAt(json, key, where) : std::move(fallback);
}

const Json* ArrayOf(const Json& json, const std::string& key, size_t most, const std::string& where) {
  const auto it = json.find(key);
  if (it == json.end()) return nullptr;
  if (!it->is_array() || it->size() > most)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"{}\" should be a list of at most {}, found {} of {}.", where,
                                                 key, most, it->type_name(), it->size()));
  return &*it;
}

void CheckKeys(const Json& json, const std::string& where) {
  if (!json.is_object())
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: a sample should be an object, found {}.", where, json.type_name()));
  for (const auto& [key, unused] : json.items())
    if (std::find(kFields.begin(), kFields.end(), key) == kFields.end())
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("{}: a sample has no field \"{}\".{}", where, key, DidYouMean(key, kFields)));
}

}  // namespace

std::vector<std::string> EnumNames(SampleKind*) { return {"caption", "report", "vqa", "text_qa", "reasoning", "ocr"}; }
std::vector<std::string> EnumNames(AnswerType*) { return {"multiple_choice", "yes_no", "closed", "open"}; }

Json SampleToJson(const Sample& sample) {
  Json json;
  const auto put = [&](const char* key, const std::string& value) {
    if (!value.empty()) json[key] = value;
  };
  json["id"] = sample.id;
  put("source", sample.source);
  put("split", sample.split);
  json["kind"] = NameOf(sample.kind);
  json["answer_type"] = NameOf(sample.answer_type);
  put("modality", sample.modality);
  if (sample.language != "en") put("language", sample.language);
  for (const ImageRef& image : sample.images) {
    Json entry = {{"path", image.path}};
    if (!image.sha256.empty()) entry["sha256"] = image.sha256;
    json["images"].push_back(std::move(entry));
  }
  put("context", sample.context);
  put("question", sample.question);
  if (!sample.options.empty()) json["options"] = sample.options;
  put("answer", sample.answer);
  put("reasoning", sample.reasoning);
  put("group", sample.group);
  if (!sample.meta.empty()) json["meta"] = sample.meta;
  return json;
}

Sample SampleFromJson(const Json& json, const std::string& where) {
  CheckKeys(json, where);
  Sample sample;
  sample.id = StringAt(json, "id", where);
  sample.source = TextOf(json, "source", where);
  sample.split = TextOf(json, "split", where);
  sample.kind = ParseName<SampleKind>(json, "kind", where);
  sample.answer_type = ParseName<AnswerType>(json, "answer_type", where);
  sample.modality = TextOf(json, "modality", where);
  sample.language = TextOf(json, "language", where, "en");
  if (const Json* images = ArrayOf(json, "images", kMaxImages, where))
    for (const Json& image : *images)
      sample.images.push_back({StringAt(image, "path", where), TextOf(image, "sha256", where)});
  sample.context = TextOf(json, "context", where);
  sample.question = TextOf(json, "question", where);
  if (const Json* options = ArrayOf(json, "options", kMaxOptions, where))
    for (const Json& option : *options) {
      if (!option.is_string())
        throw Error(ErrorCode::kCorrupt, fmt::format("{}: an option is {}, not a string.", where, option.type_name()));
      sample.options.push_back(option.get<std::string>());
    }
  sample.answer = TextOf(json, "answer", where);
  sample.reasoning = TextOf(json, "reasoning", where);
  sample.group = TextOf(json, "group", where);
  if (json.contains("meta"))
    for (const auto& [key, unused] : json["meta"].items())
      sample.meta[key] = StringAt(json["meta"], key, where + " meta");
  return sample;
}

}  // namespace lingshu
