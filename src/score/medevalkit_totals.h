// MedEvalKit's totals of a benchmark (commit 9b12e3b, cal_metrics of its classes), faults included: open accuracy
// divided by n twice, token precision, recall and F1 under each other's names, judged runs that lose or double the
// closed hits, tables of SuperGPQA under swapped keys. For comparison with published numbers only; EvalReport has the
// totals to believe.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace lingshu {

struct TotalsRow {
  std::string gold;
  std::optional<std::string> response;
  std::vector<std::string> options;
  bool is_closed = false;                   // SLAKE's own mark; elsewhere the gold decides
  std::map<std::string, std::string> meta;  // field, difficulty, question_type, modality_type, medical_task
};

// {"total metrics": {"total", "right", "acc"}, "open": {…}, "close": {…}} for VQA_RAD, PATH_VQA and SLAKE; tables
// beside the total for SuperGPQA, OmniMedVQA and MedXpertQA; the total alone for other sets of choices.
// `judge_replies`: of the judge model in the order in which the reference asks (open questions; for SLAKE all); none
// without. Throws Error(kUnsupported) with the reference's exception where it raises one.
Json MedEvalKitTotals(const std::string& benchmark, const std::vector<TotalsRow>& rows,
                      const std::optional<std::vector<std::string>>& judge_replies);

}  // namespace lingshu
