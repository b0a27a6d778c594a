#include "score/porter.h"

#include <array>
#include <initializer_list>

#include "score/difflib.h"
#include "text/unicode.h"

namespace lingshu {
namespace {

using Stem = std::u32string_view;

// Whether word[i] is a consonant; y is one at the beginning and after a vowel.
bool IsConsonant(Stem word, size_t i) {
  switch (word[i]) {
    case U'a':
    case U'e':
    case U'i':
    case U'o':
    case U'u':
      return false;
    case U'y':
      return i == 0 || !IsConsonant(word, i - 1);
    default:
      return true;
  }
}

// m of [C](VC){m}[V].
int Measure(Stem stem) {
  int measure = 0;
  bool was_vowel = false;
  for (size_t i = 0; i < stem.size(); ++i) {
    const bool is_vowel = !IsConsonant(stem, i);
    measure += was_vowel && !is_vowel;
    was_vowel = is_vowel;
  }
  return measure;
}

bool HasVowel(Stem stem) {
  for (size_t i = 0; i < stem.size(); ++i)
    if (!IsConsonant(stem, i)) return true;
  return false;
}

bool EndsInDoubleConsonant(Stem word) {
  const size_t n = word.size();
  return n >= 2 && word[n - 1] == word[n - 2] && IsConsonant(word, n - 1);
}

// Consonant, vowel, consonant that is not w, x or y; also a word of vowel and consonant.
bool EndsInCvc(Stem word) {
  const size_t n = word.size();
  if (n == 2) return !IsConsonant(word, 0) && IsConsonant(word, 1);
  return n >= 3 && IsConsonant(word, n - 3) && !IsConsonant(word, n - 2) && IsConsonant(word, n - 1) &&
         word[n - 1] != U'w' && word[n - 1] != U'x' && word[n - 1] != U'y';
}

struct Rule {
  Stem suffix, replacement;
};

// The first rule whose suffix stands at the end decides; it fires where `condition` holds for what is left.
template <typename Condition>
void Apply(std::u32string& word, std::initializer_list<Rule> rules, Condition condition) {
  for (const Rule& rule : rules) {
    if (!word.ends_with(rule.suffix)) continue;
    const Stem stem = Stem(word).substr(0, word.size() - rule.suffix.size());
    if (condition(stem)) word.replace(stem.size(), rule.suffix.size(), rule.replacement);
    return;
  }
}

void CutEnd(std::u32string& word, size_t n) { word.resize(word.size() - n); }

// Plurals.
void Step1a(std::u32string& word) {
  if (word.ends_with(U"ies") && word.size() == 4) return CutEnd(word, 1);
  Apply(word, {{U"sses", U"ss"}, {U"ies", U"i"}, {U"ss", U"ss"}, {U"s", U""}}, [](Stem) { return true; });
}

// -ed and -ing, and what their loss leaves to mend.
void Step1b(std::u32string& word) {
  if (word.ends_with(U"ied")) return CutEnd(word, word.size() == 4 ? 1 : 2);
  if (word.ends_with(U"eed")) {
    if (Measure(Stem(word).substr(0, word.size() - 3)) > 0) CutEnd(word, 1);
    return;
  }
  const size_t cut = word.ends_with(U"ed") ? 2 : word.ends_with(U"ing") ? 3 : 0;
  if (cut == 0 || !HasVowel(Stem(word).substr(0, word.size() - cut))) return;
  CutEnd(word, cut);
  if (word.ends_with(U"at") || word.ends_with(U"bl") || word.ends_with(U"iz")) {
    word += U'e';
  } else if (EndsInDoubleConsonant(word)) {
    if (word.back() != U'l' && word.back() != U's' && word.back() != U'z') CutEnd(word, 1);
  } else if (Measure(word) == 1 && EndsInCvc(word)) {
    word += U'e';
  }
}

void Step1c(std::u32string& word) {
  const size_t n = word.size();
  if (n > 2 && word[n - 1] == U'y' && IsConsonant(word, n - 2)) word[n - 1] = U'i';
}

bool IsMeasurePositive(Stem stem) { return Measure(stem) > 0; }
bool IsMeasureAboveOne(Stem stem) { return Measure(stem) > 1; }

void Step2(std::u32string& word) {
  while (word.ends_with(U"alli") && IsMeasurePositive(Stem(word).substr(0, word.size() - 4))) CutEnd(word, 2);
  if (word.ends_with(U"logi")) {
    if (IsMeasurePositive(Stem(word).substr(0, word.size() - 3))) CutEnd(word, 1);
    return;
  }
  Apply(word, {{U"ational", U"ate"}, {U"tional", U"tion"}, {U"enci", U"ence"}, {U"anci", U"ance"}, {U"izer", U"ize"},
               {U"bli", U"ble"},     {U"alli", U"al"},     {U"entli", U"ent"}, {U"eli", U"e"},     {U"ousli", U"ous"},
               {U"ization", U"ize"}, {U"ation", U"ate"},   {U"ator", U"ate"},  {U"alism", U"al"},  {U"iveness", U"ive"},
               {U"fulness", U"ful"}, {U"ousness", U"ous"}, {U"aliti", U"al"},  {U"iviti", U"ive"}, {U"biliti", U"ble"},
               {U"fulli", U"ful"}},
        IsMeasurePositive);
}

void Step3(std::u32string& word) {
  Apply(word,
        {{U"icate", U"ic"},
         {U"ative", U""},
         {U"alize", U"al"},
         {U"iciti", U"ic"},
         {U"ical", U"ic"},
         {U"ful", U""},
         {U"ness", U""}},
        IsMeasurePositive);
}

void Step4(std::u32string& word) {
  if (word.ends_with(U"ion")) {
    const Stem stem = Stem(word).substr(0, word.size() - 3);
    if (IsMeasureAboveOne(stem) && (stem.back() == U's' || stem.back() == U't')) CutEnd(word, 3);
    return;
  }
  Apply(word,
        {{U"al", U""},
         {U"ance", U""},
         {U"ence", U""},
         {U"er", U""},
         {U"ic", U""},
         {U"able", U""},
         {U"ible", U""},
         {U"ant", U""},
         {U"ement", U""},
         {U"ment", U""},
         {U"ent", U""},
         {U"ou", U""},
         {U"ism", U""},
         {U"ate", U""},
         {U"iti", U""},
         {U"ous", U""},
         {U"ive", U""},
         {U"ize", U""}},
        IsMeasureAboveOne);
}

void Step5(std::u32string& word) {
  if (word.ends_with(U'e')) {
    const Stem stem = Stem(word).substr(0, word.size() - 1);
    if (Measure(stem) > 1 || (Measure(stem) == 1 && !EndsInCvc(stem))) CutEnd(word, 1);
  }
  if (word.ends_with(U"ll") && Measure(Stem(word).substr(0, word.size() - 1)) > 1) CutEnd(word, 1);
}

struct Irregular {
  std::string_view form, stem;
};
constexpr std::array<Irregular, 16> kIrregular = {{{"sky", "sky"},
                                                   {"skies", "sky"},
                                                   {"dying", "die"},
                                                   {"lying", "lie"},
                                                   {"tying", "tie"},
                                                   {"news", "news"},
                                                   {"innings", "inning"},
                                                   {"inning", "inning"},
                                                   {"outings", "outing"},
                                                   {"outing", "outing"},
                                                   {"cannings", "canning"},
                                                   {"canning", "canning"},
                                                   {"howe", "howe"},
                                                   {"proceed", "proceed"},
                                                   {"exceed", "exceed"},
                                                   {"succeed", "succeed"}}};

}  // namespace

std::string PorterStem(std::string_view word) {
  for (const Irregular& irregular : kIrregular)
    if (word == irregular.form) return std::string(irregular.stem);
  std::u32string stem = CodePoints(word);
  if (stem.size() <= 2) return std::string(word);
  for (const auto step : {&Step1a, &Step1b, &Step1c, &Step2, &Step3, &Step4, &Step5}) step(stem);
  std::string utf8;
  for (const char32_t c : stem) AppendUtf8(utf8, c);
  return utf8;
}

}  // namespace lingshu
