// The tokens of captions scored with pycocoevalcap: those of Stanford's PTBTokenizer 3.4.1 with -lowerCase, punctuation
// left out. Its rules were observed, not copied: the longest match wins, "2.5-cm", "cardiac/mediastinal" and "p.m." are
// one token, brackets become "-lrb-", and an unknown abbreviation loses its full stop.
//   "Mild edema (improved)."  ->  mild edema -lrb- improved -rrb-
#pragma once

#include <string_view>

#include "score/ngrams.h"

namespace lingshu {

// Any UTF-8 text; line ends count as spaces. Any thread may call it.
Tokens PtbTokens(std::string_view text);

}  // namespace lingshu
