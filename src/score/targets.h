// Targets: what a word of a reply could mean as a choice, seen with its neighbours: an option's letter, an option's text, or
// both; what it is joined to ("A or C"), and whether it is denied ("not A", "A can be excluded"). The eyes of choice.cc.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "score/reply.h"

namespace lingshu {

inline constexpr int kMaxOptions = 26;

template <size_t N>
bool IsOneOf(std::string_view word, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// letters: bit i is option i; 0 when there is no choice here. Words [begin, end) of the reply.
struct Target {
  uint32_t letters = 0;
  int begin = 0, end = 0;
  bool has_letter = false, has_text = false;
  bool is_conflict = false;  // the letter of one option with the text of another, or a text that two options share
};

// The reply must outlive the reader.
class TargetReader {
 public:
  // Without options every letter from A to Z is one. With several_are_one "ABD" is a choice.
  TargetReader(const Reply& reply, const std::vector<std::string>& options, bool several_are_one);

  int size() const { return reply_.num_words(); }
  const Reply& reply() const { return reply_; }
  std::string_view At(int word) const { return word >= 0 && word < size() ? reply_.Lower(word) : std::string_view(); }
  bool IsEndOfLine(int word) const;
  bool IsEndOfClause(int word) const;
  bool IsArticle(int word) const;
  bool IsCapital(int word) const { return reply_.text[reply_.words[word].begin] < 'a'; }

  // The option of a word that is one letter and not part of "C-section"; -1 for any other.
  int LetterAt(int word) const;
  // True for "a patient", "I think": a letter that is a word of the language here.  REQUIRES: LetterAt(word) >= 0.
  bool IsWordOfLanguage(int word) const;
  // The longest option whose words stand here; several bits when options share their text.
  Target TextAt(int word) const;
  // The letters of a word like "ABD", 0 for any other.
  uint32_t LetterRun(int word) const;
  // The choice that begins here, with all that it is joined to.
  Target TargetAt(int word) const;
  // True where the words around say that this is not the answer.
  bool IsNegated(const Target& target) const;

 private:
  int EndOfMatch(const std::vector<std::string>& option, int word) const;
  Target SingleAt(int word) const;
  bool IsDismissed(int word) const;

  const Reply& reply_;
  std::vector<std::vector<std::string>> options_;
  int num_options_;
  bool several_are_one_;
};

}  // namespace lingshu
