// Porter's stemmer (Porter 1980, "An algorithm for suffix stripping") with the extensions of nltk 3.9.1, its default
// mode: short words untouched, irregular forms, "ies" and "ied" of four letters, y to i after a consonant alone.
//   "opacities" -> "opac"    "worsening" -> "worsen"    "dying" -> "die"
#pragma once

#include <string>
#include <string_view>

namespace lingshu {

// The stem of a word in lower case (UTF-8). Letters other than a, e, i, o, u and y are consonants, digits too.
std::string PorterStem(std::string_view word);

}  // namespace lingshu
