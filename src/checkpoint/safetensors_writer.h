// Writes safetensors: same tensors, same bytes. Inside a file wide elements come first, then names in order, so that
// every tensor is aligned to its elements (the order of the reference writer).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/element_type.h"

namespace lingshu {

// A tensor to be written. `bytes` is called once, when its turn comes; what it returns need only live until the next
// call, so a sharded or converted model is never in memory twice.
struct PendingTensor {
  std::string name;
  ElementType dtype = ElementType::kF32;
  std::vector<int64_t> shape;
  std::function<std::span<const std::byte>()> bytes;
};

// Writes one file through a temporary one and a rename: readers and mappings of an older file of that name stay whole.
// Throws Error(kUsage) on duplicate names or a tensor whose bytes do not fit its shape, Error(kNoSpace | kIo).
void WriteSafetensors(const std::filesystem::path& path, std::vector<PendingTensor> tensors,
                      const std::map<std::string, std::string>& metadata = {{"format", "pt"}});

// Writes a model folder's weights: model.safetensors when they fit max_shard_bytes, else
// model-00001-of-0000N.safetensors with model.safetensors.index.json, which is written last. Weights of an earlier save
// in `folder` are removed.
void WriteCheckpoint(const std::filesystem::path& folder, std::vector<PendingTensor> tensors,
                     uint64_t max_shard_bytes = uint64_t{5} << 30);

}  // namespace lingshu
