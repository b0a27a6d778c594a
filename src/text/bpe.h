// Byte-pair encoding of one piece of text (Sennrich et al. 2016, over bytes as in GPT-2): a vocabulary of byte strings
// and a ranked table of merges. The lowest rank merges first, the leftmost of equals.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lingshu {

// GPT-2 writes each byte as a printable character: 0x20 as Ġ (U+0120), 0x0A as Ċ, 'A' as itself.
// The bytes that such text stands for; false, and `bytes` is the text itself, when a character is none of the 256.
bool BytesOfPrintable(std::string_view text, std::string& bytes);
std::string PrintableOfBytes(std::string_view bytes);

// Byte strings numbered by id; gaps are allowed.
class Vocabulary {
 public:
  // REQUIRES: id in [0, kMaxTokens).   False when the id or the string is taken.
  bool Add(std::string_view bytes, int32_t id);
  int32_t Find(std::string_view bytes) const;  // -1 when absent
  std::string_view Bytes(int32_t id) const;    // empty when absent; valid until the next Add
  bool Has(int32_t id) const {
    return id >= 0 && static_cast<size_t>(id) < spans_.size() && spans_[static_cast<size_t>(id)].length >= 0;
  }
  int32_t size() const { return static_cast<int32_t>(spans_.size()); }  // highest id + 1

  static constexpr int32_t kMaxTokens = 1 << 24;

 private:
  struct Span {
    uint32_t begin = 0;
    int32_t length = -1;
  };
  size_t Slot(std::string_view bytes) const;
  void Grow();

  std::string arena_;
  std::vector<Span> spans_;
  std::vector<int32_t> slots_;  // open addressing, -1 free, at most half full
  size_t count_ = 0;
};

// Const after the last AddMerge; shared by threads.
class Bpe {
 public:
  // should_ignore_merges: a piece that is a token as a whole is taken whole.
  // Throws Error(kUnsupported) when one of the 256 bytes is no token: such text could not be encoded.
  Bpe(Vocabulary vocabulary, bool should_ignore_merges, const std::string& where);

  // Rank is the order of calls. A pair that is given twice keeps its last rank, as the `tokenizers` package does.
  void AddMerge(int32_t left, int32_t right, int32_t merged);

  // Appends the ids of one piece.
  void Encode(std::string_view piece, std::vector<int64_t>& ids) const;

  const Vocabulary& vocabulary() const { return vocabulary_; }
  // Pairs of ids in order of rank.
  std::vector<std::pair<int32_t, int32_t>> merges() const;

 private:
  struct Merge {
    uint64_t pair = kNoPair;
    int32_t rank = kNoRank;
    int32_t merged = -1;
  };
  static constexpr uint64_t kNoPair = ~uint64_t{0};
  static constexpr int32_t kNoRank = 0x7FFFFFFF;
  static uint64_t Key(int32_t left, int32_t right) {
    return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  }
  size_t Slot(uint64_t pair) const;
  Merge Find(int32_t left, int32_t right) const { return merges_[Slot(Key(left, right))]; }
  void EncodeShort(std::string_view piece, std::vector<int64_t>& ids) const;
  void EncodeLong(std::string_view piece, std::vector<int64_t>& ids) const;

  Vocabulary vocabulary_;
  std::vector<Merge> merges_;  // open addressing, at most half full
  size_t num_merges_ = 0;      // distinct pairs
  int32_t next_rank_ = 0;
  bool should_ignore_merges_ = false;
  int32_t byte_ids_[256];
};

}  // namespace lingshu
