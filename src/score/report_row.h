// The metrics of one report against its reference, all variants at once, nested as the conformance cases have them:
//   {"medevalkit_report": {"bleu1": …, "rouge-l": {"r", "p", "f"}, "meteor": …}, "rouge_score": {…}, "coco": {…}, …}
#pragma once

#include <string>

#include "base/json.h"
#include "score/cider.h"
#include "score/wordnet.h"

namespace lingshu {

// What the metrics need besides the pair.
struct ReportContext {
  const CiderCorpus* corpus = nullptr;  // null: no CIDEr
  const WordNet* wordnet = nullptr;     // null: no "meteor"
  std::string wordnet_note;             // why there is no WordNet; becomes "meteor_error"
};

Json ReportRowMetrics(const std::string& reference, const std::string& candidate, const ReportContext& context);

// Precision, recall and F1 over the sets of words of two texts in lower case, as MedEvalKit's calculate_f1 has them:
// [f1, precision, recall], or the number 0 where a side is empty.
Json MedEvalKitTokenF1(std::string_view gold, std::string_view response);

}  // namespace lingshu
