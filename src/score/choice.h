// Choice: which of the lettered options a reply means, read without guessing (rules of docs; Duan et al., VLMEvalKit 2024,
// and others count the nearest option instead, which credits refusals).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "score/reply.h"

namespace lingshu {

// letters: bit i is option i. Empty when nothing was understood; more than one when the reply named several.
struct Choice {
  uint32_t letters = 0;
  const char* rule = "none";  // boxed answer_tag only declared line option_text several conflict none
  int begin = 0, end = 0;     // bytes of Reply::text
};

// Order: a reply that is nothing but the choice; a declaration ("the answer is C", "选C"); a line that is a choice; the only
// option whose text occurs un-negated. Letters that contradict their text, and echoes of the whole list, are a conflict.
// With several_are_one (the gold has several letters) "ABD" and "A, B and D" are one choice.
Choice ReadChoice(const Reply& reply, const std::vector<std::string>& options, bool several_are_one);

// The letters of a gold answer: "C", "ABD", or the text of an option. 0 when it is none of these.
uint32_t GoldLetters(const std::string& gold, const std::vector<std::string>& options);

std::string LettersOf(uint32_t letters);  // 0b1011 -> "ABD"

}  // namespace lingshu
