// The prompt of one row of a published set, for `lingshu score`: the row is read by the set's own source and put by its benchmark's form.
//   {"id": "p", "benchmark": "MedMCQA", "reasoning": false, "raw": {"question": "…", "opa": "…", …, "cop": 2}}  -> {"value": "\nQuestion: …"}
#pragma once

#include <string>

#include "base/json.h"
#include "score/score_rows.h"

namespace lingshu {

// `benchmark` is MedEvalKit's name, `raw` the row as the set is published; "reasoning" asks for the wording with \boxed{}.
// The medevalkit profile gives its words, strict ours. {"value": null, "error": …} where the benchmark is none that is asked so.
// Throws Error(kCorrupt) naming `where` and the field.
Json PromptOfRow(const Json& row, ScoreProfile profile, const std::string& where);

}  // namespace lingshu
