// Sampling of weight files for a fingerprint.
#include "checkpoint/fingerprint.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"

namespace lingshu {
namespace {

constexpr uint64_t kHead = 1 << 20, kBlock = 1 << 16, kStride = 8 << 20;

std::string HashOf(const fs::path& file) {
  const uint64_t size = fs::file_size(file);
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(ErrorCode::kIo, fmt::format("cannot read {}.", file.string()));
  std::string hashes = fmt::format("{} {}", file.filename().string(), size), bytes;
  for (uint64_t at = 0; at < size; at += at == 0 && size <= kStride ? size : kStride) {
    bytes.resize(std::min(size - at, size <= kStride ? size : at == 0 ? kHead : kBlock));
    in.seekg(static_cast<std::streamoff>(at));
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    if (!in) throw Error(ErrorCode::kIo, fmt::format("cannot read {}.", file.string()));
    hashes += ' ' + Sha256Hex(bytes);
  }
  return Sha256Hex(hashes);
}

}  // namespace

std::string ModelFingerprint(const fs::path& model) {
  std::string hashes;
  if (!fs::is_directory(model)) {
    hashes = HashOf(model);
  } else {
    for (const fs::path& file : ListFiles(model, {".json", ".safetensors", ".txt", ".jinja", ".gguf"})) hashes += HashOf(file) + "\n";
    if (hashes.empty()) throw Error(ErrorCode::kNotFound, fmt::format("{}: expected a model's files, found none.", model.string()));
  }
  return Sha256Hex(hashes).substr(0, 12);
}

}  // namespace lingshu
