#include "score/polarity.h"

#include <array>

#include "base/strings.h"
#include "score/targets.h"

namespace lingshu {
namespace {

constexpr std::array<std::string_view, 9> kYes = {"yes", "true", "present", "yeah", "yep", "correct", "affirmative", "positive", "y"};
// Yes by themselves, and no with "not".
constexpr std::array<std::string_view, 3> kAssurances = {"certainly", "absolutely", "definitely"};
constexpr std::array<std::string_view, 4> kLikelihoods = {"probably", "likely", "possibly", "apparently"};
constexpr std::array<std::string_view, 8> kNo = {"no", "false", "absent", "nope", "incorrect", "negative", "n", "not"};
// What can be seen or not: "is not visible", "are present".
constexpr std::array<std::string_view, 12> kSeen = {"present", "visible", "seen", "identified", "evident", "noted", "observed", "demonstrated", "detected", "found", "apparent", "visualized"};
constexpr std::array<std::string_view, 13> kRefusals = {"cannot", "can't", "unable", "unknown", "unclear", "uncertain", "indeterminate", "undetermined", "maybe", "perhaps", "impossible", "unsure", "equivocal"};
constexpr std::array<std::string_view, 8> kNegators = {"not", "no", "isn't", "aren't", "wasn't", "never", "without", "neither"};
// Longest first, so that 不是 is not read as 是.
constexpr std::array<std::string_view, 14> kChineseNo = {"不存在", "不包含", "不正确", "看不到", "不可以", "没有", "不是", "不能", "不会", "未见", "错误", "不对", "否", "无"};
constexpr std::array<std::string_view, 12> kChineseYes = {"存在", "包含", "正确", "可以", "可见", "是的", "对的", "有", "是", "对", "能", "会"};
constexpr std::array<std::string_view, 7> kChineseRefusals = {"无法", "不确定", "不清楚", "不知道", "不能确定", "不能判断", "难以"};

class PolarityReader {
 public:
  explicit PolarityReader(const Reply& reply) : reply_(reply) {}

  PolarityReading Read() const {
    if (reply_.words.empty()) return {};
    if (reply_.region.is_conflict) return {.rule = "both", .begin = reply_.region.begin, .end = reply_.region.end};
    if (const PolarityReading chinese = Chinese(); chinese.begin != chinese.end) return chinese;
    for (const auto rule : {&PolarityReader::Declared, &PolarityReader::FirstWord, &PolarityReader::Refusal, &PolarityReader::Statement, &PolarityReader::FirstPolarity}) {
      const PolarityReading reading = (this->*rule)();
      if (reading.begin != reading.end) return reading;
    }
    return {};
  }

 private:
  int size() const { return reply_.num_words(); }
  std::string_view At(int word) const { return word >= 0 && word < size() ? reply_.Lower(word) : std::string_view(); }
  bool IsSameClause(int word) const { return word > 0 && word < size() && reply_.Gap(word - 1, word).find_first_of(".;!?\n,") == std::string_view::npos; }
  PolarityReading Make(Polarity polarity, const char* rule, int first, int last) const {
    return {polarity, rule, reply_.words[first].begin, reply_.words[last].end};
  }

  static Polarity Of(std::string_view word) {
    if (IsOneOf(word, kYes)) return Polarity::kYes;
    return IsOneOf(word, kNo) ? Polarity::kNo : Polarity::kNone;
  }

  // "yes and no", "yes/no", "no, yes": the other polarity joined to this one.
  bool IsBoth(int word) const {
    int next = word + 1;
    if (At(next) == "and" || At(next) == "or") ++next;
    if (next >= size()) return false;
    const std::string_view other = At(next);
    // "Yes. No." takes itself back; "Yes. No fracture is seen" does not.
    const bool is_new_sentence = reply_.Gap(next - 1, next).find_first_of(".;!?\n") != std::string_view::npos;
    if (is_new_sentence && TrimAscii(reply_.Gap(next, next + 1)).empty() && next + 1 < size()) return false;
    // "Yes, no doubt": a determiner, not a second answer.
    const bool is_joined = next > word + 1;
    if (!is_joined && next + 1 < size() && IsSameClause(next + 1)) return false;
    const bool is_other = (Of(At(word)) == Polarity::kYes && (other == "no" || other == "false")) || (Of(At(word)) == Polarity::kNo && (other == "yes" || other == "true"));
    return is_other;
  }

  // The polarity that begins at this word: "yes", "not present", "not absent".
  PolarityReading Single(int word, const char* rule) const {
    const Polarity polarity = Of(At(word));
    const bool is_initial = At(word).size() == 1;  // "n" alone is "no", in "n/a" it is not
    if (polarity == Polarity::kNone || (is_initial && size() > 1)) return {};
    if (IsBoth(word)) return Make(Polarity::kNone, "both", word, word + 1);
    if (IsAboutTheQuestion(word)) return {};
    if (At(word) != "not") return Make(polarity, rule, word, word);
    const std::string_view next = At(word + 1);
    if (next == "absent" || next == "false" || next == "incorrect") return Make(Polarity::kYes, rule, word, word + 1);
    if (next.empty() || next == "really" || next == "likely") return Make(Polarity::kNo, rule, word, word);
    return IsOneOf(next, kSeen) || next == "true" || next == "correct" ? Make(Polarity::kNo, rule, word, word + 1) : PolarityReading{};
  }

  // "The answer is no": the last such.
  PolarityReading Declared() const {
    static constexpr std::array<std::string_view, 13> kFillers = {"is", "was", "would", "be", "should", "final", "therefore", "thus", "clearly", "to", "this", "the", "question"};
    PolarityReading last;
    for (int i = 0; i < size(); ++i) {
      if (At(i) != "answer" && At(i) != "conclusion") continue;
      int next = i + 1;
      while (next < size() && next < i + 8 && IsOneOf(At(next), kFillers)) ++next;
      if (next >= size() || reply_.Gap(next - 1, next).find_first_of(".;!?") != std::string_view::npos) continue;
      const PolarityReading reading = Single(next, "declared");
      if (reading.begin != reading.end) last = reading;
    }
    return last;
  }

  // "No image was provided", "No answer": about what was asked, not an answer to it.
  bool IsAboutTheQuestion(int word) const {
    static constexpr std::array<std::string_view, 7> kAsked = {"image", "images", "picture", "pictures", "answer", "information", "question"};
    static constexpr std::array<std::string_view, 9> kGiven = {"was", "is", "were", "are", "has", "provided", "given", "attached", "available"};
    return At(word) == "no" && IsOneOf(At(word + 1), kAsked) && (word + 2 >= size() || !IsSameClause(word + 2) || IsOneOf(At(word + 2), kGiven));
  }

  PolarityReading FirstWord() const {
    const bool is_assurance = IsOneOf(At(0), kAssurances);
    if (is_assurance || IsOneOf(At(0), kLikelihoods)) {
      if (At(1) == "not") return Make(Polarity::kNo, "first_word", 0, 1);
      if (is_assurance && (size() == 1 || !IsSameClause(1))) return Make(Polarity::kYes, "first_word", 0, 0);
    }
    return Single(0, "first_word");
  }

  PolarityReading Refusal() const {
    for (int i = 0; i < size(); ++i) {
      const bool is_phrase = (At(i) == "not" || At(i) == "don't") && (At(i + 1) == "know" || At(i + 1) == "sure" || At(i + 1) == "possible" || At(i + 1) == "determine");
      const bool is_split = At(i) == "can" && At(i + 1) == "not";
      if (IsOneOf(At(i), kRefusals) || is_phrase || is_split) return Make(Polarity::kNone, "refusal", i, i);
    }
    return {};
  }

  // "There is (no) …", "… is (not) present", "That is (not) correct".
  PolarityReading Statement() const {
    for (int i = 0; i + 2 < size(); ++i) {
      const bool is_subject = At(i) == "that" || At(i) == "this" || At(i) == "it" || At(i) == "statement";
      if (!is_subject || At(i + 1) != "is") continue;
      const int place = At(i + 2) == "not" ? i + 3 : i + 2;
      const bool is_right = At(place) == "correct" || At(place) == "true" || At(place) == "right", is_wrong = At(place) == "incorrect" || At(place) == "false" || At(place) == "wrong";
      if ((is_right || is_wrong) && (place + 1 >= size() || !IsSameClause(place + 1))) return Make(is_right == (place == i + 2) ? Polarity::kYes : Polarity::kNo, "statement", i, place);
    }
    for (int i = 0; i + 2 < size(); ++i) {
      if (At(i) == "there" && IsAboutTheQuestion(i + 2)) continue;
      if (At(i) != "there" || !(At(i + 1) == "is" || At(i + 1) == "are" || At(i + 1) == "isn't" || At(i + 1) == "aren't" || At(i + 1) == "appears" || At(i + 1) == "was")) continue;
      const bool is_negated = IsOneOf(At(i + 1), kNegators) || IsOneOf(At(i + 2), kNegators) || (IsOneOf(At(i + 3), kNegators) && IsSameClause(i + 3));
      return Make(is_negated ? Polarity::kNo : Polarity::kYes, "statement", i, i + 2);
    }
    for (int i = 1; i < size(); ++i) {
      const bool is_absent = At(i) == "absent";
      if (!is_absent && !IsOneOf(At(i), kSeen)) continue;
      bool is_predicate = false, is_negated = is_absent;
      for (int k = i - 1; k >= 0 && k >= i - 4 && IsSameClause(k + 1); --k) {
        is_predicate |= At(k) == "is" || At(k) == "are" || At(k) == "was" || At(k) == "were" || At(k) == "be" || At(k) == "isn't" || At(k) == "aren't" || At(k) == "wasn't";
        if (IsOneOf(At(k), kNegators)) is_negated = !is_negated;
      }
      if (is_predicate) return Make(is_negated ? Polarity::kNo : Polarity::kYes, "statement", i, i);
    }
    return {};
  }

  PolarityReading FirstPolarity() const {
    for (int i = 1; i < size(); ++i) {
      const std::string_view word = At(i);
      if (word != "yes" && word != "no" && word != "true" && word != "false") continue;
      if (At(i - 1) == "not") continue;
      return Single(i, "first_polarity");
    }
    return {};
  }

  // Chinese polarity opens the answer or follows 答案(是|为|:) or "answer is"; else 图片中(不)包含….
  PolarityReading Chinese() const {
    std::string_view text = std::string_view(reply_.lower).substr(0, reply_.region.end);
    size_t begin = reply_.region.begin;
    bool has_chinese = false;
    for (size_t i = begin; i < text.size(); ++i) has_chinese |= static_cast<unsigned char>(text[i]) >= 0xE3;
    if (!has_chinese) return {};
    for (const std::string_view refusal : kChineseRefusals)
      if (const size_t at = text.find(refusal, begin); at != std::string_view::npos) return Bytes(Polarity::kNone, "refusal", at, refusal.size());
    if (const size_t at = text.rfind("答案"); at != std::string_view::npos && at >= begin) begin = AfterDeclaration(text, at + 6);
    else if (const size_t english = text.rfind("answer"); english != std::string_view::npos && english >= begin) begin = AfterDeclaration(text, english + 6);
    while (begin < text.size() && (text[begin] == ' ' || text[begin] == '\n' || text[begin] == '\'' || text[begin] == '(')) ++begin;
    const std::string_view rest = text.substr(begin);
    if (rest.starts_with("是否")) return {};
    if (rest.starts_with("不") && TrimAscii(rest.substr(3)).find_first_not_of(".!'") == std::string_view::npos) return Bytes(Polarity::kNo, "first_word", begin, 3);
    for (const std::string_view no : kChineseNo)
      if (rest.starts_with(no)) return Bytes(Polarity::kNo, "first_word", begin, no.size());
    for (const std::string_view yes : kChineseYes)
      if (rest.starts_with(yes)) return Bytes(Polarity::kYes, "first_word", begin, yes.size());
    for (const std::string_view no : {"未见", "没有", "不存在", "不包含"})
      if (const size_t at = text.find(no, begin); at != std::string_view::npos) return Bytes(Polarity::kNo, "statement", at, no.size());
    for (const std::string_view negator : {"不", "没", "无", "未", "否", "非"})
      if (rest.find(negator) != std::string_view::npos) return {};
    for (const std::string_view yes : {"包含", "存在"})
      if (const size_t at = text.find(yes, begin); at != std::string_view::npos) return Bytes(Polarity::kYes, "statement", at, yes.size());
    return {};
  }

  static size_t AfterDeclaration(std::string_view text, size_t at) {
    for (bool has_moved = true; has_moved;) {
      has_moved = false;
      for (const std::string_view filler : {":", " ", "is ", "应为", "应该是", "为"}) {
        if (!text.substr(at).starts_with(filler)) continue;
        at += filler.size();
        has_moved = true;
      }
      // 答案是否 means "the answer is no"; 答案是是 and 答案是 alone keep the last 是.
      const bool has_more = text.size() > at + 3 && (static_cast<unsigned char>(text[at + 3]) >= 0x80 || (text[at + 3] == ':' && text.size() > at + 4));
      if (text.substr(at).starts_with("是") && has_more) at += 3, has_moved = true;
    }
    return at;
  }

  static PolarityReading Bytes(Polarity polarity, const char* rule, size_t begin, size_t size) {
    return {polarity, rule, static_cast<int>(begin), static_cast<int>(begin + size)};
  }

  const Reply& reply_;
};

}  // namespace

PolarityReading ReadPolarity(const Reply& reply) { return PolarityReader(reply).Read(); }

Polarity GoldPolarity(const std::string& gold) {
  const std::string lower = LowerSameLength(FoldWidth(gold, nullptr));
  std::string_view word = TrimAscii(lower);
  while (!word.empty() && (word.back() == '.' || word.back() == ' ')) word.remove_suffix(1);
  if (word == "not") return Polarity::kNone;
  if (IsOneOf(word, kYes) || IsOneOf(word, kChineseYes)) return Polarity::kYes;
  return IsOneOf(word, kNo) || IsOneOf(word, kChineseNo) || word == "不" ? Polarity::kNo : Polarity::kNone;
}

}  // namespace lingshu
