// See inspect_weights.h.
#include "checkpoint/inspect_weights.h"

#include <map>

#include <fmt/format.h>

#include "base/strings.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/config.h"
#include "checkpoint/gguf.h"
#include "checkpoint/safetensors.h"

namespace lingshu {
namespace {

constexpr uint64_t kLongArray = 16;

class Listing {
 public:
  void Add(const std::string& name, std::string_view type, const std::vector<int64_t>& shape, uint64_t bytes,
           int64_t elements) {
    // emplace_back: the ordered map looks for a key by scanning, and names are unique already.
    tensors_.get_ref<Json::object_t&>().emplace_back(name, Json{{"dtype", type}, {"shape", shape}, {"bytes", bytes}});
    auto& [count, sum] = types_[std::string(type)];
    count += 1, sum += bytes;
    bytes_ += bytes, parameters_ += elements;
  }
  // `about` is what the format has besides tensors.
  Json Facts(const char* format, const char* about_key, Json about) && {
    Json types = Json::object();
    for (const auto& [name, type] : types_) types[name] = {{"tensors", type.first}, {"bytes", type.second}};
    return {{"format", format}, {"parameters", parameters_}, {"bytes", bytes_},
            {"types", types},   {about_key, about},          {"tensors", tensors_}};
  }

 private:
  Json tensors_ = Json::object();
  std::map<std::string, std::pair<int64_t, uint64_t>> types_;
  uint64_t bytes_ = 0;
  int64_t parameters_ = 0;
};

Json ItemOf(const GgufValue& value, uint64_t i) {
  switch (value.type) {
    case GgufType::kString:
      return value.strings.at(i);
    case GgufType::kBool:
      return value.words.at(i) != 0;
    case GgufType::kF32:
    case GgufType::kF64:
      return value.FloatAt(i);
    case GgufType::kU64:
      return value.words.at(i);
    default:
      return value.IntAt(i);
  }
}

Json JsonOf(const GgufValue& value) {
  if (!value.is_array) return ItemOf(value, 0);
  if (value.size() > kLongArray)
    return fmt::format("{} of {}", WithThousands(static_cast<int64_t>(value.size())), GgufTypeName(value.type));
  Json list = Json::array();
  for (uint64_t i = 0; i < value.size(); ++i) list.push_back(ItemOf(value, i));
  return list;
}

Json InspectGguf(const std::filesystem::path& path) {
  const GgufFile file = GgufFile::Open(path);
  Json metadata = Json::object();
  for (const auto& [key, value] : file.metadata().entries())
    metadata.get_ref<Json::object_t&>().emplace_back(key, JsonOf(value));
  Listing listing;
  for (const GgufTensor& tensor : file.tensors())
    listing.Add(tensor.name, InfoOf(tensor.format).name, tensor.shape, tensor.bytes.size(), tensor.num_elements());
  return std::move(listing).Facts("gguf", "metadata", std::move(metadata));
}

Json InspectSafetensors(const std::filesystem::path& path) {
  const SafetensorsFile file = SafetensorsFile::Open(path);
  Listing listing;
  for (const TensorView& tensor : file.tensors())
    listing.Add(tensor.name, ElementTypeName(tensor.dtype), tensor.shape, tensor.bytes.size(), tensor.num_elements());
  return std::move(listing).Facts("safetensors", "metadata", Json(file.metadata()));
}

Json InspectFolder(const std::filesystem::path& folder) {
  const Checkpoint checkpoint = Checkpoint::Open(folder);
  Listing listing;
  for (const std::string& name : checkpoint.names()) {
    const TensorView& tensor = *checkpoint.Find(name);
    listing.Add(name, ElementTypeName(tensor.dtype), tensor.shape, tensor.bytes.size(), tensor.num_elements());
  }
  return std::move(listing).Facts("model", "config", ToJson(LoadModelConfig(folder)));
}

}  // namespace

bool IsWeights(const std::filesystem::path& path) {
  const std::string extension = LowerAscii(path.extension().string());
  return std::filesystem::is_directory(path) || extension == ".gguf" || extension == ".safetensors";
}

Json InspectWeights(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) return InspectFolder(path);
  return LowerAscii(path.extension().string()) == ".gguf" ? InspectGguf(path) : InspectSafetensors(path);
}

}  // namespace lingshu
