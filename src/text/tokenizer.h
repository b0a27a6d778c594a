// Byte-level BPE as in a Hugging Face tokenizer.json (Sennrich et al. 2016; Radford et al. 2019), and its trainer.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lingshu {

// Text that remembers who wrote it: control tokens are recognised in trusted text alone.
struct TextSegment {
  std::string text;
  bool is_trusted = false;
};

// The folder's Jinja template, empty when it has none, and the tokens that such templates name.
struct ChatTemplate {
  std::string source, bos_token, eos_token;
};

// Const after Load and safe to share between threads.
class Tokenizer {
 public:
  // Reads tokenizer.json, or vocab.json + merges.txt + tokenizer_config.json of an older folder.
  // Throws Error(kNotFound | kCorrupt | kUnsupported) naming file and key.
  static std::shared_ptr<const Tokenizer> Load(const std::filesystem::path& model_folder);
  virtual ~Tokenizer() = default;

  // Ids of plain text. Added tokens ("<|im_end|>") in the text are NOT recognised: user text never becomes control
  // tokens.
  virtual std::vector<int64_t> Encode(std::string_view text) const = 0;
  // Like Encode, but added tokens are recognised: for template text that we wrote ourselves.
  virtual std::vector<int64_t> EncodeTrusted(std::string_view text) const = 0;
  // Ids of segments as of one text: words merge across the seams, but an added token must lie within trusted text.
  virtual std::vector<int64_t> EncodeSegments(const std::vector<TextSegment>& segments) const;
  // Text of ids; special tokens are left out unless asked for. Invalid UTF-8 becomes U+FFFD. Ids beyond the
  // vocabulary (padding rows of the embedding) are empty.
  virtual std::string Decode(const std::vector<int64_t>& ids, bool should_keep_special = false) const = 0;
  // Raw bytes of one id (no UTF-8 repair): streaming decoders join these.
  virtual std::string Bytes(int64_t id) const = 0;
  // The id of an added token, or of a token as tokenizer.json writes it ("Ġthe"); -1 when absent.
  virtual int64_t Id(std::string_view token) const = 0;
  virtual bool IsSpecial(int64_t id) const = 0;
  virtual int64_t vocab_size() const = 0;  // highest id + 1
  virtual const ChatTemplate& chat_template() const;
};

// Trains byte-level BPE on `texts` and writes tokenizer.json and tokenizer_config.json (with the Qwen2.5-VL chat
// template and special tokens at the end of the vocabulary) into `model_folder`. Deterministic: ties break by the
// pair's bytes. REQUIRES: vocab_size >= 256 + the special tokens.
void TrainTokenizer(const std::map<std::string, int64_t>& text_counts, int64_t vocab_size,
                    const std::filesystem::path& model_folder);

}  // namespace lingshu
