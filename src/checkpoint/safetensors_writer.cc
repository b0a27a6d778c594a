// The header is known before the bytes are, so tensors stream to disk one by one.
#include "checkpoint/safetensors_writer.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "checkpoint/tensors.h"

namespace lingshu {
namespace {

constexpr const char* kIndexName = "model.safetensors.index.json";

uint64_t ByteCount(const PendingTensor& tensor) {
  uint64_t bytes = ElementBytes(tensor.dtype);
  for (const int64_t size : tensor.shape)
    CHECK(size >= 0 && !__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes))
        << tensor.name << " " << ShapeText(tensor.shape);
  return bytes;
}

void SortForFile(std::vector<PendingTensor>& tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const PendingTensor& a, const PendingTensor& b) {
    const uint64_t width_a = ElementBytes(a.dtype), width_b = ElementBytes(b.dtype);
    return width_a != width_b ? width_a > width_b : a.name < b.name;
  });
}

void CheckUnique(const std::vector<PendingTensor>& tensors) {
  std::vector<std::string_view> names;
  for (const PendingTensor& tensor : tensors) names.push_back(tensor.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) throw Error(ErrorCode::kUsage, fmt::format("two tensors are named \"{}\".", *twice));
}

std::string HeaderText(const std::vector<PendingTensor>& tensors, const std::map<std::string, std::string>& metadata) {
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  uint64_t offset = 0;
  for (const PendingTensor& tensor : tensors) {
    const uint64_t end = offset + ByteCount(tensor);
    // emplace_back keeps this linear: the ordered map looks for a key by scanning, and names are unique already.
    header.get_ref<Json::object_t&>().emplace_back(
        tensor.name,
        Json{{"dtype", ElementTypeName(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}});
    offset = end;
  }
  std::string text = DumpJson(header);
  text.append((8 - text.size() % 8) % 8, ' ');  // the first tensor begins on a multiple of 8
  return text;
}

// What a loader would take for weights in a folder, besides `written`; the index first.
std::vector<fs::path> OtherWeightFiles(const fs::path& folder, const std::vector<fs::path>& written) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool is_shard =
        name.starts_with("model-") && name.ends_with(".safetensors") && name.find("-of-") != std::string::npos;
    if (!is_shard && name != "model.safetensors" && name != kIndexName) continue;
    if (std::find(written.begin(), written.end(), entry.path()) == written.end()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end(), [](const fs::path& a, const fs::path& b) {
    return std::pair(a.filename() != kIndexName, a) < std::pair(b.filename() != kIndexName, b);
  });
  return files;
}

// In order of names, a new shard where the next tensor would not fit. A tensor larger than a shard has one of its own.
std::vector<std::vector<PendingTensor>> SplitShards(std::vector<PendingTensor> tensors, uint64_t max_shard_bytes) {
  std::sort(tensors.begin(), tensors.end(),
            [](const PendingTensor& a, const PendingTensor& b) { return a.name < b.name; });
  std::vector<std::vector<PendingTensor>> shards(1);
  uint64_t filled = 0;
  for (PendingTensor& tensor : tensors) {
    const uint64_t bytes = ByteCount(tensor);
    if (filled > 0 && filled + bytes > max_shard_bytes) {
      shards.emplace_back();
      filled = 0;
    }
    filled += bytes;
    shards.back().push_back(std::move(tensor));
  }
  return shards;
}

}  // namespace

void WriteSafetensors(const fs::path& path, std::vector<PendingTensor> tensors,
                      const std::map<std::string, std::string>& metadata) {
  CheckUnique(tensors);
  SortForFile(tensors);
  const std::string header = HeaderText(tensors, metadata);
  const uint64_t length = header.size();
  AtomicFile file(path);
  file.Append({reinterpret_cast<const char*>(&length), sizeof(length)});
  file.Append(header);
  for (const PendingTensor& tensor : tensors) {
    const std::span<const std::byte> bytes = tensor.bytes();
    if (bytes.size() != ByteCount(tensor))
      throw Error(ErrorCode::kUsage,
                  fmt::format("{}: {} {} takes {} bytes, the tensor has {}.", tensor.name,
                              ElementTypeName(tensor.dtype), ShapeText(tensor.shape), ByteCount(tensor), bytes.size()));
    file.Append({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  file.Commit();
}

void WriteCheckpoint(const fs::path& folder, std::vector<PendingTensor> tensors, uint64_t max_shard_bytes) {
  CheckUnique(tensors);
  MakeFolder(folder);
  Json weight_map = Json::object();
  uint64_t total_size = 0;
  std::vector<fs::path> written;
  std::vector<std::vector<PendingTensor>> shards = SplitShards(std::move(tensors), max_shard_bytes);
  // An older index must not name a mixture of older and newer shards, should we be killed between two of them.
  if (shards.size() > 1) fs::remove(folder / kIndexName);
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string name = shards.size() == 1 ? "model.safetensors"
                                                : fmt::format("model-{:05}-of-{:05}.safetensors", i + 1, shards.size());
    for (const PendingTensor& tensor : shards[i]) {
      weight_map.get_ref<Json::object_t&>().emplace_back(tensor.name, name);
      total_size += ByteCount(tensor);
    }
    WriteSafetensors(folder / name, std::move(shards[i]));
    written.push_back(folder / name);
  }
  if (shards.size() > 1) {
    const Json index = {{"metadata", {{"total_size", total_size}}}, {"weight_map", weight_map}};
    WriteFileAtomic(folder / kIndexName, index.dump(2) + "\n");
    written.push_back(folder / kIndexName);
  }
  for (const fs::path& file : OtherWeightFiles(folder, written)) fs::remove(file);
}

}  // namespace lingshu
