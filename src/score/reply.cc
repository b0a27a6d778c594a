#include "score/reply.h"

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "text/unicode.h"

namespace lingshu {
namespace {

bool IsAlnum(unsigned char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(unsigned char c) { return c >= '0' && c <= '9'; }

// The ASCII character that stands for `code`, or 0 to keep it. Look-alike letters of other alphabets and mathematical
// letters are kept apart on purpose: only full-width forms, which Chinese input methods type, are the letters themselves.
char AsciiOf(char32_t code) {
  if (code >= 0xFF01 && code <= 0xFF5E) return static_cast<char>(code - 0xFF01 + '!');
  switch (code) {
    case 0x00A0: case 0x3000: return ' ';
    case 0x3002: case 0xFF61: return '.';
    case 0x3001: return ',';
    case 0x2018: case 0x2019: case 0x300E: case 0x300F: return '\'';
    case 0x201C: case 0x201D: case 0x300C: case 0x300D: case 0x00AB: case 0x00BB: return '"';
    case 0x3010: case 0x300A: case 0x3014: return '[';
    case 0x3011: case 0x300B: case 0x3015: return ']';
    case 0x00B7: return ' ';
    case 0x2212: return '-';
    case 0xFEFF: return ' ';
    default: break;
  }
  if (code >= 0x2010 && code <= 0x2015) return '-';
  if ((code >= 0x2000 && code <= 0x206F) || (code >= 0x2190 && code <= 0x2BFF) || (code >= 0xFE00 && code <= 0xFE0F) || (code >= 0x1F000 && code <= 0x1FAFF)) return ' ';
  return 0;
}

bool IsCjk(char32_t code) {
  return (code >= 0x2E80 && code <= 0x9FFF) || (code >= 0xAC00 && code <= 0xD7AF) || (code >= 0xF900 && code <= 0xFAFF) || (code >= 0x20000 && code <= 0x3FFFF);
}

void Blank(Reply& reply, size_t begin, size_t end) {
  for (size_t i = begin; i < end && i < reply.text.size(); ++i) reply.text[i] = reply.lower[i] = ' ';
}

// Offset of the brace that closes the one at `open`, or npos.
size_t ClosingBrace(std::string_view text, size_t open) {
  int depth = 0;
  for (size_t i = open; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

bool IsJoiner(std::string_view gap) {
  const std::string_view word = TrimAscii(gap);
  for (const char* joiner : {"", "or", "and", ",", "/", "&", ", or", ", and", "和", "或", "$ or $", "$, $", "$ and $"})
    if (word == joiner) return true;
  return false;
}

// The last closed \boxed{…} of the region; an unclosed one only when none is closed. False when there is none.
bool FindBoxed(const Reply& reply, Region& region) {
  const std::string_view lower = std::string_view(reply.lower).substr(0, region.end);
  Region last;
  bool has_last = false;
  size_t after_last = 0, unclosed = std::string_view::npos;
  for (size_t at = lower.find("boxed", region.begin); at != std::string_view::npos; at = lower.find("boxed", at + 5)) {
    size_t open = at + 5;
    while (open < lower.size() && lower[open] == ' ') ++open;
    if (open >= lower.size() || lower[open] != '{') continue;
    const size_t close = ClosingBrace(lower, open);
    if (close == std::string_view::npos) {
      unclosed = open;
      continue;
    }
    const size_t start = at > 0 && lower[at - 1] == '\\' ? at - 1 : at;
    const std::string_view content = lower.substr(open + 1, close - open - 1);
    const bool is_hedge = has_last && IsJoiner(lower.substr(after_last, start - after_last)) &&
                          TrimAscii(content) != TrimAscii(lower.substr(last.begin, last.end - last.begin));
    last = {static_cast<int>(open + 1), static_cast<int>(close), "boxed", is_hedge};
    has_last = true;
    after_last = close + 1;
    at = close - 4;
  }
  if (!has_last && unclosed != std::string_view::npos) {
    last = {static_cast<int>(unclosed + 1), region.end, "boxed"};
    has_last = true;
  }
  if (has_last && TrimAscii(lower.substr(last.begin, last.end - last.begin)).empty()) return false;
  if (has_last) region = last;
  return has_last;
}

// Where `close` begins, or what there is of it when the reply was cut off inside.
size_t EndOfTag(std::string_view text, size_t begin, std::string_view close) {
  if (const size_t at = text.find(close, begin); at != std::string_view::npos) return at;
  const size_t at = text.rfind('<');
  return at != std::string_view::npos && at >= begin && close.starts_with(text.substr(at)) ? at : text.size();
}

bool FindAnswerTag(const Reply& reply, Region& region) {
  constexpr std::string_view kOpen = "<answer>", kClose = "</answer>";
  const std::string_view lower = std::string_view(reply.lower).substr(0, region.end);
  Region last;
  bool has_last = false;
  size_t after_last = 0;
  for (size_t at = lower.find(kOpen, region.begin); at != std::string_view::npos; at = lower.find(kOpen, at + kOpen.size())) {
    const size_t begin = at + kOpen.size();
    const size_t close = EndOfTag(lower, begin, kClose);
    const bool is_hedge = has_last && IsJoiner(lower.substr(after_last, at - after_last)) &&
                          TrimAscii(lower.substr(begin, close - begin)) != TrimAscii(lower.substr(last.begin, last.end - last.begin));
    last = {static_cast<int>(begin), static_cast<int>(close), "answer_tag", is_hedge};
    has_last = true;
    after_last = std::min(close + kClose.size(), lower.size());
  }
  if (has_last) region = last;
  return has_last;
}

// What follows the last </think>. Thoughts that never end, or nothing after them, leave the whole reply to its boxes.
bool SkipThoughts(const Reply& reply, Region& region) {
  // Kimi's signs around "think" are blanks by now.
  static constexpr std::array<std::string_view, 6> kCloses = {"</think>", "</thinking>", "</thought>", "</reasoning>", "</analysis>", " /think "};
  static constexpr std::array<std::string_view, 5> kOpens = {"<think>", "<thinking>", "<thought>", "<reasoning>", "<analysis>"};
  size_t begin = std::string::npos;
  for (const std::string_view close : kCloses)
    if (const size_t at = reply.lower.rfind(close); at != std::string::npos && (begin == std::string::npos || at + close.size() > begin)) begin = at + close.size();
  if (begin == std::string::npos)
    return std::none_of(kOpens.begin(), kOpens.end(), [&](std::string_view open) { return reply.lower.find(open) != std::string::npos; });
  if (TrimAscii(std::string_view(reply.lower).substr(begin)).empty()) return false;
  region.begin = static_cast<int>(begin);
  region.rule = "after_think";
  return true;
}

bool IsControlName(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kNames = {"EOS", "BOS", "PAD", "SEP", "CLS", "END", "INST", "/INST"};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// Blanks what only dresses the words: emphasis, LaTeX commands and braces, tags, control tokens.
void BlankMarkup(Reply& reply) {
  const int end = reply.region.end;
  for (int i = reply.region.begin; i < end; ++i) {
    const char c = reply.text[i];
    if (c == '*' || c == '`' || c == '$' || c == '{' || c == '}' || c == '"' || c == '#') Blank(reply, i, i + 1);
    if (c == '\\') {
      int stop = i + 1;
      while (stop < end && std::isalpha(static_cast<unsigned char>(reply.text[stop]))) ++stop;
      Blank(reply, i, stop);
    }
    if (c == '<') {
      const size_t close = reply.text.find('>', i);
      const bool is_tag = close != std::string::npos && close < static_cast<size_t>(end) && close - i <= 20 && close > static_cast<size_t>(i) + 1 &&
                          reply.text.find(' ', i) > close;
      // "<C>" alone is a letter in brackets.
      const bool is_all = is_tag && close == static_cast<size_t>(i) + 2 && TrimAscii(std::string_view(reply.text).substr(reply.region.begin, end - reply.region.begin)).size() == 3;
      if (is_tag && !is_all) Blank(reply, i, close + 1);
    }
    if (c == '[') {  // [EOS], [/INST]
      size_t stop = i + 1;
      while (stop < static_cast<size_t>(end) && ((reply.text[stop] >= 'A' && reply.text[stop] <= 'Z') || reply.text[stop] == '/')) ++stop;
      const bool is_control = stop < static_cast<size_t>(end) && reply.text[stop] == ']' && IsControlName(std::string_view(reply.text).substr(i + 1, stop - i - 1));
      if (is_control) Blank(reply, i, stop + 1);
    }
  }
}

void FindWords(Reply& reply) {
  const std::string& text = reply.lower;
  const size_t end = reply.region.end;
  reply.words.reserve((end - reply.region.begin) / 5 + 4);
  size_t begin = 0;
  bool is_inside = false;
  const auto close = [&](size_t at) {
    if (is_inside) reply.words.push_back({static_cast<int>(begin), static_cast<int>(at)});
    is_inside = false;
  };
  for (size_t i = reply.region.begin; i < end;) {
    size_t next_character = i + 1;
    const unsigned char c = text[i];
    bool is_part = IsAlnum(c), is_alone = false;
    if (c >= 0x80) {
      next_character = i;
      is_alone = IsCjk(NextCodePoint(text, next_character));
      is_part = !is_alone;
    } else if (!is_part && is_inside && i + 1 < end) {
      // "it's", "2.5", "1,200" are one word.
      const unsigned char next = text[i + 1];
      is_part = (c == '\'' && IsAlnum(next) && !IsDigit(next)) || ((c == '.' || c == ',') && IsDigit(text[i - 1]) && IsDigit(next));
    }
    if (is_alone) {
      close(i);
      reply.words.push_back({static_cast<int>(i), static_cast<int>(next_character)});
    } else if (is_part && !is_inside) {
      begin = i;
      is_inside = true;
    } else if (!is_part) {
      close(i);
    }
    i = next_character;
  }
  close(end);
}

Reply Fold(std::string_view text) {
  Reply reply;
  reply.text = FoldWidth(text, &reply.origin);
  reply.lower = LowerSameLength(reply.text);
  reply.region = {0, static_cast<int>(reply.text.size())};
  return reply;
}

}  // namespace

std::string_view Reply::Gap(int before, int after) const {
  const int begin = before < 0 ? region.begin : words[before].end;
  const int end = after >= num_words() ? region.end : words[after].begin;
  return std::string_view(lower).substr(begin, end - begin);
}

std::string FoldWidth(std::string_view text, std::vector<int>* origin) {
  bool is_ascii = true;
  for (const char c : text) is_ascii &= static_cast<unsigned char>(c) < 0x80;
  if (is_ascii) return std::string(text);
  std::string folded;
  folded.reserve(text.size());
  for (size_t i = 0; i < text.size();) {
    size_t next = i;
    const char32_t code = NextCodePoint(text, next);
    const char ascii = code < 0x80 ? 0 : AsciiOf(code);
    const size_t before = folded.size();
    if (ascii != 0) folded += ascii;
    else folded.append(text.substr(i, next - i));
    if (origin != nullptr)
      for (size_t k = before; k < folded.size(); ++k) origin->push_back(static_cast<int>(i + (k - before)));
    i = next;
  }
  if (origin != nullptr) origin->push_back(static_cast<int>(text.size()));
  return folded;
}

std::string LowerSameLength(std::string text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = text[i];
    if (c >= 'A' && c <= 'Z') text[i] = static_cast<char>(c + 32);
    if (c == 0xEF && i + 2 < text.size() && text[i + 1] == '\xBC') {  // Ａ-Ｚ
      const unsigned char letter = text[i + 2];
      if (letter >= 0xA1 && letter <= 0xBA) text[i + 1] = '\xBD', text[i + 2] = static_cast<char>(letter - 0x20);
      continue;
    }
    if (c < 0xC3 || c > 0xD0 || i + 1 >= text.size()) continue;
    unsigned char& next = reinterpret_cast<unsigned char&>(text[i + 1]);
    if (c == 0xC3 && next >= 0x80 && next <= 0x9E && next != 0x97) next += 0x20;  // À-Þ
    if (c == 0xCE && next >= 0x91 && next <= 0x9F) next += 0x20;                  // Α-Ο
    if (c == 0xCE && next >= 0xA0 && next <= 0xA9) text[i] = '\xCF', next -= 0x20;  // Π-Ω
    if (c == 0xD0 && next >= 0x90 && next <= 0x9F) next += 0x20;                  // А-П
    if (c == 0xD0 && next >= 0xA0 && next <= 0xAF) text[i] = '\xD1', next -= 0x20;  // Р-Я
    ++i;
  }
  return text;
}

Reply ReadReply(std::string_view response) {
  Reply reply = Fold(response);
  const bool has_answer_part = SkipThoughts(reply, reply.region);
  if (!FindBoxed(reply, reply.region) && !FindAnswerTag(reply, reply.region) && !has_answer_part) reply.region.begin = reply.region.end;
  if (reply.region.rule == std::string_view("answer_tag")) FindBoxed(reply, reply.region);
  BlankMarkup(reply);
  FindWords(reply);
  return reply;
}

Reply ReadPlain(std::string_view text) {
  Reply reply = Fold(text);
  FindWords(reply);
  return reply;
}

}  // namespace lingshu
