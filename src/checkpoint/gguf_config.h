// ModelConfig as metadata of a GGUF pair and back. Keys are llama.cpp's (qwen2vl.block_count, clip.vision.n_wa_pattern,
// …); what they cannot say (window_size, ids, limits, …) is in one string of our own, "lingshu.config", which llama.cpp
// ignores and which files of others lack.
#pragma once

#include <string>

#include "checkpoint/config.h"
#include "checkpoint/gguf.h"
#include "checkpoint/gguf_tokenizer.h"

namespace lingshu {

// `name` is general.name, shown to people; `file_type` is ggml's number of the main format (FileTypeOf).
GgufMetadata LanguageMetadata(const ModelConfig& config, const GgufTokenizer& tokenizer, const std::string& name,
                              int64_t file_type);
GgufMetadata VisionMetadata(const ModelConfig& config, const std::string& name, int64_t file_type);
int64_t FileTypeOf(BlockFormat format);  // llama_ftype: F32 0, F16 1, Q4_0 2, Q8_0 7, Q4_K 14 (small), Q6_K 18, BF16 32

// Reads both files; null for a language model without its mmproj, whose vision is then the released models' and unused. With "lingshu.config" every other key must agree with it; without, what is absent keeps the values
// of the released Qwen2.5-VL models, and ids are found by the names of their tokens. Throws Error(kUnsupported) for
// another architecture or projector, Error(kCorrupt) for contradictions, Error(kUsage) for numbers out of range.
ModelConfig GgufModelConfig(const GgufFile& language, const GgufFile* vision);

}  // namespace lingshu
