// Rows of `lingshu score` that are neither answers nor reports: the parts that scores are made of, each with its own inputs, so that
// other programs can hold every one of them against the reference.
//   {"id": "d", "case_type": "difflib_ratio", "a": "mri", "b": "an mri"}           -> {"value": 0.666…}
//   {"id": "j", "case_type": "judge_reply", "reply": "<judge>0</judge>"}           -> {"state": "correct", "correct": true, …}
//   {"id": "r", "case_type": "radcliq", "inputs": {"radgraph_combined": 0.5, …}}   -> {"metrics": {"radcliq_v0": …, "radcliq_v1": …}}
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "score/score_rows.h"

namespace lingshu {

// The types, in the order of docs/scoring.md.
std::vector<std::string> CaseTypes();

// A row's result without its id; none where its case_type is not among CaseTypes(). A row without a case_type that has "samples",
// or a benchmark and neither gold nor response, is an "aggregation". A result that the reference does not reach is null, beside the "error" that it
// raises. Throws Error(kCorrupt) naming `where` and the field.
std::optional<Json> ScoreCaseRow(const Json& row, ScoreProfile profile, const std::string& where);

}  // namespace lingshu
