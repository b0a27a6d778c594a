#include "score/targets.h"

#include <bit>
#include <cctype>

#include "base/strings.h"

namespace lingshu {
namespace {

// Words after a letter that show it to be a letter, not the article or the pronoun.
constexpr std::array<std::string_view, 22> kAfterLetter = {"because", "since", "as",  "and",   "or",     "is",      "due",   "for", "given", "not", "which",
                                                           "but",     "was",   "are", "with",  "best",   "would",   "seems", "fits", "rather", "if", "appears"};
constexpr std::array<std::string_view, 25> kNegations = {"not",    "no",      "never",   "isn't",    "isnt",    "doesn't",  "cannot",  "can't",   "without", "neither",  "nor",    "except", "excludes",
                                                         "exclude", "excluding", "unlike", "against", "excluded", "than", "instead",  "rejects", "wasn't", "aren't", "wrong", "incorrect"};


// Options of the same text cannot be told apart by it.
Target Unique(Target target) {
  target.is_conflict = std::popcount(target.letters) > 1;
  return target;
}

std::vector<std::string> WordsOf(const std::string& option) {
  const Reply plain = ReadPlain(option);
  std::vector<std::string> words;
  for (int i = 0; i < plain.num_words(); ++i) words.emplace_back(plain.Lower(i));
  if (words.size() > 1 && (words[0] == "a" || words[0] == "an" || words[0] == "the")) words.erase(words.begin());
  return words;
}

}  // namespace

TargetReader::TargetReader(const Reply& reply, const std::vector<std::string>& options, bool several_are_one)
    : reply_(reply),
      num_options_(options.empty() ? kMaxOptions : std::min<int>(static_cast<int>(options.size()), kMaxOptions)),
      several_are_one_(several_are_one) {
  options_.reserve(options.size());
  for (size_t i = 0; i < options.size() && i < kMaxOptions; ++i) options_.push_back(WordsOf(options[i]));
}

bool TargetReader::IsEndOfLine(int word) const {
  return word + 1 >= size() || reply_.Gap(word, word + 1).find('\n') != std::string_view::npos;
}

bool TargetReader::IsEndOfClause(int word) const {
  return word + 1 >= size() || reply_.Gap(word, word + 1).find_first_of(".,;:!?\n()") != std::string_view::npos;
}

bool TargetReader::IsArticle(int word) const { return At(word) == "a" || At(word) == "an" || At(word) == "the"; }

// The option of a word that is one letter and not part of "C-section" or "vitamin-c".
int TargetReader::LetterAt(int word) const {
  const std::string_view text = At(word);
  if (text.size() != 1 || text[0] < 'a' || text[0] >= 'a' + num_options_) return -1;
  const Word place = reply_.words[word];
  if (place.end + 1 < reply_.region.end && reply_.text[place.end] == '-' && std::isalnum(static_cast<unsigned char>(reply_.text[place.end + 1]))) return -1;
  if (place.begin - 2 >= reply_.region.begin && reply_.text[place.begin - 1] == '-' && std::isalnum(static_cast<unsigned char>(reply_.text[place.begin - 2]))) return -1;
  return text[0] - 'a';
}

// True for "a patient", "I think": a word of the language that only looks like a letter.
bool TargetReader::IsWordOfLanguage(int word) const {
  const char written = reply_.text[reply_.words[word].begin];
  const bool is_ambiguous = written >= 'a' || written == 'A' || written == 'I';
  if (!is_ambiguous || word + 1 >= size()) return false;
  const std::string_view gap = reply_.Gap(word, word + 1);
  if (gap.find_first_not_of(' ') != std::string_view::npos) return false;
  if (static_cast<unsigned char>(At(word + 1)[0]) >= 0x80) return false;
  const Target text = TextAt(word + 1);
  if (text.letters == 1u << LetterAt(word)) return false;
  return !IsOneOf(At(word + 1), kAfterLetter);
}

// The longest option whose words stand here; several bits when options share their text.
Target TargetReader::TextAt(int word) const {
  Target best{.begin = word, .end = word};
  const bool has_article = IsArticle(word) && word + 1 < size() && reply_.Gap(word, word + 1).find_first_not_of(' ') == std::string_view::npos;
  const int start = word + (has_article ? 1 : 0);
  for (size_t i = 0; i < options_.size(); ++i) {
    for (const int first : {start, word}) {
      const int end = EndOfMatch(options_[i], first);
      if (end < 0) continue;
      if (end > best.end) best.letters = 0, best.end = end;
      if (end == best.end) best.letters |= 1u << i;
      break;
    }
  }
  best.has_text = best.letters != 0;
  return best;
}

int TargetReader::EndOfMatch(const std::vector<std::string>& option, int word) const {
  if (option.empty() || word + static_cast<int>(option.size()) > size()) return -1;
  for (size_t k = 0; k < option.size(); ++k)
    if (At(word + static_cast<int>(k)) != option[k]) return -1;
  return word + static_cast<int>(option.size());
}

// "ABD" as one word; only for golds with several letters, or where the word is all there is.
uint32_t TargetReader::LetterRun(int word) const {
  uint32_t letters = 0;
  const Word place = reply_.words[word];
  if (place.end - place.begin < 2 || place.end - place.begin > num_options_) return 0;
  for (int i = place.begin; i < place.end; ++i) {
    const int letter = reply_.text[i] - 'A';
    if (letter < 0 || letter >= num_options_ || (letters & 1u << letter)) return 0;
    letters |= 1u << letter;
  }
  return letters;
}

// The choice that begins at this word: an option's text, a letter, or a letter with its text; and what it is joined to.
Target TargetReader::TargetAt(int word) const {
  Target target = SingleAt(word);
  while (target.letters != 0 && !target.is_conflict && target.end < size()) {
    const std::string_view gap = TrimAscii(reply_.Gap(target.end - 1, target.end));
    const std::string_view next = At(target.end);
    const bool is_word_join = gap.find_first_of(".;:\n") == std::string_view::npos && (next == "or" || next == "and" || next == "和" || next == "或" || next == "及" || next == "与");
    const bool is_sign_join = gap == "," || gap == "/" || gap == "&" || gap == "+";
    // "A, B and D": a comma or a conjunction, or both.
    const Target joined = is_word_join ? SingleAt(target.end + 1) : is_sign_join ? SingleAt(target.end) : Target{};
    if (joined.letters == 0 || joined.has_letter != target.has_letter) break;
    target.letters |= joined.letters;
    target.end = joined.end;
    target.is_conflict |= joined.is_conflict;
  }
  return target;
}

Target TargetReader::SingleAt(int word) const {
  if (word >= size()) return {};
  const Target text = TextAt(word);
  const int letter = LetterAt(word);
  if (text.letters != 0 && (letter < 0 || text.end > word + 1)) return Unique(text);
  if (letter < 0 || IsWordOfLanguage(word)) {
    const uint32_t run = several_are_one_ ? LetterRun(word) : 0;
    return run != 0 ? Target{.letters = run, .begin = word, .end = word + 1, .has_letter = true} : Target{};
  }
  Target target{.letters = 1u << letter, .begin = word, .end = word + 1, .has_letter = true};
  const std::string_view gap = reply_.Gap(word, word + 1);
  const Target named = word + 1 < size() && gap.find('\n') == std::string_view::npos ? TextAt(word + 1) : Target{};
  if (named.letters & target.letters) {
    target.end = named.end;
    target.has_text = true;
  } else if (named.letters != 0 && IsEndOfLine(named.end - 1)) {
    // "C. Radial nerve" when C is another text.
    target.end = named.end;
    target.is_conflict = TrimAscii(gap) != "," || IsEndOfClause(named.end - 1);
  }
  return target;
}

// True where the words around say that this is not the answer: "not A", "option A is incorrect", "A can be excluded".
bool TargetReader::IsNegated(const Target& target) const {
  for (int i = target.begin - 1; i >= 0 && i >= target.begin - 4; --i) {
    if (IsEndOfClause(i) || At(i) == "but") break;  // "not B but C"
    if (IsOneOf(At(i), kNegations)) return true;
  }
  if (target.begin > 0 && (At(target.begin - 1) == "不" || At(target.begin - 1) == "非")) return true;
  if (target.begin > 1 && At(target.begin - 2) == "不" && !IsEndOfClause(target.begin - 1)) return true;
  return IsDismissed(target.end);
}

bool TargetReader::IsDismissed(int word) const {
  static constexpr std::array<std::string_view, 9> kDismissals = {"incorrect", "wrong", "unlikely", "excluded", "false", "implausible", "rejected", "eliminated", "out"};
  for (int i = word; i < size() && i < word + 5; ++i) {
    if (IsEndOfClause(i - 1)) return false;
    const std::string_view text = At(i);
    if (i > word && TextAt(i).letters != 0) return false;  // what follows is about another option
    if (text == "not" && SingleAt(i + 1).letters != 0) return false;  // "C not B"
    if (text == "不" && At(i + 1) == "选") return false;  // "选C不选B"
    if (text == "because" || text == "since" || text == "as" || text == "and" || text == "while") return false;
    if (IsOneOf(text, kDismissals) || text == "not" || text == "cannot" || text == "isn't" || text == "doesn't" || text == "can't") return true;
    if (text == "less" && At(i + 1) == "likely") return true;
    if (text == "不" || text == "错" || (text == "排" && At(i + 1) == "除")) return true;
  }
  return false;
}

}  // namespace lingshu
