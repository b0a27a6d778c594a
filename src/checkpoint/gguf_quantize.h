// A Hugging Face folder as a pair of GGUF files, for us and for llama.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "checkpoint/gguf_names.h"
#include "kernels/block_format.h"

namespace lingshu {

// Which format each matrix gets. Norms, biases and the patch embedding stay F32. With Q4_0 and Q4_K the output matrix
// (or the embedding, when tied) is Q6_K, as in llama.cpp. Q4_K_M also spends Q6_K on attn_v and ffn_down of the first
// and last eighth of the layers and every third between (llama.cpp's use_more_bits). Rows that are no whole blocks fall
// back: 256 to Q8_0, 32 to F16.
struct QuantizeRecipe {
  std::string name;  // "Q4_K_M"
  BlockFormat format = BlockFormat::kQ4_K;
  bool is_mixed = false;
  int64_t file_type = 0;  // general.file_type
};
const std::vector<QuantizeRecipe>& QuantizeRecipes();               // F32 F16 BF16 Q8_0 Q6_K Q4_0 Q4_K Q4_K_M
const QuantizeRecipe& FindQuantizeRecipe(const std::string& name);  // throws Error(kUsage) listing the known ones
// What goes with a language model when nothing else is asked: 4-bit weights cost the vision tower more than they save, as it is
// small, so beside quantized ones it is Q8_0.
const QuantizeRecipe& VisionRecipeFor(const QuantizeRecipe& language);

BlockFormat FormatOfPart(const GgufPart& part, const QuantizeRecipe& recipe, const ModelConfig& config);

struct QuantizePair {
  std::filesystem::path model_folder;      // config.json, weights, tokenizer
  std::filesystem::path language, vision;  // files to write
  QuantizeRecipe language_recipe, vision_recipe;
  std::string name;  // general.name
  // Called after each tensor with the bytes written so far and in total, of both files.
  std::function<void(uint64_t done, uint64_t total)> progress;
};
// One tensor at a time, rows in parallel; the same bytes for every number of threads.
// Throws what Checkpoint::Open and LoadModelConfig do, Error(kNonFinite) naming a tensor, Error(kNoSpace | kIo).
void QuantizeToGguf(const QuantizePair& pair);

}  // namespace lingshu
