// Ratcliff/Obershelp similarity exactly as Python's difflib.SequenceMatcher(None, a, b).ratio() computes it, "autojunk"
// included: of a second string of 200 characters or more, those that make up over 1 % of it are ignored as anchors, which is
// why MedEvalKit's nearest option is close to arbitrary for long replies.
#pragma once

#include <string>
#include <string_view>

namespace lingshu {

// In [0, 1]; 1 for two empty strings. Characters are code points. Time grows with |a| · |b| in the worst case.
double SequenceRatio(std::u32string_view a, std::u32string_view b);
double SequenceRatio(std::string_view a_utf8, std::string_view b_utf8);

std::u32string CodePoints(std::string_view utf8);

}  // namespace lingshu
