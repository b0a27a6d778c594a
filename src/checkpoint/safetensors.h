// One safetensors file, memory-mapped; its header is hostile input.
//   u64 little-endian header length | JSON header, padded with spaces | tensor bytes
//   {"__metadata__": {"format": "pt"}, "w": {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}}
// Offsets count from the end of the header. As in the reference implementation (github.com/huggingface/safetensors):
// the header is at most 100 MB and starts with "{", names are unique, tensors lie without gap or overlap and end with
// the file, and every length is exactly that of shape × dtype.
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

#include "checkpoint/element_type.h"
#include "checkpoint/mapped_file.h"

namespace lingshu {

// A tensor in a mapped file, which outlives the view. Example: {"model.norm.weight", kBF16, [3584], 7168 bytes}
struct TensorView {
  std::string name;
  ElementType dtype = ElementType::kF32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;

  int64_t num_elements() const;
  // Our writer and the current reference writer align tensors to their elements; older files may not.
  bool is_aligned() const;
};

struct SafetensorsHeader {
  std::vector<TensorView> tensors;  // in the order of their bytes
  std::map<std::string, std::string> metadata;
};

// Parses a whole file in memory; the views point into `file`. `where` names it in errors.
// Throws Error(kCorrupt | kTooLarge | kUnsupported).
SafetensorsHeader ParseSafetensors(std::span<const std::byte> file, const std::string& where);

// Const after Open and shared by threads.
class SafetensorsFile {
 public:
  // Throws Error(kNotFound | kIo) and what ParseSafetensors throws.
  static SafetensorsFile Open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_.path(); }
  const std::vector<TensorView>& tensors() const { return header_.tensors; }
  const std::map<std::string, std::string>& metadata() const { return header_.metadata; }

  // Copies a tensor's bytes (MappedFile::Read). REQUIRES: tensor is of this file, out.size() == tensor.bytes.size().
  void Read(const TensorView& tensor, std::span<std::byte> out) const { file_.Read(tensor.bytes, out); }

 private:
  SafetensorsFile(MappedFile file, SafetensorsHeader header) : file_(std::move(file)), header_(std::move(header)) {}
  MappedFile file_;
  SafetensorsHeader header_;
};

}  // namespace lingshu
