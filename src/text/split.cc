// Patterns of tokenizer.json by PCRE2 with JIT (RE2 lacks the look-ahead that these patterns need).
#define PCRE2_CODE_UNIT_WIDTH 8
#include "text/split.h"

#include <fmt/format.h>
#include <pcre2.h>

#include "base/error.h"
#include "text/unicode.h"
#include "text/unicode_class.h"

namespace lingshu {

const std::string kGpt2Pattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
const std::string kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

namespace {

// White_Space. PCRE2 would count U+180E too.
constexpr std::string_view kSpaces =
    R"(\x09-\x0d\x20\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";

// Walks a pattern escape by escape and writes the same set of characters for PCRE2.
class Adapter {
 public:
  Adapter(std::string_view pattern, const std::string& where) : pattern_(pattern), where_(where) {}

  std::string Run() {
    while (at_ < pattern_.size()) {
      const char c = pattern_[at_++];
      if (c == '\\') Escape();
      else if (c == '[' && !in_class_) OpenClass();
      else if (c == '[' || (c == '&' && in_class_ && Peek() == '&')) Refuse("nested classes");
      else {
        if (c == ']') in_class_ = false;
        out_ += c;
      }
    }
    return std::move(out_);
  }

 private:
  char Peek() const { return at_ < pattern_.size() ? pattern_[at_] : '\0'; }

  [[noreturn]] void Refuse(const std::string& what) const {
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: the pre-tokenizer pattern uses {}, which is not read here.", where_, what));
  }

  void OpenClass() {
    in_class_ = true;
    out_ += '[';
    if (Peek() == '^') out_ += pattern_[at_++];
    if (Peek() == ']') Refuse("an empty class");
  }

  void Members(const std::string& members, bool is_negated) {
    if (in_class_ && is_negated) Refuse("a negated set inside a class");
    out_ += in_class_ ? members : fmt::format("[{}{}]", is_negated ? "^" : "", members);
  }

  void Escape() {
    if (at_ >= pattern_.size()) Refuse("a trailing backslash");
    const char c = pattern_[at_++];
    switch (c) {
      case 's':
      case 'S':
        return Members(std::string(kSpaces), c == 'S');
      case 'd':
      case 'D':
        return Members(Property("Nd"), c == 'D');
      case 'w':
      case 'W':
        return Members(Property("L") + Property("M") + Property("Nd") + Property("Pc"), c == 'W');
      case 'p':
      case 'P':
        return PropertyEscape(c == 'P');
      case 'r':
      case 'n':
      case 't':
      case 'f':
      case 'x':
        out_ += '\\';
        out_ += c;
        return;
      default:
        if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) Refuse(fmt::format("\\{}", c));
        out_ += '\\';
        out_ += c;
    }
  }

  static std::string Property(const std::string& name) {
    return fmt::format("\\p{{{}}}", name) + NewMembersOfCategory(name);
  }

  void PropertyEscape(bool is_negated) {
    std::string name(1, Peek());
    if (name == "{") {
      const size_t end = pattern_.find('}', at_);
      if (end == std::string_view::npos || end - at_ > 40) Refuse("an unfinished \\p");
      name = pattern_.substr(at_ + 1, end - at_ - 1);
      at_ = end;
    }
    ++at_;
    if (name.starts_with('^')) {
      is_negated = !is_negated;
      name.erase(0, 1);
    }
    Members(Property(name), is_negated);
  }

  std::string_view pattern_;
  const std::string& where_;
  size_t at_ = 0;
  bool in_class_ = false;
  std::string out_;
};

constexpr size_t kMaxPatternBytes = 16384;
constexpr uint32_t kMaxSteps = 10'000'000;  // of one match; the published patterns need a few per character

}  // namespace

std::string AdaptPattern(std::string_view pattern, const std::string& where) {
  if (pattern.size() > kMaxPatternBytes)
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: the pre-tokenizer pattern has {} bytes, at most {} are read.",
                                                  where, pattern.size(), kMaxPatternBytes));
  return Adapter(pattern, where).Run();
}

struct RegexSplitter::Code {
  pcre2_code* code = nullptr;
  pcre2_match_context* context = nullptr;
  bool has_jit = false;
  std::string where;
  ~Code() {
    pcre2_match_context_free(context);
    pcre2_code_free(code);
  }
};

RegexSplitter::RegexSplitter(std::string_view pattern, const std::string& where) : code_(std::make_unique<Code>()) {
  const std::string adapted = AdaptPattern(pattern, where);
  code_->where = where;
  int error = 0;
  PCRE2_SIZE offset = 0;
  // Oniguruma's Ruby syntax: $ and ^ see every line.
  code_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(adapted.data()), adapted.size(),
                              PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE, &error, &offset, nullptr);
  if (!code_->code) {
    PCRE2_UCHAR message[256];
    pcre2_get_error_message(error, message, sizeof message);
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: the pre-tokenizer pattern does not compile: {}.", where,
                                                     reinterpret_cast<char*>(message)));
  }
  code_->has_jit = pcre2_jit_compile(code_->code, PCRE2_JIT_COMPLETE) == 0;
  code_->context = pcre2_match_context_create(nullptr);
  CHECK(code_->context != nullptr) << "out of memory";
  pcre2_set_match_limit(code_->context, kMaxSteps);
  pcre2_set_depth_limit(code_->context, kMaxSteps);
}

RegexSplitter::~RegexSplitter() = default;
RegexSplitter::RegexSplitter(RegexSplitter&&) noexcept = default;

void RegexSplitter::Split(std::string_view text, bool should_drop_gaps, std::vector<std::string_view>& pieces) const {
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> match(pcre2_match_data_create(1, nullptr),
                                                                                  &pcre2_match_data_free);
  CHECK(match != nullptr) << "out of memory";
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  const auto gap = [&](size_t begin, size_t end) {
    if (end > begin && !should_drop_gaps) pieces.push_back(text.substr(begin, end - begin));
  };
  size_t done = 0;
  for (size_t at = 0; at < text.size();) {
    const int found =
        code_->has_jit
            ? pcre2_jit_match(code_->code, subject, text.size(), at, 0, match.get(), code_->context)
            : pcre2_match(code_->code, subject, text.size(), at, PCRE2_NO_UTF_CHECK, match.get(), code_->context);
    if (found == PCRE2_ERROR_NOMATCH) break;
    if (found < 0)
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: the pre-tokenizer pattern gave up on a text of {} bytes (PCRE2 error {}).",
                              code_->where, text.size(), found));
    const size_t begin = pcre2_get_ovector_pointer(match.get())[0], end = pcre2_get_ovector_pointer(match.get())[1];
    if (end <= begin) {  // an empty match cuts nothing
      at = begin;
      if (at < text.size()) NextCodePoint(text, at);
      continue;
    }
    gap(done, begin);
    pieces.push_back(text.substr(begin, end - begin));
    done = at = end;
  }
  gap(done, text.size());
}

}  // namespace lingshu
