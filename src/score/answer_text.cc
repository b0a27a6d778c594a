#include "score/answer_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <vector>

#include "base/strings.h"
#include "score/score.h"

namespace lingshu {
namespace {

using Words = std::vector<std::string>;

Words WordsOf(const std::string& text) {
  const Reply plain = ReadPlain(NormalizeAnswer(text));
  Words words;
  for (int i = 0; i < plain.num_words(); ++i) words.emplace_back(plain.Lower(i));
  return words;
}

std::string_view StripEdges(std::string_view text) {
  constexpr std::string_view kEdge = " \t\r\n.,:;!?'\"()[]=-";
  while (!text.empty() && kEdge.find(text.front()) != std::string_view::npos) {
    // ".5" and "-3" keep their sign and point.
    if (text.size() > 1 && (text[0] == '.' || text[0] == '-') && std::isdigit(static_cast<unsigned char>(text[1]))) break;
    text.remove_prefix(1);
  }
  while (!text.empty() && kEdge.find(text.back()) != std::string_view::npos && text.back() != ')') text.remove_suffix(1);
  if (!text.empty() && text.back() == ')' && text.find('(') == std::string_view::npos) text = StripEdges(text.substr(0, text.size() - 1));
  return text;
}

// Where the answer begins after the last "answer is", "answer:", "答案" …; npos when there is none.
size_t AfterDeclaration(std::string_view lower) {
  size_t best = std::string_view::npos;
  for (const std::string_view mark : {std::string_view("answer is"), std::string_view("answer"), std::string_view("答案")}) {
    const size_t at = lower.rfind(mark);
    if (at == std::string_view::npos) continue;
    size_t begin = at + mark.size();
    while (begin < lower.size() && lower[begin] == ' ') ++begin;
    bool is_declaration = mark == "answer is";
    for (const std::string_view sign : {std::string_view(":"), std::string_view("="), std::string_view("是"), std::string_view("为"), std::string_view("\n")})
      while (lower.substr(begin).starts_with(sign)) {
        begin += sign.size();
        is_declaration = true;
        while (begin < lower.size() && lower[begin] == ' ') ++begin;
      }
    if (is_declaration && (best == std::string_view::npos || begin > best)) best = begin;
  }
  return best;
}

// Phrases that only introduce: "it is", "这是".
std::string_view SkipLeadIn(std::string_view text, std::string_view lower) {
  for (const std::string_view lead : {std::string_view("this is "), std::string_view("it is "), std::string_view("it's "), std::string_view("that is "),
                                      std::string_view("这是"), std::string_view("这张图是"), std::string_view("图中是"), std::string_view("该图是")})
    if (lower.starts_with(lead)) return text.substr(lead.size());
  return text;
}

Words SortedItems(const std::string& text) {
  std::string folded = LowerSameLength(FoldWidth(text, nullptr));
  for (const std::string_view joint : {" and ", " & ", "和", "及", "与", ";"}) folded = ReplaceAll(folded, joint, ",");
  Words items;
  for (const std::string& part : SplitString(folded, ',')) {
    const std::string item = NormalizeAnswer(part);
    if (!item.empty()) items.push_back(item);
  }
  std::sort(items.begin(), items.end());
  return items;
}

std::string Glued(const std::string& text) { return ReplaceAll(text, " ", ""); }

// Names of one thing in closed answers. Only what radiology uses interchangeably.
std::string CanonicalPhrase(const std::string& normal) {
  static const std::vector<std::pair<std::string, Words>> kNames = {
      {"mri", {"magnetic resonance imaging", "mr", "mr imaging", "mri scan", "mri image", "mr image", "magnetic resonance image", "magnetic resonance"}},
      {"ct", {"computed tomography", "ct scan", "ct image", "computerized tomography", "cat scan"}},
      {"xray", {"x ray", "radiograph", "plain film", "x ray image", "xray image", "x rays"}},
      {"ultrasound", {"us", "ultrasonography", "sonography", "sonogram", "ultrasound image"}},
      {"pet", {"positron emission tomography", "pet scan"}},
      {"axial", {"transverse", "transverse plane", "axial plane", "axial view", "transversal"}},
      {"coronal", {"coronal plane", "coronal view", "frontal plane"}},
      {"sagittal", {"sagittal plane", "sagittal view"}},
  };
  for (const auto& [name, others] : kNames)
    if (normal == name || std::find(others.begin(), others.end(), normal) != others.end()) return name;
  return normal;
}

// Words that exclude each other; an answer with another member than the gold's says something else.
bool HasContrast(const Words& gold, const Words& answer) {
  static const std::vector<Words> kContrasts = {{"left", "right", "both", "bilateral", "neither"}, {"upper", "lower", "middle"}, {"anterior", "posterior"},
                                                {"axial", "coronal", "sagittal"}, {"ct", "mri", "xray", "ultrasound", "pet"}, {"superior", "inferior"},
                                                {"medial", "lateral"}, {"normal", "abnormal"}, {"benign", "malignant"}, {"increased", "decreased"}};
  const auto has = [](const Words& words, const std::string& word) { return std::find(words.begin(), words.end(), word) != words.end(); };
  for (const Words& set : kContrasts)
    for (const std::string& member : set)
      if (has(answer, member) && !has(gold, member)) return true;
  return has(answer, "not") || has(answer, "no") || has(answer, "or");
}

bool IsContrastWord(const std::string& word) {
  return HasContrast({}, {word});
}

// First word of the phrase in the sentence, or -1.
int FindPhrase(const Words& sentence, const Words& phrase) {
  const auto it = std::search(sentence.begin(), sentence.end(), phrase.begin(), phrase.end());
  return it == sentence.end() ? -1 : static_cast<int>(it - sentence.begin());
}

bool IsNumber(const std::string& word, double* value) {
  char* end = nullptr;
  *value = std::strtod(word.c_str(), &end);
  return !word.empty() && *end == '\0' && std::isfinite(*value);
}

// True where one of the three words before says that this is not it.
bool IsDenied(const Words& words, int at) {
  static const Words kDenials = {"not", "no", "never", "without", "than", "but", "except", "or"};
  for (int i = std::max(0, at - 3); i < at; ++i)
    if (std::find(kDenials.begin(), kDenials.end(), words[static_cast<size_t>(i)]) != kDenials.end()) return true;
  return false;
}

struct SaidNumber {
  double value = 0;
  bool is_percent = false, is_denied = false;
};

// Numbers with their sign, in order. "Not 24 but 30" denies the first.
std::vector<SaidNumber> NumbersOf(const std::string& text) {
  const Words words = SplitString(NormalizeAnswer(text), ' ');
  std::vector<SaidNumber> numbers;
  for (size_t i = 0; i < words.size(); ++i) {
    SaidNumber number;
    if (!IsNumber(words[i], &number.value)) continue;
    if (i > 0 && words[i - 1] == "-") number.value = -number.value;
    number.is_percent = i + 1 < words.size() && words[i + 1] == "%";
    number.is_denied = i > 0 && (words[i - 1] == "not" || words[i - 1] == "than");
    numbers.push_back(number);
  }
  return numbers;
}

// "magnetic resonance imaging (MRI)": both names without the brackets; empty where there are none.
std::pair<std::string, std::string> ApartFromBrackets(const std::string& text) {
  const size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string::npos || open == 0 || close == std::string::npos || close < open) return {};
  if (!TrimAscii(std::string_view(text).substr(close + 1)).empty()) return {};
  return {text.substr(0, open), text.substr(open + 1, close - open - 1)};
}

}  // namespace

AnswerText ReadAnswerText(const Reply& reply) {
  const Region& region = reply.region;
  if (region.is_conflict) return {"", "conflict", region.begin, region.end};
  const std::string_view all = std::string_view(reply.text).substr(0, region.end), all_lower = std::string_view(reply.lower).substr(0, region.end);
  std::string_view text = all.substr(region.begin);
  const char* rule = region.rule;
  const size_t declared = AfterDeclaration(all_lower.substr(region.begin));
  if (declared != std::string_view::npos) {
    text = text.substr(declared);
    rule = "declared";
  }
  text = StripEdges(text);
  text = text.substr(0, text.find('\n'));
  text = StripEdges(SkipLeadIn(text, all_lower.substr(text.data() - all.data(), text.size())));
  const int begin = static_cast<int>(text.data() - all.data());
  if (text.empty()) return {"", "none", begin, begin};
  return {std::string(text), rule, begin, begin + static_cast<int>(text.size())};
}

const char* PhraseMatchName(PhraseMatch match) {
  static constexpr const char* kNames[] = {"differs", "exact", "list_order", "synonym", "head_noun"};
  return kNames[static_cast<int>(match)];
}

PhraseMatch MatchOpen(const std::string& gold, const std::string& answer) {
  const std::string normal_gold = NormalizeAnswer(gold);
  if (normal_gold.empty()) return PhraseMatch::kNo;
  if (normal_gold == NormalizeAnswer(answer)) return PhraseMatch::kExact;
  const Words gold_items = SortedItems(gold);
  return gold_items.size() > 1 && gold_items == SortedItems(answer) ? PhraseMatch::kListOrder : PhraseMatch::kNo;
}

PhraseMatch MatchClosed(const std::string& gold, const std::string& answer) {
  if (const PhraseMatch match = MatchOpen(gold, answer); match != PhraseMatch::kNo) return match;
  const std::string normal_gold = CanonicalPhrase(NormalizeAnswer(gold)), normal_answer = CanonicalPhrase(NormalizeAnswer(answer));
  if (normal_gold.empty() || normal_answer.empty()) return PhraseMatch::kNo;
  if (Glued(normal_gold) == Glued(normal_answer)) return PhraseMatch::kSynonym;
  if (const auto [name, short_name] = ApartFromBrackets(answer); !name.empty()) {
    const bool has_both = CanonicalPhrase(NormalizeAnswer(name)) == normal_gold && CanonicalPhrase(NormalizeAnswer(short_name)) == normal_gold;
    if (has_both) return PhraseMatch::kSynonym;
  }
  static const Words kHeads = {"plane", "view", "side", "image", "scan", "imaging", "section", "region", "area", "level", "weighted"};
  const Words gold_words = WordsOf(normal_gold), answer_words = WordsOf(normal_answer);
  if (answer_words.size() > gold_words.size() + 2 || FindPhrase(answer_words, gold_words) < 0 || HasContrast(gold_words, answer_words)) return PhraseMatch::kNo;
  const bool is_position = gold_words.size() == 1 && IsContrastWord(gold_words[0]);
  for (const std::string& word : answer_words) {
    const bool is_gold = std::find(gold_words.begin(), gold_words.end(), word) != gold_words.end();
    const bool is_head = std::find(kHeads.begin(), kHeads.end(), word) != kHeads.end();
    if (!is_gold && !is_head && !is_position) return PhraseMatch::kNo;
  }
  return PhraseMatch::kHeadNoun;
}

PhraseMatch MatchContained(const std::string& gold, const std::string& answer) {
  if (const PhraseMatch match = MatchOpen(gold, answer); match != PhraseMatch::kNo) return match;
  const Words gold_words = WordsOf(gold), answer_words = WordsOf(answer);
  if (gold_words.empty()) return PhraseMatch::kNo;
  const std::vector<SaidNumber> wanted = NumbersOf(gold);
  if (wanted.size() == 1 && gold_words.size() == 1) {
    // One number must be said and not denied: "24, not 30".
    std::vector<SaidNumber> said = NumbersOf(answer);
    std::erase_if(said, [](const SaidNumber& number) { return number.is_denied; });
    if (said.size() != 1 || said[0].is_percent != wanted[0].is_percent) return PhraseMatch::kNo;
    return std::abs(std::round(wanted[0].value * 100) - std::round(said[0].value * 100)) < 0.5 ? PhraseMatch::kSynonym : PhraseMatch::kNo;
  }
  const int at = FindPhrase(answer_words, gold_words);
  if (at < 0 || IsDenied(answer_words, at)) return PhraseMatch::kNo;
  const size_t behind = static_cast<size_t>(at) + gold_words.size();
  const bool is_alternative = behind < answer_words.size() && answer_words[behind] == "or";
  return is_alternative ? PhraseMatch::kNo : PhraseMatch::kHeadNoun;
}

}  // namespace lingshu
