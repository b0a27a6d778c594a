// One longest-match lexer: each rule says how many code points it would take here; the first of the longest gets them.
#include "score/ptb.h"

#include <algorithm>
#include <array>

#include "score/difflib.h"
#include "score/medevalkit.h"
#include "text/unicode.h"
#include "text/unicode_class.h"

namespace lingshu {
namespace {

using Text = std::u32string_view;

// Words that keep their full stop, whatever follows.
constexpr auto kAbbreviations = std::to_array<std::u32string_view>(
    {U"adj",   U"adm",    U"adv",  U"al",   U"ala",   U"apr",     U"ariz", U"ark",   U"assn",  U"assoc", U"asst",
     U"atty",  U"attys",  U"aug",  U"ave",  U"az",    U"bancorp", U"bhd",  U"bldg",  U"blvd",  U"brig",  U"bros",
     U"calif", U"capt",   U"cf",   U"cie",  U"cmdr",  U"co",      U"col",  U"colo",  U"comdr", U"conn",  U"corp",
     U"cos",   U"cpl",    U"ct",   U"dak",  U"dec",   U"del",     U"dept", U"det",   U"dr",    U"drs",   U"elec",
     U"ens",   U"esq",    U"est",  U"etc",  U"ext",   U"feb",     U"fla",  U"fri",   U"ft",    U"ga",    U"gen",
     U"gov",   U"govs",   U"hon",  U"ill",  U"inc",   U"ind",     U"intl", U"jan",   U"jos",   U"jr",    U"jul",
     U"jun",   U"kan",    U"kans", U"ky",   U"la",    U"lieut",   U"lt",   U"ltd",   U"maj",   U"mar",   U"mass",
     U"md",    U"messrs", U"mfg",  U"mich", U"minn",  U"miss",    U"mme",  U"mo",    U"mon",   U"mont",  U"mr",
     U"mrs",   U"ms",     U"mt",   U"mtg",  U"natl",  U"neb",     U"nev",  U"nov",   U"oct",   U"okla",  U"ore",
     U"pa",    U"penn",   U"pfc",  U"ph",   U"plc",   U"pres",    U"prof", U"profs", U"pte",   U"ptes",  U"pty",
     U"ptys",  U"pvt",    U"rd",   U"rep",  U"reps",  U"rev",     U"rt",   U"sen",   U"sens",  U"sep",   U"sept",
     U"seq",   U"sfc",    U"sgt",  U"spc",  U"sq",    U"sr",      U"st",   U"ste",   U"supt",  U"supts", U"sys",
     U"tel",   U"tenn",   U"tex",  U"thu",  U"thurs", U"treas",   U"tue",  U"tues",  U"univ",  U"va",    U"vs",
     U"vt",    U"wash",   U"wed",  U"wis",  U"wisc",  U"wm",      U"wyo"});
// Of these the ones that are words in lower case.
constexpr auto kCapitalOnly = std::to_array<std::u32string_view>(
    {U"ark", U"del", U"ill", U"la", U"mass", U"miss", U"ore", U"pa", U"tex", U"wash"});
// Those that keep it before a number only.
constexpr auto kNumberAbbreviations =
    std::to_array<std::u32string_view>({U"art", U"ca", U"fig", U"figs", U"no", U"nos", U"op", U"pp", U"prop"});

bool IsAsciiLetter(char32_t c) { return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z'); }
bool IsDigit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool IsAsciiWord(char32_t c) { return IsAsciiLetter(c) || IsDigit(c); }
bool IsCapital(char32_t c) { return c >= U'A' && c <= U'Z'; }
bool IsLetter(char32_t c) {
  return IsAsciiLetter(c) || (c >= 0x80 && c < kClassedCodePoints && (CodePointClasses()[c] & (kLetter | kMark)) != 0);
}
bool IsWordCharacter(char32_t c) { return IsLetter(c) || IsDigit(c); }
bool IsSpace(char32_t c) {
  return c == U' ' || (c >= 9 && c <= 13) || c == 0x85 || c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x3000;
}
bool IsApostrophe(char32_t c) { return c == U'\'' || c == 0x2019 || c == 0x92; }

// The code point at i, or 0 beyond the end.
char32_t At(Text text, size_t i) { return i < text.size() ? text[i] : U'\0'; }

template <typename Is>
size_t Skip(Text text, size_t i, Is is) {
  while (i < text.size() && is(text[i])) ++i;
  return i;
}

std::u32string AsciiLower(Text text) {
  std::u32string lower(text);
  for (char32_t& c : lower)
    if (IsCapital(c)) c += U'a' - U'A';
  return lower;
}

// letter (letter | digit)*, joined by . ! ? before a letter: "clear.No"
size_t MatchWord(Text text, size_t i) {
  if (!IsLetter(At(text, i))) return 0;
  size_t end = Skip(text, i, IsWordCharacter);
  while ((At(text, end) == U'.' || At(text, end) == U'!' || At(text, end) == U'?') && IsLetter(At(text, end + 1)))
    end = Skip(text, end + 1, IsWordCharacter);
  return end - i;
}

bool IsJoint(char32_t c) { return c == U'-' || c == U'_' || c == 0x2010 || c == 0x2011; }

// Letters and digits joined by single - or _: "left-sided", "5-year-old"; with d', o' or l' before.
size_t MatchCompound(Text text, size_t i) {
  size_t begin = i;
  const char32_t first = At(text, i);
  const bool is_prefix =
      first == U'd' || first == U'D' || first == U'o' || first == U'O' || first == U'l' || first == U'L';
  if (is_prefix && IsApostrophe(At(text, i + 1)) && IsLetter(At(text, i + 2)) && IsLetter(At(text, i + 3)))
    begin = i + 2;
  size_t end = Skip(text, begin, IsWordCharacter);
  if (end == begin) return 0;
  while (IsJoint(At(text, end)) && IsWordCharacter(At(text, end + 1))) end = Skip(text, end + 1, IsWordCharacter);
  return end - i;
}

// [A-Za-z0-9][A-Za-z0-9.,]*(-[A-Za-z0-9]+)+: "2.5-cm", "U.S.-based"
size_t MatchHyphened(Text text, size_t i) {
  if (!IsAsciiWord(At(text, i))) return 0;
  size_t end = Skip(text, i, [](char32_t c) { return IsAsciiWord(c) || c == U'.' || c == U','; });
  if (At(text, end) != U'-' || !IsAsciiWord(At(text, end + 1))) return 0;
  while (At(text, end) == U'-' && IsAsciiWord(At(text, end + 1))) end = Skip(text, end + 1, IsAsciiWord);
  return end - i;
}

// Up to three of [A-Za-z0-9]+(-[A-Za-z]+){0,2} joined by slashes: "and/or", "10/5/2020"
size_t MatchSlashed(Text text, size_t i) {
  size_t best = 0, end = i;
  for (int part = 0; part < 3; ++part) {
    if (part > 0 && At(text, end++) != U'/') break;
    const size_t begin = end;
    end = Skip(text, begin, IsAsciiWord);
    if (end == begin) break;
    for (int k = 0; k < 2 && At(text, end) == U'-' && IsAsciiLetter(At(text, end + 1)); ++k)
      end = Skip(text, end + 1, IsAsciiLetter);
    if (part > 0) best = end - i;
  }
  return best;
}

// [-+]? digits with . , : inside, or beginning with them: "1,234.5", "12:30", ".5"
size_t MatchNumber(Text text, size_t i) {
  size_t end = i + (At(text, i) == U'-' || At(text, i) == U'+' ? 1 : 0);
  const size_t begin = end;
  end = Skip(text, end, IsDigit);
  while ((At(text, end) == U'.' || At(text, end) == U',' || At(text, end) == U':') && IsDigit(At(text, end + 1)))
    end = Skip(text, end + 1, IsDigit);
  return end == begin ? 0 : end - i;
}

// "2-3/4"
size_t MatchMixedFraction(Text text, size_t i) {
  const size_t whole = Skip(text, i, IsDigit);
  if (whole == i || whole - i > 4 || At(text, whole) != U'-') return 0;
  const size_t above = Skip(text, whole + 1, IsDigit);
  if (above == whole + 1 || above - whole > 5 || At(text, above) != U'/') return 0;
  const size_t below = Skip(text, above + 1, IsDigit);
  return below == above + 1 ? 0 : std::min(below, above + 5) - i;
}

// [A-Z]+([+&][A-Z]+)+: "R&B"
size_t MatchCapitalsJoined(Text text, size_t i) {
  size_t end = Skip(text, i, IsCapital), best = 0;
  while (end > i && (At(text, end) == U'&' || At(text, end) == U'+') && IsCapital(At(text, end + 1)))
    best = end = Skip(text, end + 1, IsCapital);
  return best == 0 ? 0 : best - i;
}

// A space and a word that begins sentences: the full stop before it is one.
bool IsSentenceStart(Text text, size_t i) {
  static constexpr auto kStarters = std::to_array<std::u32string_view>(
      {U"a",       U"about", U"according", U"additionally", U"after",   U"an",    U"as",   U"at",    U"but",
       U"earlier", U"he",    U"her",       U"here",         U"however", U"if",    U"in",   U"it",    U"last",
       U"many",    U"more",  U"now",       U"once",         U"one",     U"other", U"our",  U"she",   U"since",
       U"so",      U"some",  U"such",      U"that",         U"the",     U"their", U"then", U"there", U"these",
       U"they",    U"this",  U"we",        U"what",         U"when",    U"while", U"yet",  U"you"});
  const size_t begin = Skip(text, i, IsSpace), end = Skip(text, begin, IsAsciiLetter);
  if (begin == i || !IsCapital(At(text, begin)) || (end < text.size() && !IsSpace(text[end]))) return false;
  return std::find(kStarters.begin(), kStarters.end(), AsciiLower(text.substr(begin, end - begin))) != kStarters.end();
}

// Single letters with full stops, "p.m.", and "Ph.D."
size_t MatchAcronym(Text text, size_t i) {
  const std::u32string head = AsciiLower(text.substr(i, 5));
  if (head == U"ph.d." || head == U"ed.d.") return 5;
  size_t end = i;
  while (IsAsciiLetter(At(text, end)) && At(text, end + 1) == U'.') end += 2;
  return end == i + 2 && IsSentenceStart(text, end) ? 0 : end - i;
}

size_t MatchAbbreviation(Text text, size_t i) {
  const size_t end = Skip(text, i, IsAsciiLetter);
  if (end == i || end - i > 7 || At(text, end) != U'.') return 0;
  const std::u32string word = AsciiLower(text.substr(i, end - i));
  const auto is_in = [&](const auto& list) { return std::find(list.begin(), list.end(), word) != list.end(); };
  if (is_in(kAbbreviations) && (IsCapital(text[i]) || !is_in(kCapitalOnly))) return end + 1 - i;
  const size_t next = end + 1 + (IsSpace(At(text, end + 1)) ? 1 : 0);
  return is_in(kNumberAbbreviations) && IsDigit(At(text, next)) ? end + 1 - i : 0;
}

// ma'am
size_t MatchMadam(Text text, size_t i) {
  const std::u32string word = AsciiLower(text.substr(i, 5));
  return word.size() == 5 && word.starts_with(U"ma") && IsApostrophe(word[2]) && word.ends_with(U"am") ? 5 : 0;
}

// 's 'm 'd 'll 've 're after a word, '90s, 'em, 'n', 'til
size_t MatchApostrophe(Text text, size_t i) {
  if (!IsApostrophe(At(text, i))) return 0;
  const size_t end = Skip(text, i + 1, IsWordCharacter);
  const std::u32string word = AsciiLower(text.substr(i + 1, end - i - 1));
  for (const Text known : {U"s", U"m", U"d", U"ll", U"ve", U"re", U"em", U"til"})
    if (word == known) return end - i;
  if (word == U"n") return end - i + (IsApostrophe(At(text, end)) ? 1 : 0);
  const bool is_short = word.size() == 2 && (end >= text.size() || IsSpace(text[end]));
  const bool is_year = word.size() >= 2 && IsDigit(word[0]) && IsDigit(word[1]) && (is_short || word.substr(2) == U"s");
  return is_year ? end - i : 0;
}

bool IsOfTagName(char32_t c) { return IsAsciiWord(c) || c == U'_' || c == U':' || c == U'-'; }

// Behind an attribute that begins at i: a name, with =value or ="…" or alone; i where there is none.
size_t SkipAttribute(Text text, size_t i) {
  if (!IsAsciiLetter(At(text, i))) return i;
  const size_t end = Skip(text, i, IsOfTagName);
  if (At(text, end) != U'=') return end;
  const char32_t quote = At(text, end + 1);
  if (quote != U'"' && quote != U'\'') return Skip(text, end + 1, IsOfTagName);
  const size_t closing = Skip(text, end + 2, [quote](char32_t c) { return c != quote; });
  return std::min(closing + 1, text.size());
}

// <tag a="b">, </tag>
size_t MatchTag(Text text, size_t i) {
  if (At(text, i) != U'<') return 0;
  const size_t name = i + (At(text, i + 1) == U'/' ? 2 : 1);
  if (!IsAsciiLetter(At(text, name))) return 0;
  size_t end = Skip(text, name, IsOfTagName);
  for (size_t next = end; At(text, next) == U' '; end = next) {
    next = Skip(text, next, IsSpace);
    if (const size_t behind = SkipAttribute(text, next); behind > next) next = behind;
    else break;
  }
  end = Skip(text, end, IsSpace);
  if (At(text, end) == U'/') ++end;
  return At(text, end) == U'>' ? end + 1 - i : 0;
}

bool IsOfAddress(char32_t c) {
  return c != 0 && !IsSpace(c) && c != U'"' && c != U'<' && c != U'>' && c != U'|' && c != U'(' && c != U')';
}

size_t MatchAddress(Text text, size_t i) {
  const std::u32string head = AsciiLower(text.substr(i, 8));
  size_t end = Skip(text, i, IsOfAddress);
  if (head.starts_with(U"http://") || head.starts_with(U"https://")) {
    while (end > i &&
           (text[end - 1] == U'.' || text[end - 1] == U',' || text[end - 1] == U'!' || text[end - 1] == U'?'))
      --end;
    return end - i;
  }
  if (At(text, i) == U'@' || At(text, i) == U'#') {
    const size_t word = Skip(text, i + 1, [](char32_t c) { return IsWordCharacter(c) || c == U'_'; });
    return IsLetter(At(text, i + 1)) ? word - i : 0;
  }
  const size_t at = IsAsciiWord(At(text, i)) ? text.substr(i, end - i).find(U'@') : Text::npos;
  return at == Text::npos || i + at + 1 == end ? 0 : end - i;
}

// Runs of one sign that stay together.
size_t MatchSigns(Text text, size_t i) {
  const char32_t sign = At(text, i);
  if (sign == U'!' || sign == U'?') return Skip(text, i, [](char32_t c) { return c == U'!' || c == U'?'; }) - i;
  if (sign == U'.') return text.substr(i, 3) == U"..." ? 3 : 1;
  if (sign != U'-' && sign != U'_' && sign != U'*' && sign != U'#') return 1;
  return Skip(text, i, [sign](char32_t c) { return c == sign; }) - i;
}

bool IsRaisedDigit(char32_t c) { return c == 0xB2 || c == 0xB3 || c == 0xB9 || (c >= 0x2070 && c <= 0x209C); }

size_t MatchRaised(Text text, size_t i) { return Skip(text, i, IsRaisedDigit) - i; }

size_t LongestMatch(Text text, size_t i) {
  size_t longest = MatchSigns(text, i);
  for (const auto match : {&MatchWord, &MatchCompound, &MatchHyphened, &MatchSlashed, &MatchNumber, &MatchMixedFraction,
                           &MatchCapitalsJoined, &MatchAcronym, &MatchAbbreviation, &MatchApostrophe, &MatchMadam,
                           &MatchTag, &MatchAddress, &MatchRaised})
    longest = std::max(longest, match(text, i));
  return longest;
}

std::string Utf8(Text text) {
  std::string utf8;
  const bool is_year = text.size() > 1 && IsDigit(text[1]);  // the one token that keeps its apostrophe as written
  for (const char32_t c : text) AppendUtf8(utf8, IsApostrophe(c) && !is_year ? U'\'' : c);
  return PythonLower(utf8);
}

// The token written as the Penn Treebank writes it; "" for what is no token.
std::string Escaped(Text token) {
  static constexpr std::array<std::pair<char32_t, const char*>, 14> kEscapes = {{{U'(', "-lrb-"},
                                                                                 {U')', "-rrb-"},
                                                                                 {U'[', "-lsb-"},
                                                                                 {U']', "-rsb-"},
                                                                                 {U'{', "-lcb-"},
                                                                                 {U'}', "-rcb-"},
                                                                                 {0xBC, "1/4"},
                                                                                 {0xBD, "1/2"},
                                                                                 {0xBE, "3/4"},
                                                                                 {0x2153, "1/3"},
                                                                                 {0x2154, "2/3"},
                                                                                 {0xA2, "cents"},
                                                                                 {0xA3, "#"},
                                                                                 {0x20AC, "$"}}};
  if (token.size() == 1) {
    const char32_t c = token[0];
    for (const auto& [sign, text] : kEscapes)
      if (c == sign) return text;
    // Dashes, quotes and the ellipsis become punctuation that is left out; soft and hard hyphens vanish.
    if ((c >= 0x2010 && c <= 0x2015) || c == 0x2018 || c == 0x2019 || c == 0x201B || c == 0x201C || c == 0x201D ||
        c == 0x2039 || c == 0x203A || c == 0x2026 || c == 0xAB || c == 0xBB || c == U'"' || c == 0xAD || c > 0xFFFF ||
        c == kReplacement)
      return "";
  }
  return Utf8(token);
}

// Punctuation that the metric leaves out.
bool IsLeftOut(const std::string& token) {
  static constexpr auto kPunctuation = std::to_array<std::string_view>(
      {"''", "'", "``", "`", ".", "?", "!", ",", ":", "-", "--", "---", "----", "...", ";"});
  return token.empty() || std::find(kPunctuation.begin(), kPunctuation.end(), token) != kPunctuation.end();
}

// A word that is two tokens: "can't" -> ca n't, "cannot" -> can not. Code points; total is 0 for a word that is one.
struct Split {
  size_t first = 0, total = 0;
};

Split SplitOf(Text text, size_t i, size_t length) {
  const Text word = text.substr(i, length);
  if (!std::all_of(word.begin(), word.end(), IsAsciiLetter)) return {};
  const char32_t last = word.back(), next = At(text, i + length + 1);
  const bool is_negation = (last == U'n' || last == U'N') && IsApostrophe(At(text, i + length)) &&
                           (next == U't' || next == U'T') && !IsWordCharacter(At(text, i + length + 2));
  if (is_negation) return {length - 1, length + 2};
  const std::u32string lower = AsciiLower(word);
  for (const Text joined : {U"cannot", U"gonna", U"gotta", U"lemme", U"gimme", U"wanna"})
    if (lower == joined) return {3, length};
  return {};
}

std::u32string WithoutEntities(std::u32string text) {
  static constexpr std::array<std::pair<std::u32string_view, char32_t>, 4> kEntities = {
      {{U"&amp;", U'&'}, {U"&lt;", U'<'}, {U"&gt;", U'>'}, {U"&apos;", U'\''}}};
  for (const auto& [entity, sign] : kEntities)
    for (size_t at = text.find(entity); at != std::u32string::npos; at = text.find(entity, at + 1))
      text.replace(at, entity.size(), 1, sign);
  return text;
}

}  // namespace

Tokens PtbTokens(std::string_view utf8) {
  const std::u32string points = WithoutEntities(CodePoints(utf8));
  const Text text = points;
  Tokens tokens;
  const auto add = [&](std::string token) {
    if (!IsLeftOut(token)) tokens.push_back(std::move(token));
  };
  for (size_t i = 0; i < text.size();) {
    if (IsSpace(text[i])) {
      ++i;
      continue;
    }
    const size_t length = LongestMatch(text, i);
    if (const Split split = SplitOf(text, i, length); split.total > 0) {
      if (split.first > 0) add(Utf8(text.substr(i, split.first)));
      add(Utf8(text.substr(i + split.first, split.total - split.first)));
      i += split.total;
    } else {
      add(Escaped(text.substr(i, length)));
      i += length;
    }
  }
  return tokens;
}

}  // namespace lingshu
