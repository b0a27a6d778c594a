// The lexer of jinja2 (lexer.py) with trim_blocks and lstrip_blocks on and keep_trailing_newline off.
//   before {% {# {{   "-" strips all white space, "+" nothing; else a block or comment strips the spaces that begin its
//   line behind %} #} }}   "-" strips all white space, "+" nothing; else a block or comment takes one newline along
#include "text/jinja_lex.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "text/unicode.h"

namespace lingshu {
namespace {

using Kind = JinjaToken::Kind;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameStart(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }

class Lexer {
 public:
  Lexer(std::string source, const std::string& where) : source_(std::move(source)), where_(where) {}

  std::vector<JinjaToken> Run() {
    while (at_ < source_.size()) {
      const size_t tag = Data();
      if (tag == std::string::npos) break;
      const char kind = source_[tag + 1];
      at_ = tag + 2;
      if (HasSign()) ++at_;
      if (kind == '#') Comment();
      else if (kind == '{') Tag(Kind::kPrintBegin, Kind::kPrintEnd, "}}");
      else if (!Raw()) Tag(Kind::kBlockBegin, Kind::kBlockEnd, "%}");
    }
    Push(Kind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void Fail(const std::string& what) const {
    throw Error(ErrorCode::kCorrupt, fmt::format("{}:{}: {}.", where_, line_, what));
  }

  void Push(Kind kind, std::string text) { tokens_.push_back({kind, std::move(text), line_}); }
  bool HasSign() const { return at_ < source_.size() && (source_[at_] == '-' || source_[at_] == '+'); }
  void CountLines(size_t begin, size_t end) {
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<std::ptrdiff_t>(begin),
                                         source_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
  }

  // The data of [at_, tag) as the tag at `tag` leaves it.
  std::string StrippedBefore(size_t tag) const {
    std::string data = source_.substr(at_, tag - at_);
    const char sign = tag + 2 < source_.size() ? source_[tag + 2] : ' ';
    if (sign == '-') {
      while (!data.empty() && IsSpaceAscii(data.back())) data.pop_back();
    } else if (sign != '+' && source_[tag + 1] != '{') {
      const size_t newline = data.rfind('\n');
      const size_t line_begin = newline == std::string::npos ? 0 : newline + 1;
      const bool starts_line = newline != std::string::npos || at_ == 0 || source_[at_ - 1] == '\n';
      if (starts_line && std::all_of(data.begin() + static_cast<std::ptrdiff_t>(line_begin), data.end(), IsSpaceAscii))
        data.resize(line_begin);
    }
    return data;
  }

  size_t FindTag() const {
    size_t tag = source_.find('{', at_);
    while (tag != std::string::npos &&
           (tag + 1 >= source_.size() || std::string_view("{%#").find(source_[tag + 1]) == std::string_view::npos))
      tag = source_.find('{', tag + 1);
    return tag;
  }

  // Pushes data up to the next tag and returns where it is.
  size_t Data() {
    const size_t tag = FindTag();
    if (tag == std::string::npos) {
      if (at_ < source_.size()) Push(Kind::kData, source_.substr(at_));
      at_ = source_.size();
      return tag;
    }
    if (std::string data = StrippedBefore(tag); !data.empty()) Push(Kind::kData, std::move(data));
    CountLines(at_, tag);
    return tag;
  }

  // Behind the end of a tag whose sign was `sign`.
  void StripBehind(char sign, bool takes_newline) {
    const size_t begin = at_;
    if (sign == '-') {
      while (at_ < source_.size() && IsSpaceAscii(source_[at_])) ++at_;
    } else if (sign != '+' && takes_newline && at_ < source_.size() && source_[at_] == '\n') {
      ++at_;
    }
    CountLines(begin, at_);
  }

  void Comment() {
    const size_t end = source_.find("#}", at_);
    if (end == std::string::npos) Fail("a comment is not closed");
    CountLines(at_, end);
    const char sign = end > at_ ? source_[end - 1] : ' ';
    at_ = end + 2;
    StripBehind(sign, true);
  }

  // {% raw %} … {% endraw %}: everything between is data.
  bool Raw() {
    const auto word_tag = [&](size_t at, std::string_view word, size_t& end, char& sign) {
      while (at < source_.size() && IsSpaceAscii(source_[at])) ++at;
      if (source_.compare(at, word.size(), word) != 0) return false;
      at += word.size();
      while (at < source_.size() && IsSpaceAscii(source_[at])) ++at;
      sign = at < source_.size() && (source_[at] == '-' || source_[at] == '+') ? source_[at++] : ' ';
      end = at + 2;
      return source_.compare(at, 2, "%}") == 0;
    };
    size_t begin;
    char sign;
    if (!word_tag(at_, "raw", begin, sign)) return false;
    CountLines(at_, begin);
    at_ = begin;
    StripBehind(sign, false);
    for (size_t tag = source_.find("{%", at_); tag != std::string::npos; tag = source_.find("{%", tag + 2)) {
      size_t name = tag + 2, end;
      if (name < source_.size() && (source_[name] == '-' || source_[name] == '+')) ++name;
      if (!word_tag(name, "endraw", end, sign)) continue;
      if (std::string data = StrippedBefore(tag); !data.empty()) Push(Kind::kData, std::move(data));
      CountLines(at_, end);
      at_ = end;
      StripBehind(sign, true);
      return true;
    }
    Fail("raw is not closed");
  }

  void Tag(Kind begin, Kind end, std::string_view close) {
    Push(begin, "");
    std::string open;  // brackets; the tag cannot end within them
    for (;;) {
      while (at_ < source_.size() && IsSpaceAscii(source_[at_])) line_ += source_[at_++] == '\n';
      if (at_ >= source_.size()) Fail("a tag is not closed");
      const size_t sign = open.empty() && HasSign() ? 1 : 0;
      if (open.empty() && source_.compare(at_ + sign, 2, close) == 0) {
        Push(end, "");
        const char mark = sign ? source_[at_] : ' ';
        at_ += sign + 2;
        StripBehind(mark, /*takes_newline=*/close == "%}");
        return;
      }
      Word(open);
    }
  }

  void Word(std::string& open) {
    const char c = source_[at_];
    const size_t begin = at_;
    if (IsNameStart(c)) {
      while (at_ < source_.size() && (IsNameStart(source_[at_]) || IsDigit(source_[at_]))) ++at_;
      Push(Kind::kName, source_.substr(begin, at_ - begin));
    } else if (IsDigit(c)) {
      Number();
    } else if (c == '"' || c == '\'') {
      String(c);
    } else {
      Operator(open);
    }
  }

  void Number() {
    const size_t begin = at_;
    const auto digits = [&] {
      while (at_ < source_.size() && (IsDigit(source_[at_]) || source_[at_] == '_')) ++at_;
    };
    digits();
    Kind kind = Kind::kInteger;
    if (at_ + 1 < source_.size() && source_[at_] == '.' && IsDigit(source_[at_ + 1])) {
      kind = Kind::kFloat;
      ++at_;
      digits();
    }
    const size_t sign = at_ + 1 < source_.size() && (source_[at_ + 1] == '-' || source_[at_ + 1] == '+') ? 1 : 0;
    if (at_ + 1 + sign < source_.size() && (source_[at_] == 'e' || source_[at_] == 'E') &&
        IsDigit(source_[at_ + 1 + sign])) {
      kind = Kind::kFloat;
      at_ += 1 + sign;
      digits();
    }
    Push(kind, ReplaceAll(source_.substr(begin, at_ - begin), "_", ""));
  }

  void String(char quote) {
    std::string value;
    const size_t begin = at_;
    for (++at_; at_ < source_.size() && source_[at_] != quote;) {
      if (source_[at_] == '\\' && at_ + 1 < source_.size()) Escape(value);
      else value += source_[at_++];
    }
    if (at_ >= source_.size()) Fail("a string is not closed");
    Push(Kind::kString, std::move(value));
    CountLines(begin, ++at_);
  }

  // Python's escapes; an unknown one stays as it is.
  void Escape(std::string& value) {
    constexpr std::string_view kNames = "nrtabfv0\\'\"", kBytes("\n\r\t\a\b\f\v\0\\'\"", 11);
    const char c = source_[at_ + 1];
    at_ += 2;
    if (const size_t known = kNames.find(c); known != std::string_view::npos) {
      value += kBytes[known];
      return;
    }
    const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    uint32_t code = 0;
    const char* first = source_.data() + at_;
    if (digits && at_ + digits <= source_.size() &&
        std::from_chars(first, first + digits, code, 16).ptr == first + digits) {
      AppendUtf8(value, code);
      at_ += digits;
      return;
    }
    (value += '\\') += c;
  }

  void Operator(std::string& open) {
    static constexpr std::string_view kOperators[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                                      "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                                      ">",  "<",  "=",  ".",  ":",  "|",  ","};
    for (const std::string_view op : kOperators) {
      if (source_.compare(at_, op.size(), op) != 0) continue;
      if (op == "(" || op == "[" || op == "{") {
        open += op[0] == '(' ? ')' : op[0] == '[' ? ']' : '}';
      } else if (op == ")" || op == "]" || op == "}") {
        if (open.empty() || open.back() != op[0]) Fail(fmt::format("\"{}\" without its opening", op));
        open.pop_back();
      }
      at_ += op.size();
      return Push(Kind::kOperator, std::string(op));
    }
    Fail("a character that belongs to no expression");
  }

  std::string source_;
  const std::string& where_;
  size_t at_ = 0;
  int line_ = 1;
  std::vector<JinjaToken> tokens_;
};

}  // namespace

std::vector<JinjaToken> LexJinja(std::string_view source, const std::string& where) {
  constexpr size_t kMaxSourceBytes = size_t{1} << 20;
  if (source.size() > kMaxSourceBytes)
    throw Error(ErrorCode::kTooLarge,
                fmt::format("{}: a template of {} bytes, at most {} are read.", where, source.size(), kMaxSourceBytes));
  std::string text = ReplaceAll(ReplaceAll(std::string(source), "\r\n", "\n"), "\r", "\n");
  if (text.ends_with('\n')) text.pop_back();
  return Lexer(std::move(text), where).Run();
}

}  // namespace lingshu
