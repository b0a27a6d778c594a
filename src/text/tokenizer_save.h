// Writes tokenizer files that transformers, tokenizers and we ourselves read.
#pragma once

#include <filesystem>
#include <utility>
#include <vector>

#include "text/bpe.h"

namespace lingshu {

// tokenizer.json, tokenizer_config.json and chat_template.json with Qwen2's normalizer and pattern and with
// Qwen2.5-VL's template and added tokens, whose ids follow the vocabulary. Merges are pairs of ids in order of rank.
void SaveQwenVlTokenizer(const Vocabulary& vocabulary, const std::vector<std::pair<int32_t, int32_t>>& merges,
                         const std::filesystem::path& model_folder);

}  // namespace lingshu
