// What a file of weights holds, for people and programs: `lingshu inspect`.
#pragma once

#include <filesystem>

#include "base/json.h"

namespace lingshu {

// A GGUF file, a safetensors file, or a model folder:
//   {"format": "gguf", "parameters": 1543714304, "bytes": 986048768, "types": {"Q4_K": {"tensors": 168, "bytes": …},
//   …},
//    "metadata": {"general.architecture": "qwen2vl", "tokenizer.ggml.tokens": "151936 strings", …},
//    "tensors": {"blk.0.attn_q.weight": {"dtype": "Q4_K", "shape": [1536, 1536], "bytes": 1327104}, …}}
// Long arrays are counted, not listed; a folder has "config" in place of "metadata". Throws what the readers throw.
Json InspectWeights(const std::filesystem::path& path);
// A folder, or a file that ends in .gguf or .safetensors.
bool IsWeights(const std::filesystem::path& path);

}  // namespace lingshu
