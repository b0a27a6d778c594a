// The header is known before the bytes are, so tensors stream to disk one by one.
#include "checkpoint/gguf_writer.h"

#include <bit>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "checkpoint/gguf.h"

namespace lingshu {
namespace {

constexpr uint64_t kAlignment = 32;

template <typename T>
void Put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}
void Put(std::string& out, const std::string& text) {
  Put(out, static_cast<uint64_t>(text.size()));
  out += text;
}

void PutWord(std::string& out, GgufType type, uint64_t word) {
  if (type == GgufType::kF32) return Put(out, static_cast<float>(std::bit_cast<double>(word)));
  out.append(reinterpret_cast<const char*>(&word), GgufTypeBytes(type));  // little-endian: the low bytes come first
}

void PutValue(std::string& out, const GgufValue& value) {
  Put(out, static_cast<uint32_t>(value.is_array ? GgufType::kArray : value.type));
  if (value.is_array) {
    Put(out, static_cast<uint32_t>(value.type));
    Put(out, value.size());
  }
  for (const uint64_t word : value.words) PutWord(out, value.type, word);
  for (const std::string& text : value.strings) Put(out, text);
}

uint64_t Padding(uint64_t at) { return (kAlignment - at % kAlignment) % kAlignment; }

void PutTensorInfo(std::string& out, const PendingGgufTensor& tensor, uint64_t offset) {
  Put(out, tensor.name);
  Put(out, static_cast<uint32_t>(tensor.shape.size()));
  for (auto size = tensor.shape.rbegin(); size != tensor.shape.rend(); ++size) Put(out, static_cast<uint64_t>(*size));
  Put(out, InfoOf(tensor.format).ggml_type);
  Put(out, offset);
}

std::string HeaderOf(const GgufMetadata& metadata, const std::vector<PendingGgufTensor>& tensors) {
  std::string out = "GGUF";
  Put(out, uint32_t{3});
  Put(out, static_cast<uint64_t>(tensors.size()));
  Put(out, static_cast<uint64_t>(metadata.entries().size()));
  for (const auto& [key, value] : metadata.entries()) {
    Put(out, key);
    PutValue(out, value);
  }
  uint64_t offset = 0;
  for (const PendingGgufTensor& tensor : tensors) {
    PutTensorInfo(out, tensor, offset);
    offset += GgufBytes(tensor.format, tensor.shape);
    offset += Padding(offset);
  }
  out.append(Padding(out.size()), '\0');
  return out;
}

}  // namespace

void WriteGguf(const fs::path& path, const GgufMetadata& metadata, const std::vector<PendingGgufTensor>& tensors) {
  CHECK(metadata.Find("general.alignment") == nullptr) << "the writer aligns to 32 bytes";
  std::set<std::string> names;
  for (const PendingGgufTensor& tensor : tensors) {
    if (!names.insert(tensor.name).second)
      throw Error(ErrorCode::kUsage, fmt::format("two tensors are named \"{}\".", tensor.name));
    if (tensor.name.empty() || tensor.name.size() > 63 || tensor.shape.empty() || tensor.shape.size() > 4)
      throw Error(ErrorCode::kUsage,
                  fmt::format("\"{}\": GGUF has names of 1 to 63 bytes and 1 to 4 dimensions.", tensor.name));
  }
  AtomicFile file(path);
  file.Append(HeaderOf(metadata, tensors));
  for (const PendingGgufTensor& tensor : tensors) {
    const std::span<const std::byte> bytes = tensor.bytes();
    if (bytes.size() != GgufBytes(tensor.format, tensor.shape))
      throw Error(ErrorCode::kUsage, fmt::format("{}: {} bytes expected, found {}.", tensor.name,
                                                 GgufBytes(tensor.format, tensor.shape), bytes.size()));
    file.Append({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    file.Append(std::string(Padding(bytes.size()), '\0'));
  }
  file.Commit();
}

}  // namespace lingshu
