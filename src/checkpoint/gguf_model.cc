// See gguf_model.h.
#include "checkpoint/gguf_model.h"

#include <cstring>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"

namespace lingshu {
namespace {

std::string List(const char* what, const std::vector<std::string>& items) {
  constexpr size_t kMaxListed = 20;
  if (items.empty()) return "";
  const std::vector<std::string> shown(items.begin(),
                                       items.begin() + static_cast<std::ptrdiff_t>(std::min(items.size(), kMaxListed)));
  return fmt::format("\n{} ({}): {}{}", what, items.size(), JoinStrings(shown, ", "),
                     items.size() > kMaxListed ? ", …" : "");
}

int64_t Product(const std::vector<int64_t>& shape, size_t begin, size_t end) {
  int64_t product = 1;
  for (size_t i = begin; i < end; ++i) product *= shape[i];
  return product;
}

}  // namespace

GgufModel GgufModel::Open(const std::filesystem::path& language, const std::filesystem::path& vision) {
  GgufModel model(GgufFile::Open(language), vision.empty() ? std::nullopt : std::optional(GgufFile::Open(vision)));
  model.config_ = GgufModelConfig(model.language_, model.has_vision() ? &*model.vision_ : nullptr);
  for (GgufMapping& mapping : GgufMappings(model.config_)) {
    if (mapping.is_vision && !model.has_vision()) continue;
    const std::string name = mapping.tensor.name;
    model.mappings_.emplace(name, std::move(mapping));
  }
  model.CheckTensors();
  return model;
}

void GgufModel::CheckTensors() const {
  std::vector<std::string> missing, extra, misshapen;
  std::set<std::string_view> wanted;
  for (const auto& [name, mapping] : mappings_)
    for (const GgufPart& part : mapping.parts) {
      wanted.insert(part.name);
      const GgufTensor* tensor = FileOf(mapping).Find(part.name);
      if (tensor == nullptr) missing.push_back(part.name);
      else if (tensor->shape != part.shape)
        misshapen.push_back(
            fmt::format("{}: expected {}, found {}", part.name, ShapeText(part.shape), ShapeText(tensor->shape)));
    }
  std::string files = language_.path().string();
  if (vision_) files += ", " + vision_->path().string();
  for (const GgufFile* file : {&language_, vision_ ? &*vision_ : nullptr})
    for (const GgufTensor& tensor : file ? file->tensors() : std::vector<GgufTensor>())
      if (!wanted.contains(tensor.name)) extra.push_back(tensor.name);
  if (missing.empty() && extra.empty() && misshapen.empty()) return;
  throw Error(
      ErrorCode::kCorrupt,
      fmt::format("{}: the tensors are not those of the metadata.{}{}{}\nHINT: do the two files belong together?", files,
                  List("Missing", missing), List("Extra", extra), List("Misshapen", misshapen)));
}

std::vector<const GgufTensor*> GgufModel::Parts(std::string_view name) const {
  std::vector<const GgufTensor*> parts;
  const auto it = mappings_.find(name);
  if (it == mappings_.end()) return parts;
  for (const GgufPart& part : it->second.parts) parts.push_back(FileOf(it->second).Find(part.name));
  return parts;
}

void GgufModel::ReadFloats(std::string_view name, float* out) const {
  const auto it = mappings_.find(name);
  CHECK(it != mappings_.end()) << "no tensor " << name;
  const GgufMapping& mapping = it->second;
  for (const GgufPart& part : mapping.parts) {
    const GgufTensor& tensor = *FileOf(mapping).Find(part.name);
    const int64_t count = tensor.num_elements();
    if (part.kind != GgufPartKind::kFrame) {
      DequantizeRow(tensor.format, tensor.bytes.data(), count, out + part.index * count);
      continue;
    }
    // [D, C, p, p] into [D, C, frames, p, p]
    std::vector<float> values(static_cast<size_t>(count));
    DequantizeRow(tensor.format, tensor.bytes.data(), count, values.data());
    const int64_t planes = Product(part.shape, 0, 2), plane = Product(part.shape, 2, 4);
    const auto frames = static_cast<int64_t>(mapping.parts.size());
    for (int64_t i = 0; i < planes; ++i)
      std::memcpy(out + (i * frames + part.index) * plane, values.data() + i * plane,
                  static_cast<size_t>(plane) * sizeof(float));
  }
}

}  // namespace lingshu
