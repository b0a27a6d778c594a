// One GGUF file (github.com/ggml-org/ggml, docs/gguf.md), version 3, memory-mapped; its header is hostile input.
//   "GGUF" | u32 version | u64 tensors | u64 values | values | tensor infos | padding | data
//   value: string key | u32 type | payload     string: u64 length | bytes     array: u32 type | u64 count | items
//   tensor info: string name | u32 dimensions | u64 sizes, fastest first | u32 type | u64 offset into the data
// Data begins, and every tensor begins, on a multiple of general.alignment (32 when absent). As ggml does it, tensors
// lie one behind the other in the order of their infos, each padded. Version 2 has the same layout and is read as well.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checkpoint/gguf_value.h"
#include "checkpoint/mapped_file.h"
#include "kernels/block_format.h"

namespace lingshu {

// A tensor in a mapped file, which outlives the view; rows are the last dimension.
// Example: {"blk.0.attn_q.weight", kQ4_K, [1536, 1536], 1327104 bytes}
struct GgufTensor {
  std::string name;
  BlockFormat format = BlockFormat::kF32;
  std::vector<int64_t> shape;  // slowest first, as everywhere in this program: the file has them the other way round
  std::span<const std::byte> bytes;

  int64_t num_elements() const;
};

struct GgufHeader {
  GgufMetadata metadata;
  std::vector<GgufTensor> tensors;  // in the order of their bytes
};

// Parses a whole file in memory; the views point into `file`. `where` names it in errors.
// Throws Error(kCorrupt | kTooLarge | kUnsupported).
GgufHeader ParseGguf(std::span<const std::byte> file, const std::string& where);

// Bytes of a tensor. Throws Error(kUsage) when its rows are no whole blocks or the product overflows.
uint64_t GgufBytes(BlockFormat format, const std::vector<int64_t>& shape);

// Const after Open and shared by threads.
class GgufFile {
 public:
  // Throws Error(kNotFound | kIo) and what ParseGguf throws.
  static GgufFile Open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_.path(); }
  const GgufMetadata& metadata() const { return header_.metadata; }
  const std::vector<GgufTensor>& tensors() const { return header_.tensors; }
  const GgufTensor* Find(std::string_view name) const;  // null when absent
  // Copies a part of a tensor's bytes (MappedFile::Read).
  void Read(std::span<const std::byte> part, std::span<std::byte> out) const { file_.Read(part, out); }

 private:
  GgufFile(MappedFile file, GgufHeader header);
  MappedFile file_;
  GgufHeader header_;
  std::map<std::string, size_t, std::less<>> by_name_;
};

}  // namespace lingshu
