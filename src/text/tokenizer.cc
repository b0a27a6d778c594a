// Text to ids: added tokens (trusted text only), NFC, pre-tokenization, BPE; ids to text by joining their bytes.
#include "text/tokenizer.h"

#include <algorithm>
#include <atomic>

#include <fmt/format.h>

#include "base/error.h"
#include "text/split.h"
#include "text/tokenizer_file.h"
#include "text/unicode.h"
#include "text/word_cache.h"

namespace lingshu {
namespace {

class ByteLevelTokenizer final : public Tokenizer {
 public:
  explicit ByteLevelTokenizer(TokenizerFile file) : file_(std::move(file)) {
    static std::atomic<uint32_t> last_number{0};
    number_ = ++last_number;
    is_qwen2_ = file_.splits.size() == 1 && file_.splits[0].pattern == kQwen2Pattern;
    if (!is_qwen2_)
      for (const SplitStep& step : file_.splits) splitters_.emplace_back(step.pattern, file_.where);
    vocab_size_ = file_.bpe.vocabulary().size();
    for (const AddedToken& token : file_.added.tokens()) vocab_size_ = std::max(vocab_size_, token.id + 1);
  }

  std::vector<int64_t> Encode(std::string_view text) const override {
    std::vector<int64_t> ids;
    EncodePlain(text, ids);
    return ids;
  }

  std::vector<int64_t> EncodeTrusted(std::string_view text) const override {
    return EncodeSegments({{std::string(text), /*is_trusted=*/true}});
  }

  std::vector<int64_t> EncodeSegments(const std::vector<TextSegment>& segments) const override {
    std::vector<int64_t> ids;
    std::string plain;
    for (size_t i = 0; i < segments.size();) {
      if (!segments[i].is_trusted) {
        plain += segments[i++].text;
        continue;
      }
      std::string trusted;
      for (; i < segments.size() && segments[i].is_trusted; ++i) trusted += segments[i].text;
      size_t done = 0;
      for (const AddedTokens::Match& match : file_.added.FindAll(trusted = RepairUtf8(trusted))) {
        plain.append(trusted, done, match.begin - done);
        EncodePlain(plain, ids);
        plain.clear();
        ids.push_back(match.id);
        done = match.end;
      }
      plain.append(trusted, done);
    }
    EncodePlain(plain, ids);
    return ids;
  }

  std::string Decode(const std::vector<int64_t>& ids, bool should_keep_special) const override {
    std::string bytes;
    for (const int64_t id : ids)
      if (should_keep_special || !IsSpecial(id)) bytes += Bytes(id);
    return RepairUtf8(bytes);
  }

  std::string Bytes(int64_t id) const override {
    if (const AddedToken* token = file_.added.ById(id)) return token->content;
    return id < 0 || id >= vocab_size_ ? std::string()
                                       : std::string(file_.bpe.vocabulary().Bytes(static_cast<int32_t>(id)));
  }

  int64_t Id(std::string_view token) const override {
    if (const int64_t id = file_.added.Id(token); id >= 0) return id;
    std::string bytes;
    BytesOfPrintable(token, bytes);
    return file_.bpe.vocabulary().Find(bytes);
  }

  bool IsSpecial(int64_t id) const override {
    const AddedToken* token = file_.added.ById(id);
    return token && token->is_special;
  }

  int64_t vocab_size() const override { return vocab_size_; }
  const ChatTemplate& chat_template() const override { return file_.chat_template; }

 private:
  void EncodePlain(std::string_view text, std::vector<int64_t>& ids) const {
    constexpr size_t kMaxBytes = size_t{1} << 30;
    if (text.size() > kMaxBytes)
      throw Error(ErrorCode::kTooLarge,
                  fmt::format("a text of {} bytes; at most 1 GiB is encoded at once.", text.size()));
    if (text.empty()) return;
    std::string changed;
    if (!IsValidUtf8(text)) text = changed = RepairUtf8(text);
    if (file_.has_nfc && !IsNfcForTokens(text)) text = changed = NfcForTokens(text);
    if (file_.has_prefix_space && text[0] != ' ') text = changed = " " + std::string(text);
    ids.reserve(ids.size() + text.size() / 3);
    WordCache& cache = WordCache::OfThread();
    for (const std::string_view piece : Split(text)) EncodePiece(piece, cache, ids);
  }

  std::vector<std::string_view> Split(std::string_view text) const {
    std::vector<std::string_view> pieces;
    pieces.reserve(text.size() / 4 + 8);
    if (is_qwen2_) {
      SplitQwen2(text, pieces);
      return pieces;
    }
    pieces.push_back(text);
    for (size_t i = 0; i < splitters_.size(); ++i) {
      std::vector<std::string_view> finer;
      for (const std::string_view piece : pieces) splitters_[i].Split(piece, file_.splits[i].should_drop_gaps, finer);
      pieces = std::move(finer);
    }
    return pieces;
  }

  void EncodePiece(std::string_view piece, WordCache& cache, std::vector<int64_t>& ids) const {
    if (!WordCache::Fits(piece)) return file_.bpe.Encode(piece, ids);
    WordCache::Entry& entry = cache.At(piece);
    if (entry.Holds(number_, piece)) {
      ids.insert(ids.end(), entry.ids, entry.ids + entry.count);
      return;
    }
    const size_t before = ids.size();
    file_.bpe.Encode(piece, ids);
    const size_t count = ids.size() - before;
    if (count > std::size(entry.ids)) return;
    entry.owner = number_;
    entry.length = static_cast<uint8_t>(piece.size());
    entry.count = static_cast<uint8_t>(count);
    std::copy(piece.begin(), piece.end(), entry.piece);
    std::copy(ids.begin() + static_cast<std::ptrdiff_t>(before), ids.end(), entry.ids);
  }

  TokenizerFile file_;
  std::vector<RegexSplitter> splitters_;  // empty when is_qwen2_
  bool is_qwen2_ = false;
  uint32_t number_ = 0;  // unlike an address, never given twice: the word cache outlives us
  int64_t vocab_size_ = 0;
};

}  // namespace

std::shared_ptr<const Tokenizer> Tokenizer::Load(const std::filesystem::path& model_folder) {
  return MakeTokenizer(ReadTokenizerFile(model_folder));
}

std::shared_ptr<const Tokenizer> MakeTokenizer(TokenizerFile file) {
  return std::make_shared<ByteLevelTokenizer>(std::move(file));
}

std::vector<int64_t> Tokenizer::EncodeSegments(const std::vector<TextSegment>& segments) const {
  std::vector<int64_t> ids;
  for (const TextSegment& segment : segments) {
    const std::vector<int64_t> part = segment.is_trusted ? EncodeTrusted(segment.text) : Encode(segment.text);
    ids.insert(ids.end(), part.begin(), part.end());
  }
  return ids;
}

const ChatTemplate& Tokenizer::chat_template() const {
  static const ChatTemplate none;
  return none;
}

}  // namespace lingshu
