// Writes GGUF version 3 (gguf.h): same values and tensors, same bytes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "checkpoint/gguf_value.h"
#include "kernels/block_format.h"

namespace lingshu {

// A tensor to be written, shape slowest first. `bytes` is called once, when its turn comes; what it returns need only
// live until the next call, so a quantized model is never in memory as a whole.
struct PendingGgufTensor {
  std::string name;
  BlockFormat format = BlockFormat::kF32;
  std::vector<int64_t> shape;
  std::function<std::span<const std::byte>()> bytes;
};

// Through a temporary file and a rename. Throws Error(kUsage) on duplicate names, names of 64 bytes or more (which ggml
// does not read), a tensor whose bytes do not fit its shape; Error(kNoSpace | kIo).
void WriteGguf(const std::filesystem::path& path, const GgufMetadata& metadata,
               const std::vector<PendingGgufTensor>& tensors);

}  // namespace lingshu
