// Pre-tokenization: where a text is cut before BPE; merges never cross a cut. Patterns are those of tokenizer.json,
// written for Oniguruma; they are adapted to PCRE2 so that both cut alike (Unicode 16 letters, numbers, marks;
// White_Space).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lingshu {

// GPT-2 (Radford et al. 2019), and Qwen2 to Qwen3: contractions, words with one leading character, single digits,
// punctuation with its newlines, newlines, spaces.
extern const std::string kGpt2Pattern;
extern const std::string kQwen2Pattern;

// Appends the pieces of kQwen2Pattern, by hand: five times as fast as the pattern (see split_test.cc, which compares
// them). Pieces view `text` and join to it. REQUIRES: valid UTF-8.
void SplitQwen2(std::string_view text, std::vector<std::string_view>& pieces);

// Any other pattern. Const after construction, shared by threads.
class RegexSplitter {
 public:
  // `where` names the file in errors. Throws Error(kUnsupported) for what the two engines read differently.
  RegexSplitter(std::string_view pattern, const std::string& where);
  ~RegexSplitter();
  RegexSplitter(RegexSplitter&&) noexcept;

  // Appends matches and, unless should_drop_gaps, what lies between them, in order; views of `text`.
  // REQUIRES: valid UTF-8.   Throws Error(kUnsupported) when the pattern needs more than its step limit.
  void Split(std::string_view text, bool should_drop_gaps, std::vector<std::string_view>& pieces) const;

 private:
  struct Code;
  std::unique_ptr<Code> code_;
};

// The pattern in PCRE2's words. Exposed for tests.
std::string AdaptPattern(std::string_view pattern, const std::string& where);

}  // namespace lingshu
