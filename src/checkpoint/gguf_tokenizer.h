// The tokenizer inside a GGUF file, as llama.cpp keeps byte-level BPE: model "gpt2" with the pre-tokenizer "qwen2".
//   tokenizer.ggml.tokens      one string per id, in GPT-2's printable form; ids without a token are "[PAD151700]"
//   tokenizer.ggml.token_type  1 normal, 3 control, 4 added but not control, 5 unused
//   tokenizer.ggml.merges      "Ġ t", in order of rank
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/gguf_value.h"
#include "text/tokenizer.h"

namespace lingshu {

enum class GgufTokenType : int64_t {
  kNormal = 1,
  kUnknown = 2,
  kControl = 3,
  kUserDefined = 4,
  kUnused = 5,
  kByte = 6
};

struct GgufTokenizer {
  std::vector<std::string> tokens;
  std::vector<int64_t> token_types;
  std::vector<std::string> merges;
  std::string chat_template;

  int64_t Id(std::string_view token) const;  // -1 when absent
  bool operator==(const GgufTokenizer&) const = default;
};

// The tokenizer of a Hugging Face folder with exactly vocab_size tokens. Throws what text/tokenizer_file.h does, and
// Error(kCorrupt) when the tokenizer has more tokens than the model has rows.
GgufTokenizer ReadGgufTokenizer(const std::filesystem::path& model_folder, int64_t vocab_size);

void AddTokenizer(const GgufTokenizer& tokenizer, GgufMetadata& metadata);
// Throws Error(kUnsupported) for another kind of tokenizer, Error(kCorrupt) when lists contradict each other.
GgufTokenizer TokenizerOf(const GgufMetadata& metadata);
// The file's tokenizer and chat template, ready for use; unused ids are no tokens.
std::shared_ptr<const Tokenizer> LoadGgufTokenizer(const GgufMetadata& metadata);

}  // namespace lingshu
