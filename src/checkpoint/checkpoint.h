// Checkpoint: the weights of a Hugging Face folder, one file or shards with an index, under their released names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/safetensors.h"
#include "checkpoint/tensors.h"

namespace lingshu {

// Const after Open and shared by threads; owns the mappings that its views point into.
class Checkpoint {
 public:
  // Opens model.safetensors.index.json with its shards, or else model.safetensors. Names of the nested form
  // (model.language_model.*, model.visual.*) are turned into the released ones.
  // Throws Error(kNotFound) listing every absent shard, Error(kCorrupt) when index and shards disagree or a shard's
  // name would leave the folder, and what SafetensorsFile::Open throws.
  static Checkpoint Open(const std::filesystem::path& folder);

  // By released name; null when absent.
  const TensorView* Find(std::string_view name) const;
  std::vector<std::string> names() const;  // sorted
  int64_t num_elements() const;            // over all tensors

  // Copies one tensor's bytes without touching the mapping (see SafetensorsFile::Read).
  // REQUIRES: out.size() == Find(name)->bytes.size().   Throws Error(kNotFound | kIo | kCorrupt).
  void Read(std::string_view name, std::span<std::byte> out) const;
  // The same for out.size() bytes from `offset` on. REQUIRES: they lie within the tensor.
  void ReadPart(std::string_view name, uint64_t offset, std::span<std::byte> out) const;

  // Throws one Error(kCorrupt) that lists all missing, extra, misshapen and mistyped tensors, and with them those of the rest
  // that hold NaN or Inf. Values are not looked at when nothing else is wrong: whoever loads them does that.
  void CheckTensors(const std::vector<TensorSpec>& expected) const;

 private:
  struct Place {
    size_t file = 0;
    TensorView view;  // under its released name
  };
  void AddShards(const std::map<std::string, std::string>& shard_of);
  void AddFile(SafetensorsFile file);
  bool IsFinite(std::string_view name) const;
  std::filesystem::path folder_;
  std::vector<SafetensorsFile> files_;
  std::map<std::string, Place, std::less<>> places_;
};

}  // namespace lingshu
