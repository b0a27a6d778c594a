// Reply: a model's words made comparable. Width, quotes and dashes are folded, markup is blanked, words are found, and every
// byte keeps its place in the original, so that a score can point at what it read.
//   "**Answer:** Ｃ<|im_end|>"  ->  text "  Answer:   C          ", words {answer, c}
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lingshu {

// Bytes [begin, end) of Reply::text.
struct Word {
  int begin = 0, end = 0;
};

// A stretch of the reply that holds the answer, and how it was found.
struct Region {
  int begin = 0, end = 0;
  const char* rule = "reply";  // "boxed", "answer_tag", "after_think", "reply"
  bool is_conflict = false;    // two marked answers side by side: "\boxed{A} or \boxed{B}"
};

struct Reply {
  std::string text;         // folded; markup is blank; case as written
  std::string lower;        // text in lower case, byte for byte as long
  std::vector<int> origin;  // byte of the original for each byte of text, plus the end; empty when they are the same
  std::vector<Word> words;  // of the region, in order; a CJK character is a word by itself
  Region region;

  std::string_view Lower(int word) const { return std::string_view(lower).substr(words[word].begin, words[word].end - words[word].begin); }
  // What stands between two neighbouring words (or the region's edges).
  std::string_view Gap(int before, int after) const;
  int OriginOf(int byte) const { return origin.empty() ? byte : origin[byte]; }
  int num_words() const { return static_cast<int>(words.size()); }
};

// Reads a reply: the region is what follows the last </think>, in it the last closed \boxed{…}, else the last <answer>.
Reply ReadReply(std::string_view response);
// Folds a text that holds no markup (an option, a gold answer); the region is all of it.
Reply ReadPlain(std::string_view text);

// Width, quotes, dashes and CJK punctuation as ASCII; case kept. `origin` as in Reply, filled only for non-ASCII text.
std::string FoldWidth(std::string_view text, std::vector<int>* origin);
// Lower case of the same length: ASCII, full-width, Latin-1, Greek and Cyrillic.
std::string LowerSameLength(std::string text);

}  // namespace lingshu
