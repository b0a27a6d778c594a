// Unigram language model of SentencePiece (Kudo 2018, arXiv:1804.10959) as tokenizer.json holds it: the cut of a text
// into pieces whose log-probabilities have the largest sum; and the character map ("Precompiled") that goes before it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace lingshu {

// SentencePiece's compiled normalisation: a double-array trie over UTF-8 that points into a list of replacements.
//   u32 size of the trie in bytes | trie | replacements, each ended by a zero byte
class CharacterMap {
 public:
  CharacterMap() = default;  // changes nothing
  // Throws Error(kCorrupt) naming `where`.
  CharacterMap(std::string bytes, const std::string& where);
  std::string Apply(std::string_view text) const;

 private:
  // The replacement of exactly `text`, or null.
  const char* Find(std::string_view text) const;

  std::vector<uint32_t> trie_;
  std::string replacements_;
};

// Const after construction; any thread may encode.
class Unigram {
 public:
  // Throws Error(kCorrupt) naming `where` when unk_id is no row.
  Unigram(std::vector<std::pair<std::string, double>> pieces, int64_t unk_id, const std::string& where);

  // Appends the ids of one pre-token. What no piece covers is unk_id, neighbours as one.
  void Encode(std::string_view text, std::vector<int64_t>& ids) const;
  int64_t Find(std::string_view piece) const;  // -1 when absent
  const std::string& Piece(int64_t id) const { return pieces_[static_cast<size_t>(id)].first; }
  int64_t size() const { return static_cast<int64_t>(pieces_.size()); }

 private:
  std::vector<std::pair<std::string, double>> pieces_;
  std::unordered_map<std::string_view, int64_t> ids_;
  int64_t unk_id_ = 0;
  double unk_score_ = 0;
  size_t longest_ = 0;  // bytes of a piece
};

// Bytes of base64 text (RFC 4648). Throws Error(kCorrupt) naming `where`.
std::string DecodeBase64(std::string_view text, const std::string& where);

}  // namespace lingshu
