#include "score/choice.h"

#include <bit>

#include "base/strings.h"
#include "score/targets.h"

namespace lingshu {
namespace {

// Words that may stand between "answer" and the choice.
constexpr std::array<std::string_view, 48> kFillers = {
    "is",      "was",    "are",     "be",         "would",    "should",      "will",     "must", "likely", "most",     "probably", "therefore",
    "thus",    "hence",  "clearly", "best",       "correct",  "final",       "option",   "choice", "letter", "choose", "to",       "this",
    "question", "here",  "again",   "so",         "the",      "answer",      "right",    "true", "i",      "definitely", "as",     "follows",
    "answers", "both",   "either",  "appropriate", "accurate", "in",         "form",     "sure", "certainly", "ans", "indeed", "my"};
constexpr std::array<std::string_view, 12> kChineseFillers = {"是", "为", "应", "该", "选", "项", "择", "案", "答", "的", "正", "确"};
constexpr std::array<std::string_view, 8> kChoosing = {"choose", "chose", "pick", "select", "selected", "selecting", "leaves", "leaving"};
constexpr std::array<std::string_view, 5> kThinking = {"think", "say", "believe", "guess", "suspect"};
constexpr std::array<std::string_view, 7> kModals = {"should", "must", "would", "will", "could", "may", "might"};
constexpr std::array<std::string_view, 4> kConclusions = {"so", "therefore", "thus", "hence"};
constexpr std::array<std::string_view, 4> kAnswerWords = {"answer", "answers", "ans", "conclusion"};

class ChoiceReader {
 public:
  ChoiceReader(const Reply& reply, const std::vector<std::string>& options, bool several_are_one)
      : reply_(reply), see_(reply, options, several_are_one), several_are_one_(several_are_one) {}

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

  int size() const { return see_.size(); }
  std::string_view At(int word) const { return see_.At(word); }
  std::string_view Gap(int before, int after) const { return reply_.Gap(before, after); }

  Choice Make(const Target& target, const char* rule) const {
    const bool is_several = std::popcount(target.letters) > 1 && !several_are_one_;
    return {.letters = target.is_conflict ? 0 : target.letters, .rule = target.is_conflict ? "conflict" : is_several ? "several" : rule,
            .begin = reply_.words[target.begin].begin, .end = reply_.words[target.end - 1].end};
  }

  Choice Conflict(const Target& target) const {
    return {.rule = "conflict", .begin = reply_.words[target.begin].begin, .end = reply_.words[target.end - 1].end};
  }

  bool IsFiller(int word) const { return IsOneOf(At(word), kFillers) || IsOneOf(At(word), kChineseFillers); }

  // Words from `word` on that only lead to a choice; never the last one before `end`.
  int SkipFillers(int word, int end) const {
    while (word + 1 < end && IsFiller(word) && see_.LetterAt(word) < 0 && see_.TextAt(word).letters == 0) ++word;
    return word;
  }

  // The reply, or the marked part of it, is the choice and nothing else.
  Choice Only() const {
    const std::string_view region = reply_.region.rule;
    const char* rule = region == "reply" || region == "after_think" ? "only" : reply_.region.rule;
    if (const uint32_t run = size() == 1 ? see_.LetterRun(0) : 0; run != 0 && see_.TextAt(0).letters == 0)
      return Make({.letters = run, .begin = 0, .end = 1}, rule);
    const Target target = see_.TargetAt(see_.LetterAt(0) >= 0 ? 0 : SkipFillers(0, size()));
    int end = target.end;
    while (end > 0 && end < size() && IsOneOf(At(end), kChineseFillers)) ++end;  // "C选项"
    if (target.letters == 0 || end != size() || see_.IsNegated(target)) return {};
    return Make(target, rule);
  }

  // Declarations in three strengths; the strongest decides, and of equals the last.
  Choice Declared() const {
    Target best;
    int best_strength = 0;
    bool is_contradicted = false;
    uint32_t marked = 0;  // "B: yes … D: yes" names two
    for (int i = 0; i < size(); ++i) {
      Target target;
      const int strength = DeclarationAt(i, target);
      if (strength == 0 || strength < best_strength || see_.IsNegated(target)) continue;
      // Weak mentions ("option A … option B …") do not take each other back.
      is_contradicted = strength == best_strength && strength == 1 && (is_contradicted || target.letters != best.letters);
      best = target;
      best_strength = strength;
      if (target.has_text && IsMarkedRight(target.end)) best.letters = marked |= target.letters;
    }
    if (best_strength == 0) return {};
    return is_contradicted ? Conflict(best) : Make(best, "declared");
  }

  // 3 for "answer … X", "choose X", "X is correct", "选X"; 2 for "it is X", "是X"; 1 for "option X"; 0 for none.
  int DeclarationAt(int i, Target& target) const {
    const std::string_view word = At(i), next = At(i + 1);
    if (IsOneOf(word, kAnswerWords)) return !IsDenied(i) && FindTarget(i + 1, word == "ans", target) ? 3 : 0;
    if (IsOneOf(word, kChoosing)) return FindTarget(i + 1, false, target) ? 3 : 0;
    if (word == "go" && next == "with") return FindTarget(i + 2, false, target) ? 3 : 0;
    if (word == "答" && next == "案") return FindTarget(i + 2, false, target) ? 3 : 0;
    if (word == "选" && At(i - 1) != "不") return FindTarget(i + 1, false, target) ? 3 : 0;
    const bool is_option_word = word == "option" || word == "choice";
    if (is_option_word && (At(i - 1) == "correct" || At(i - 1) == "best" || At(i - 1) == "right") && !IsDenied(i - 1))
      return FindTarget(i + 1, false, target) ? 3 : 0;
    if (see_.LetterAt(i) >= 0 && !see_.IsWordOfLanguage(i)) {
      if (IsAffirmed(i + 1)) {
        target = {.letters = 1u << see_.LetterAt(i), .begin = i, .end = i + 1, .has_letter = true};
        return IsJoinedBefore(i) ? 0 : 3;
      }
      // "C. Axillary nerve: correct"
      target = see_.TargetAt(i);
      if (target.has_text && !target.is_conflict && IsMarkedRight(target.end)) return 3;
      target = {};
    }
    if (word == "it's") return LetterTarget(i + 1, target) ? 2 : 0;
    if (word == "it" && next == "is") return LetterTarget(i + 2, target) ? 2 : 0;
    if (word == "是" && At(i - 1) != "不") return LetterTarget(i + 1, target) ? 2 : 0;
    if (is_option_word && next == "is" && !IsDenied(i)) return LetterTarget(i + 2, target) ? 2 : 0;
    if (is_option_word) return LetterTarget(i + 1, target) ? 1 : 0;
    if (word == "it" && IsOneOf(next, kModals) && At(i + 2) == "be") return LetterTarget(i + 3, target) ? 2 : 0;
    if (IsOneOf(word, kThinking) && At(i - 1) != "don't" && At(i - 1) != "not") return LetterTarget(i + 1, target) ? 2 : 0;
    if (IsOneOf(word, kConclusions)) return LetterTarget(i + 1, target) && see_.IsEndOfClause(target.end - 1) ? 2 : 0;
    if (word == "but" && IsAfterNot(i)) return LetterTarget(i + 1, target) ? 2 : 0;
    return 0;
  }

  // "not B but …", "not B, but …" in one sentence.
  bool IsAfterNot(int word) const {
    for (int i = word - 1; i >= 0 && i > word - 8; --i) {
      if (Gap(i, i + 1).find_first_of(".;!?\n") != std::string_view::npos) return false;
      if (At(i) == "not" || At(i) == "isn't") return true;
    }
    return false;
  }

  // ": correct", "- right" at the end of a clause, where the word is no option itself.
  bool IsMarkedRight(int word) const {
    static constexpr std::array<std::string_view, 5> kRight = {"correct", "right", "true", "yes", "best"};
    if (word <= 0 || word >= size() || !IsOneOf(At(word), kRight) || !see_.IsEndOfClause(word) || see_.TextAt(word).letters != 0) return false;
    const std::string_view gap = TrimAscii(Gap(word - 1, word));
    return gap == ":" || gap == "-";
  }

  bool IsDenied(int word) const {
    const std::string_view before = At(word - 1);
    return before == "incorrect" || before == "wrong" || before == "not" || (before == "correct" && At(word - 2) == "not");
  }

  // "A and C are correct" names two.
  bool IsJoinedBefore(int word) const {
    const std::string_view before = At(word - 1);
    const bool is_joint = before == "and" || before == "or" || before == "和" || before == "或";
    return is_joint && see_.LetterAt(word - 2) >= 0 && Gap(word - 1, word).find(',') == std::string_view::npos;
  }

  // "… is correct", "is the best answer", "is better", ": correct", "项正确".
  bool IsAffirmed(int word) const {
    static constexpr std::array<std::string_view, 8> kAffirmations = {"correct", "right", "best", "better", "answer", "true", "appropriate", "likely"};
    static constexpr std::array<std::string_view, 5> kDegrees = {"the", "most", "be", "more", "clearly"};
    if (word >= size()) return false;
    int i = word;
    while (At(i) == "选" || At(i) == "项" || At(i) == "是") ++i;
    if (At(i) == "正" && At(i + 1) == "确") return true;
    if (IsMarkedRight(word)) return true;
    if (see_.IsEndOfClause(word - 1)) return false;
    if (At(word) == "fits") return At(word + 1) == "best";
    if (At(word) != "is" && At(word) != "seems" && At(word) != "would") return false;
    for (i = word + 1; i < size() && i < word + 5; ++i) {
      if (IsOneOf(At(i), kAffirmations)) return true;
      if (!IsOneOf(At(i), kDegrees)) return false;
    }
    return false;
  }

  bool LetterTarget(int word, Target& target) const {
    if (word >= size() || see_.LetterAt(word) < 0 || see_.IsWordOfLanguage(word)) return false;
    target = see_.TargetAt(word);
    return target.letters != 0;
  }

  // Skips fillers from `word` on, within a sentence or over a line break, to the choice.
  bool FindTarget(int word, bool is_abbreviated, Target& target) const {
    for (int i = word; i < size() && i < word + 10; ++i) {
      const std::string_view gap = Gap(i - 1, i);
      const bool is_break = gap.find_first_of(".;!?") != std::string_view::npos && !(is_abbreviated && i == word);
      if (is_break) return false;
      target = see_.TargetAt(i);
      if (target.letters != 0) {
        // Over a line break only a choice that stands there alone: "### Final Answer\nC".
        return gap.find('\n') == std::string_view::npos || see_.IsEndOfLine(target.end - 1) || (target.has_letter && target.has_text);
      }
      if (!IsFiller(i) && !see_.IsArticle(i)) return false;
    }
    return false;
  }

  // Lines that are a choice: the bare letter, else letter with text; they must agree. The first line may go on to explain.
  Choice Line() const {
    Target bare, full, first;
    uint32_t bare_letters = 0, full_letters = 0;
    for (int i = 0, end = 0; i < size(); i = end) {
      for (end = i + 1; !see_.IsEndOfLine(end - 1);) ++end;
      const Target target = LineTarget(i, end);
      const bool is_bare = target.has_letter && !target.has_text;
      if (target.letters != 0 || target.is_conflict) (is_bare ? bare : full) = target;
      (is_bare ? bare_letters : full_letters) |= target.letters;
      if (i == 0 && target.letters == 0) first = OpeningTarget(end);
    }
    const bool has_bare = bare_letters != 0;
    const uint32_t letters = has_bare ? bare_letters : full_letters;
    if (letters == 0) {
      if (first.is_conflict || (first.letters != 0 && IsEcho())) return Conflict(first);
      return first.letters != 0 ? Make(first, "line") : Choice{};
    }
    if (first.letters != 0 && first.letters != letters && !has_bare) return Conflict(first);
    if (std::popcount(letters) > 1 && !several_are_one_) return Conflict(has_bare ? bare : full);
    return Make(has_bare ? bare : full, "line");
  }

  // The choice that words [begin, end) are, but for words that lead to it, or the letter that closes them.
  Target LineTarget(int begin, int end) const {
    for (const int start : {begin, SkipFillers(begin, end)}) {
      const Target target = see_.TargetAt(start);
      if (target.letters != 0 && target.end == end && !see_.IsNegated(target)) return target;
    }
    // "boxed form: C", "Sure! C", with no other letter on the line.
    const int last = end - 1;
    if (last <= begin || see_.LetterAt(last) < 0 || !see_.IsCapital(last) || IsDenied(last)) return {};
    const std::string_view gap = TrimAscii(Gap(last - 1, last));
    if (gap != ":" && gap != "!" && gap != ".") return {};
    for (int i = begin; i < last; ++i)
      if (see_.LetterAt(i) >= 0 && see_.IsCapital(i) && !see_.IsWordOfLanguage(i)) return {};
    return {.letters = 1u << see_.LetterAt(last), .begin = last, .end = end, .has_letter = true};
  }

  // "C. The nerve …", "C because …": a letter that opens the reply and its explanation.
  Target OpeningTarget(int end) const {
    if (see_.LetterAt(0) < 0 || see_.IsWordOfLanguage(0)) return {};
    const Target target = see_.TargetAt(0);
    const std::string_view gap = target.end < end ? Gap(target.end - 1, target.end) : std::string_view();
    static constexpr std::array<std::string_view, 6> kReasons = {"because", "since", "as", "not", "rather", "over"};
    const bool is_separated = gap.find_first_of(".):,-;]!(") != std::string_view::npos || IsOneOf(At(target.end), kReasons) || target.has_text;
    if (!is_separated || see_.IsNegated(target) || Gap(-1, 0).find_first_not_of(" (['\n") != std::string_view::npos) return {};
    // "C, maybe A": a second letter on the line that is not denied takes the first one back.
    for (int i = target.end; i < end; ++i) {
      const bool is_other = see_.LetterAt(i) >= 0 && !(target.letters & 1u << see_.LetterAt(i)) && see_.IsCapital(i) && !see_.IsWordOfLanguage(i) &&
                            see_.TextAt(i).letters == 0;  // "A hyperechoic mass" begins with an article
      if (is_other && !see_.IsNegated({.letters = 1, .begin = i, .end = i + 1})) return {.begin = target.begin, .end = i + 1, .is_conflict = true};
    }
    return target;
  }

  // True when letters with their texts are listed: the question read back.
  bool IsEcho() const {
    uint32_t listed = 0;
    for (int i = 0; i + 1 < size(); ++i) {
      const int letter = see_.LetterAt(i);
      const bool is_item = letter >= 0 && Gap(i, i + 1).find_first_of(".):") != std::string_view::npos && (see_.TextAt(i + 1).letters & 1u << letter);
      if (is_item) listed |= 1u << letter;
    }
    return std::popcount(listed) > 1;
  }

  // The one option whose text is said and not denied. Short words of the language ("no") count only before punctuation.
  Choice OptionText() const {
    static constexpr std::array<std::string_view, 4> kShortWords = {"no", "not", "none", "yes"};
    if (IsEcho()) return {};
    Target found;
    for (int i = 0; i < size();) {
      const Target text = see_.TextAt(i);
      if (text.letters == 0) {
        ++i;
        continue;
      }
      const bool is_short_word = text.end == i + 1 && (At(i).size() == 1 || IsOneOf(At(i), kShortWords));
      if (!see_.IsNegated(text) && (!is_short_word || see_.IsEndOfClause(text.end - 1))) {
        const uint32_t before = found.letters;
        found = text;
        found.letters |= before;
      }
      i = text.end;
    }
    return found.letters == 0 ? Choice{} : Make(found, "option_text");
  }

  const Reply& reply_;
  TargetReader see_;
  bool several_are_one_;
};

}  // namespace

Choice ReadChoice(const Reply& reply, const std::vector<std::string>& options, bool several_are_one) {
  return ChoiceReader(reply, options, several_are_one).Read();
}

uint32_t GoldLetters(const std::string& gold, const std::vector<std::string>& options) {
  const int num_options = options.empty() ? kMaxOptions : std::min<int>(static_cast<int>(options.size()), kMaxOptions);
  uint32_t by_text = 0, by_letter = 0;
  for (int i = 0; i < static_cast<int>(options.size()) && i < kMaxOptions; ++i)
    if (TrimAscii(options[i]) == TrimAscii(gold)) by_text |= 1u << i;
  const std::string folded = FoldWidth(gold, nullptr);
  for (const char c : TrimAscii(folded)) {
    if (c == ',' || c == ' ') continue;
    const int letter = c >= 'a' ? c - 'a' : c - 'A';
    if (letter < 0 || letter >= num_options || (by_letter & 1u << letter)) return by_text;
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
