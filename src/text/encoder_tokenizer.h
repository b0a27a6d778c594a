// The tokenizer of an encoder's folder: BERT's WordPiece, RoBERTa's byte-level BPE or DeBERTa-v3's Unigram, with the
// special tokens that the model expects around a text.
//   "Clear lungs." -> [CLS] clear lungs . [SEP]
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lingshu {

// Const after Load; any thread may encode.
class EncoderTokenizer {
 public:
  // Reads tokenizer.json, or vocab.txt (WordPiece) with tokenizer_config.json.
  // Throws Error(kNotFound | kCorrupt | kUnsupported) naming file and key.
  static std::unique_ptr<const EncoderTokenizer> Load(const std::filesystem::path& folder);
  virtual ~EncoderTokenizer() = default;

  // Ids of the text alone. Text that looks like a special token stays text.
  virtual std::vector<int64_t> EncodeText(std::string_view text) const = 0;
  // The text of ids, as convert_tokens_to_string joins the pieces of a word.
  virtual std::string Join(const std::vector<int64_t>& ids) const = 0;

  // first + text + last, the text cut so that all have at most max_tokens. REQUIRES: max_tokens >= 2.
  std::vector<int64_t> Encode(std::string_view text, int64_t max_tokens) const;

  int64_t first() const { return first_; }  // [CLS], <s>
  int64_t last() const { return last_; }    // [SEP], </s>

 protected:
  int64_t first_ = 0, last_ = 0;
};

}  // namespace lingshu
