// ROUGE (Lin 2004), in the variants whose numbers are published under that name; on the same reports ROUGE-L differs by
// eight points between them.
//   rouge 1.0.1   sets of n-grams; ROUGE-L at summary level: words of the union of longest common subsequences
//   rouge_score   0.1.2 (Google): multisets, tokens [a-z0-9]+, optionally stemmed; Lsum splits sentences at line ends
//   coco          pycocoevalcap 1.2: F with beta 1.2, precision and recall each at their best
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "score/ngrams.h"

namespace lingshu {

// Each in [0, 1].
struct PrecisionRecallF {
  double p = 0, r = 0, f = 0;
};

struct Rouge {
  PrecisionRecallF rouge1, rouge2, rouge_l;
};

// `rouge` 1.0.1 on texts as they are (MedEvalKit lower-cases them first). None where a text has no sentence at all,
// which is an exception there: "" and "...".
std::optional<Rouge> RougeOfSets(std::string_view reference, std::string_view candidate);

struct GoogleRouge {
  PrecisionRecallF rouge1, rouge2, rouge_l, rouge_l_sum;
};

// rouge_score's RougeScorer(["rouge1", "rouge2", "rougeL", "rougeLsum"], use_stemmer).
GoogleRouge RougeOfGoogle(const std::string& reference, const std::string& candidate, bool use_stemmer);

// ROUGE-L of pycocoevalcap on words separated by single spaces, in [0, 1]. An empty text is one empty word.
double RougeOfCoco(std::string_view reference, std::string_view candidate);

}  // namespace lingshu
