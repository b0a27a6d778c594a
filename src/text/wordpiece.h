// WordPiece as BERT cuts text (Devlin et al. 2019): control characters out, ideographs and punctuation alone, optionally
// lower case without accents, then the longest pieces of the vocabulary from the left; "##" marks a piece inside a word.
//   "Pleural effusion." -> pleural e ##ffusion .
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace lingshu {

struct WordPieceConfig {
  bool should_lower = true;
  bool should_strip_accents = true;
  bool should_split_cjk = true;
  std::string unk_token = "[UNK]";
  std::string prefix = "##";
  int max_word_characters = 100;  // a longer word is unknown
};

// Const after construction; any thread may encode.
class WordPiece {
 public:
  // Throws Error(kCorrupt) naming `where` when the vocabulary lacks unk_token.
  WordPiece(std::unordered_map<std::string, int64_t> vocabulary, WordPieceConfig config, const std::string& where);

  // The words that the pieces are cut from.
  std::vector<std::string> Words(std::string_view text) const;
  std::vector<int64_t> Encode(std::string_view text) const;
  int64_t Find(const std::string& piece) const;  // -1 when absent

 private:
  void EncodeWord(const std::string& word, std::vector<int64_t>& ids) const;

  std::unordered_map<std::string, int64_t> vocabulary_;
  WordPieceConfig config_;
  int64_t unk_id_ = 0;
};

}  // namespace lingshu
