// Reads the tokenizer files of a Hugging Face folder into the parts of a byte-level BPE tokenizer.
//   tokenizer.json   {"added_tokens": [{"id": 151645, "content": "<|im_end|>", "special": true, …}], "normalizer":
//   {"type": "NFC"},
//                     "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", …}, {"type":
//                     "ByteLevel", …}]}, "decoder": {"type": "ByteLevel"}, "model": {"type": "BPE", "vocab": {"!": 0,
//                     …}, "merges": ["Ġ Ġ", …]}}
//   older folders    vocab.json, merges.txt, tokenizer_config.json
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "text/added_tokens.h"
#include "text/bpe.h"
#include "text/tokenizer.h"

namespace lingshu {

struct SplitStep {
  std::string pattern;
  bool should_drop_gaps = false;
};

struct TokenizerFile {
  std::string where;  // the file, for errors
  Bpe bpe;
  AddedTokens added;
  std::vector<SplitStep> splits;  // each cuts the pieces of the one before
  bool has_nfc = false;
  bool has_prefix_space = false;  // a space goes before text that has none
  ChatTemplate chat_template;
};

// Throws Error(kNotFound) when the folder has neither form, Error(kCorrupt) for what contradicts itself,
// Error(kUnsupported) naming a component that is not byte-level BPE, Error(kTooLarge) beyond 256 MiB or 2^24 tokens.
TokenizerFile ReadTokenizerFile(const std::filesystem::path& model_folder);

// A Qwen2 tokenizer from lists, as GGUF files hold it: the printable form of each id's bytes ("" for none) and merges "Ġ t"
// in order of rank. Throws Error(kCorrupt) for what contradicts itself.
struct TokenLists {
  std::vector<std::string> tokens, merges;
  std::vector<AddedToken> added;
  ChatTemplate chat_template;
};
TokenizerFile MakeQwen2Tokenizer(TokenLists lists, const std::string& where);

std::shared_ptr<const Tokenizer> MakeTokenizer(TokenizerFile file);

}  // namespace lingshu
