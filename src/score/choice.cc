#include "score/choice.h"

#include <algorithm>
#include <array>
#include <bit>

#include "base/strings.h"

namespace lingshu {
namespace {

constexpr int kMaxOptions = 26;

template <size_t N>
bool IsOneOf(std::string_view word, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

// Words that may stand between "answer" and the choice.
constexpr std::array<std::string_view, 43> kFillers = {
    "is",     "was",     "are",   "be",      "would",   "should", "will",   "must", "likely", "most",   "probably", "therefore", "thus", "hence", "clearly",
    "best",   "correct", "final", "option",  "choice",  "letter", "choose", "to",   "this",   "question", "here",   "again",     "so",   "the",   "answer",
    "right",  "true",    "i",     "definitely", "as",   "follows", "answers", "both", "either", "appropriate", "accurate", "in", "form"};
constexpr std::array<std::string_view, 12> kChineseFillers = {"是", "为", "应", "该", "选", "项", "择", "案", "答", "的", "正", "确"};
// Words after a letter that show it to be a letter, not the article or the pronoun.
constexpr std::array<std::string_view, 22> kAfterLetter = {"because", "since", "as",  "and",   "or",     "is",      "due",   "for", "given", "not", "which",
                                                           "but",     "was",   "are", "with",  "best",   "would",   "seems", "fits", "rather", "if", "appears"};
constexpr std::array<std::string_view, 25> kNegations = {"not",    "no",      "never",   "isn't",    "isnt",    "doesn't",  "cannot",  "can't",   "without", "neither",  "nor",    "except", "excludes",
                                                         "exclude", "excluding", "unlike", "against", "excluded", "than", "instead",  "rejects", "wasn't", "aren't", "wrong", "incorrect"};

class ChoiceReader {
 public:
  ChoiceReader(const Reply& reply, const std::vector<std::string>& options, bool several_are_one)
      : reply_(reply), num_options_(options.empty() ? kMaxOptions : std::min<int>(options.size(), kMaxOptions)), several_are_one_(several_are_one) {
    options_.reserve(options.size());
    for (int i = 0; i < static_cast<int>(options.size()) && i < kMaxOptions; ++i) options_.push_back(WordsOf(options[i]));
  }

  Choice Read() const {
    if (reply_.region.is_conflict) return {.rule = "conflict", .begin = reply_.region.begin, .end = reply_.region.end};
    if (reply_.words.empty()) return {};
    for (const auto rule : {&ChoiceReader::Only, &ChoiceReader::Declared, &ChoiceReader::Line, &ChoiceReader::OptionText}) {
      const Choice choice = (this->*rule)();
      if (choice.rule != kNone) return choice;
    }
    return {};
  }

 private:
  static constexpr const char* kNone = "none";
  struct Target {
    uint32_t letters = 0;
    int begin = 0, end = 0;  // words
    bool has_letter = false, has_text = false, is_conflict = false;
  };

  static std::vector<std::string> WordsOf(const std::string& option) {
    const Reply plain = ReadPlain(option);
    std::vector<std::string> words;
    for (int i = 0; i < plain.num_words(); ++i) words.emplace_back(plain.Lower(i));
    if (words.size() > 1 && (words[0] == "a" || words[0] == "an" || words[0] == "the")) words.erase(words.begin());
    return words;
  }

  int size() const { return reply_.num_words(); }
  std::string_view At(int word) const { return word >= 0 && word < size() ? reply_.Lower(word) : std::string_view(); }
  bool IsEndOfLine(int word) const { return word + 1 >= size() || reply_.Gap(word, word + 1).find('\n') != std::string_view::npos; }
  bool IsEndOfClause(int word) const { return word + 1 >= size() || reply_.Gap(word, word + 1).find_first_of(".,;:!?\n()") != std::string_view::npos; }
  bool IsArticle(int word) const { return At(word) == "a" || At(word) == "an" || At(word) == "the"; }

  Choice Make(const Target& target, const char* rule) const {
    const bool is_several = std::popcount(target.letters) > 1 && !several_are_one_;
    return {.letters = target.is_conflict ? 0 : target.letters, .rule = target.is_conflict ? "conflict" : is_several ? "several" : rule,
            .begin = reply_.words[target.begin].begin, .end = reply_.words[target.end - 1].end};
  }

  // The option of a word that is one letter and not part of "C-section" or "vitamin-c".
  int LetterAt(int word) const {
    const std::string_view text = At(word);
    if (text.size() != 1 || text[0] < 'a' || text[0] >= 'a' + num_options_) return -1;
    const Word place = reply_.words[word];
    if (place.end + 1 < reply_.region.end && reply_.text[place.end] == '-' && std::isalnum(static_cast<unsigned char>(reply_.text[place.end + 1]))) return -1;
    if (place.begin - 2 >= reply_.region.begin && reply_.text[place.begin - 1] == '-' && std::isalnum(static_cast<unsigned char>(reply_.text[place.begin - 2]))) return -1;
    return text[0] - 'a';
  }

  // True for "a patient", "I think": a word of the language that only looks like a letter.
  bool IsWordOfLanguage(int word) const {
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
  Target TextAt(int word) const {
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

  int EndOfMatch(const std::vector<std::string>& option, int word) const {
    if (option.empty() || word + static_cast<int>(option.size()) > size()) return -1;
    for (size_t k = 0; k < option.size(); ++k)
      if (At(word + static_cast<int>(k)) != option[k]) return -1;
    return word + static_cast<int>(option.size());
  }

  // "ABD" as one word; only for golds with several letters, or where the word is all there is.
  uint32_t LetterRun(int word) const {
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
  Target TargetAt(int word) const {
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

  Target SingleAt(int word) const {
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

  // Options of the same text cannot be told apart by it.
  static Target Unique(Target target) {
    target.is_conflict = std::popcount(target.letters) > 1;
    return target;
  }

  bool IsFiller(int word) const { return IsOneOf(At(word), kFillers) || IsOneOf(At(word), kChineseFillers); }

  // True where the words around say that this is not the answer: "not A", "option A is incorrect", "A can be excluded".
  bool IsNegated(const Target& target) const {
    for (int i = target.begin - 1; i >= 0 && i >= target.begin - 4; --i) {
      if (IsEndOfClause(i)) break;
      if (IsOneOf(At(i), kNegations)) return true;
    }
    if (target.begin > 0 && (At(target.begin - 1) == "不" || At(target.begin - 1) == "非")) return true;
    if (target.begin > 1 && At(target.begin - 2) == "不") return true;
    return IsDismissed(target.end);
  }

  bool IsDismissed(int word) const {
    static constexpr std::array<std::string_view, 9> kDismissals = {"incorrect", "wrong", "unlikely", "excluded", "false", "implausible", "rejected", "eliminated", "out"};
    for (int i = word; i < size() && i < word + 5; ++i) {
      if (i > word && reply_.Gap(i - 1, i).find_first_of(".,;:!?\n") != std::string_view::npos) return false;
      if (i == word && reply_.Gap(i - 1, i).find_first_of(".;:!?\n,") != std::string_view::npos) return false;
      const std::string_view text = At(i);
      if (text == "because" || text == "since" || text == "as" || text == "and" || text == "while") return false;
      if (IsOneOf(text, kDismissals) || text == "not" || text == "cannot" || text == "isn't" || text == "doesn't" || text == "can't") return true;
      if (text == "less" && At(i + 1) == "likely") return true;
      if (text == "不" || text == "错" || (text == "排" && At(i + 1) == "除")) return true;
    }
    return false;
  }

  // The reply, or the marked part of it, is the choice and nothing else.
  Choice Only() const {
    int first = 0;
    while (first + 1 < size() && IsFiller(first) && LetterAt(first) < 0 && TextAt(first).letters == 0) ++first;
    if (LetterAt(0) >= 0 && first > 0) first = 0;
    const bool is_marked = reply_.region.rule != std::string_view("reply") && reply_.region.rule != std::string_view("after_think");
    if (size() == 1 && LetterRun(0) != 0 && TextAt(0).letters == 0 && LetterAt(0) < 0)
      return Make({.letters = LetterRun(0), .begin = 0, .end = 1}, is_marked ? reply_.region.rule : "only");
    const Target target = TargetAt(first);
    if (target.letters == 0 || target.end != size()) return {};
    if (IsNegated(target)) return {};
    return Make(target, is_marked ? reply_.region.rule : "only");
  }

  // Declarations in three strengths; the strongest decides, and of equals the last.
  Choice Declared() const {
    Target best;
    int best_strength = 0;
    bool is_contradicted = false;
    for (int i = 0; i < size(); ++i) {
      Target target;
      const int strength = DeclarationAt(i, target);
      if (strength == 0 || strength < best_strength || IsNegated(target)) continue;
      // Weak mentions ("option A … option B …") do not take each other back.
      is_contradicted = strength == best_strength && strength == 1 && (is_contradicted || target.letters != best.letters);
      best = target;
      best_strength = strength;
    }
    if (best_strength == 0) return {};
    if (is_contradicted) return {.rule = "conflict", .begin = reply_.words[best.begin].begin, .end = reply_.words[best.end - 1].end};
    return Make(best, "declared");
  }

  // 3 for "answer … X", "choose X", "X is correct", "选X"; 2 for "it is X"; 1 for "option X"; 0 for none. Sets the target.
  int DeclarationAt(int i, Target& target) const {
    const std::string_view word = At(i), next = At(i + 1);
    const auto follows = [&](int start) { return FindTarget(start, target); };
    if (word == "answer" || word == "answers" || word == "conclusion") return IsDenied(i) ? 0 : follows(i + 1) ? 3 : 0;
    if (word == "choose" || word == "chose" || word == "pick" || word == "select" || word == "selected" || (word == "go" && next == "with"))
      return follows(word == "go" ? i + 2 : i + 1) ? 3 : 0;
    if ((word == "答" && next == "案") || (word == "选" && At(i - 1) != "不")) return follows(word == "答" ? i + 2 : i + 1) ? 3 : 0;
    if ((word == "option" || word == "choice") && (At(i - 1) == "correct" || At(i - 1) == "best" || At(i - 1) == "right") && !IsDenied(i)) return follows(i + 1) ? 3 : 0;
    if (LetterAt(i) >= 0 && IsAffirmed(i + 1) && !IsWordOfLanguage(i)) {
      target = {.letters = 1u << LetterAt(i), .begin = i, .end = i + 1, .has_letter = true};
      return std::popcount(JoinedBefore(i)) > 0 ? 0 : 3;
    }
    if (word == "it's" || (word == "it" && next == "is")) return LetterTarget(word == "it" ? i + 2 : i + 1, target) ? 2 : 0;
    if (word == "option" || word == "choice") return LetterTarget(i + 1, target) ? 1 : 0;
    return 0;
  }

  bool IsDenied(int word) const {
    const std::string_view before = At(word - 1);
    return before == "incorrect" || before == "wrong" || before == "not" || (before == "correct" && At(word - 2) == "not");
  }

  // "A and C are correct" names two.
  uint32_t JoinedBefore(int word) const {
    const bool is_joined = (At(word - 1) == "and" || At(word - 1) == "or" || At(word - 1) == "和" || At(word - 1) == "或") && LetterAt(word - 2) >= 0;
    if (!is_joined || reply_.Gap(word - 1, word).find(',') != std::string_view::npos) return 0;
    return 1u << LetterAt(word - 2);
  }

  // "… is correct", "is the best answer", "is better", "项正确".
  bool IsAffirmed(int word) const {
    static constexpr std::array<std::string_view, 8> kAffirmations = {"correct", "right", "best", "better", "answer", "true", "appropriate", "likely"};
    if (word >= size()) return false;
    int i = word;
    if (At(i) == "选") ++i;
    if (At(i) == "项") ++i;
    if (At(i) == "是") ++i;
    if (At(i) == "正" && At(i + 1) == "确") return true;
    if (reply_.Gap(word - 1, word).find_first_of(".;:!?\n,") != std::string_view::npos) return false;
    if (At(word) != "is" && At(word) != "seems" && At(word) != "fits" && At(word) != "would") return false;
    if (At(word) == "fits") return At(word + 1) == "best";
    for (i = word + 1; i < size() && i < word + 5; ++i) {
      if (IsOneOf(At(i), kAffirmations)) return !(At(i) == "likely" && At(i - 1) == "less");
      if (At(i) == "not" || At(i) == "less" || !(At(i) == "the" || At(i) == "most" || At(i) == "be" || At(i) == "more" || At(i) == "clearly")) return false;
    }
    return false;
  }

  bool LetterTarget(int word, Target& target) const {
    if (word >= size() || LetterAt(word) < 0 || IsWordOfLanguage(word)) return false;
    target = TargetAt(word);
    return target.letters != 0;
  }

  // Skips fillers from `word` on, within a sentence or over one line break, to the choice.
  bool FindTarget(int word, Target& target) const {
    for (int i = word; i < size() && i < word + 10; ++i) {
      const std::string_view gap = reply_.Gap(i - 1, i);
      const bool is_break = gap.find_first_of(".;!?") != std::string_view::npos;
      if (is_break) return false;
      target = TargetAt(i);
      if (target.letters != 0) {
        // Over a line break only a choice that stands there alone: "### Final Answer\nC".
        return gap.find('\n') == std::string_view::npos || IsEndOfLine(target.end - 1) || (target.has_letter && target.has_text);
      }
      if (!IsFiller(i) && !IsArticle(i)) return false;
    }
    return false;
  }

  // Lines that are a choice: the bare letter, else letter with text; they must agree. The first line may go on to explain.
  Choice Line() const {
    Target bare, full, first;
    uint32_t bare_letters = 0, full_letters = 0;
    for (int i = 0; i < size();) {
      int end = i;
      while (!IsEndOfLine(end)) ++end;
      ++end;
      const Target target = LineTarget(i, end);
      if (target.letters != 0 || target.is_conflict) {
        const bool is_bare = target.has_letter && !target.has_text;
        (is_bare ? bare : full) = target;
        (is_bare ? bare_letters : full_letters) |= target.letters;
      }
      if (i == 0 && target.letters == 0) first = OpeningTarget(end);
      i = end;
    }
    if (bare_letters == 0 && full_letters == 0 && first.is_conflict) return Conflict(first);
    if (bare_letters == 0 && full_letters == 0 && first.letters != 0) return IsEcho() ? Conflict(first) : Make(first, "line");
    const bool has_bare = bare_letters != 0;
    const uint32_t letters = has_bare ? bare_letters : full_letters;
    if (letters == 0) return {};
    if (first.letters != 0 && first.letters != letters && !has_bare) return Conflict(first);
    if (std::popcount(letters) > 1 && !several_are_one_) return Conflict(has_bare ? bare : full);
    return Make(has_bare ? bare : full, "line");
  }

  Choice Conflict(const Target& target) const {
    return {.rule = "conflict", .begin = reply_.words[target.begin].begin, .end = reply_.words[target.end - 1].end};
  }

  // The choice that words [begin, end) are, or whose letter closes them after a colon ("boxed form: C").
  Target LineTarget(int begin, int end) const {
    const Target target = TargetAt(begin);
    if (target.letters != 0 && target.end == end && !IsNegated(target)) return target;
    const int last = end - 1;
    const bool is_after_colon = last > begin && LetterAt(last) >= 0 && TrimAscii(reply_.Gap(last - 1, last)) == ":";
    if (is_after_colon && !IsDenied(last)) return {.letters = 1u << LetterAt(last), .begin = last, .end = end, .has_letter = true};
    return {};
  }

  // "C. The nerve …", "C because …": a letter that opens the reply.
  Target OpeningTarget(int end) const {
    const int letter = LetterAt(0);
    if (letter < 0 || IsWordOfLanguage(0)) return {};
    const Target target = TargetAt(0);
    const std::string_view gap = target.end < end ? reply_.Gap(target.end - 1, target.end) : std::string_view();
    const bool is_separated = gap.find_first_of(".):,-;]!") != std::string_view::npos || IsOneOf(At(target.end), kAfterLetter) || target.has_text;
    if (!is_separated || IsNegated(target) || reply_.Gap(-1, 0).find_first_not_of(" (['\n") != std::string_view::npos) return {};
    // "C, maybe A": a second letter on the line that is not denied takes the first one back.
    for (int i = target.end; i < end; ++i) {
      const bool is_other = LetterAt(i) >= 0 && !(target.letters & 1u << LetterAt(i)) && reply_.text[reply_.words[i].begin] < 'a' && !IsWordOfLanguage(i);
      if (is_other && !IsNegated({.letters = 1, .begin = i, .end = i + 1})) return {.begin = target.begin, .end = i + 1, .is_conflict = true};
    }
    return target;
  }

  // True when letters with their texts are listed: the question read back.
  bool IsEcho() const {
    uint32_t listed = 0;
    for (int i = 0; i + 1 < size(); ++i) {
      const int letter = LetterAt(i);
      if (letter >= 0 && (TextAt(i + 1).letters & 1u << letter) && reply_.Gap(i, i + 1).find_first_of(".):") != std::string_view::npos) listed |= 1u << letter;
    }
    return std::popcount(listed) > 1;
  }

  // The one option whose text is said and not denied. Short words of the language ("no") count only before punctuation.
  Choice OptionText() const {
    Target found;
    for (int i = 0; i < size();) {
      const Target text = TextAt(i);
      if (text.letters == 0) {
        ++i;
        continue;
      }
      const bool is_function_word = text.end == i + 1 && (At(i) == "no" || At(i) == "not" || At(i) == "none" || At(i) == "yes" || At(i).size() == 1);
      const bool is_said = !IsNegated(text) && (!is_function_word || IsEndOfClause(text.end - 1));
      if (is_said) {
        const uint32_t before = found.letters;
        found = text;
        found.letters |= before;
      }
      i = text.end;
    }
    if (found.letters == 0) return {};
    if (std::popcount(found.letters) > 1) return {.letters = found.letters, .rule = several_are_one_ ? "option_text" : "several", .begin = reply_.words[found.begin].begin, .end = reply_.words[found.end - 1].end};
    return Make(found, "option_text");
  }

  const Reply& reply_;
  std::vector<std::vector<std::string>> options_;
  int num_options_;
  bool several_are_one_;
};

}  // namespace

Choice ReadChoice(const Reply& reply, const std::vector<std::string>& options, bool several_are_one) {
  return ChoiceReader(reply, options, several_are_one).Read();
}

uint32_t GoldLetters(const std::string& gold, const std::vector<std::string>& options) {
  const int num_options = options.empty() ? kMaxOptions : std::min<int>(options.size(), kMaxOptions);
  const std::string folded = FoldWidth(gold, nullptr);
  const std::string_view trimmed = TrimAscii(folded);
  uint32_t by_text = 0, by_letter = 0;
  for (int i = 0; i < static_cast<int>(options.size()) && i < kMaxOptions; ++i)
    if (TrimAscii(options[i]) == TrimAscii(gold)) by_text |= 1u << i;
  for (const char c : trimmed) {
    if (c == ',' || c == ' ') continue;
    const int letter = c >= 'a' ? c - 'a' : c - 'A';
    if (letter < 0 || letter >= num_options || (by_letter & 1u << letter)) {
      by_letter = 0;
      break;
    }
    by_letter |= 1u << letter;
  }
  return by_letter != 0 ? by_letter : by_text;
}

std::string LettersOf(uint32_t letters) {
  std::string text;
  for (int i = 0; i < kMaxOptions; ++i)
    if (letters & 1u << i) text += static_cast<char>('A' + i);
  return text;
}

}  // namespace lingshu
