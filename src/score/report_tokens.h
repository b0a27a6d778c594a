// How the report metrics of the field cut a text into tokens.
#pragma once

#include <string>
#include <string_view>

#include "score/ngrams.h"

namespace lingshu {

// MedEvalKit's prep_reports: lower case, "." becomes " .", split at single spaces, empty tokens dropped. Commas stay
// attached and line ends stay inside: "Mild edema, improved." -> mild | edema, | improved | .
Tokens ReportTokens(std::string_view text);
// The same with the empty tokens kept: what MedEvalKit's BLEU of open answers sees.
Tokens AnswerTokens(std::string_view text);
// sacrebleu's 13a (mteval-v13a), case kept.
Tokens Tokens13a(std::string_view text);

}  // namespace lingshu
