// `lingshu score`: rows of answers or reports in a JSONL file, scored into another. The contract with other programs.
//   {"id": "r1", "case_type": "mcq", "options": ["A. Radial nerve", "B. Median nerve"], "gold": "A", "response": "(A)"}
//   -> {"id": "r1", "state": "correct", "correct": true, "prediction": "A", "rule": "mcq:only"}
//   {"id": "r2", "reference": "The lungs are clear.", "candidate": "Clear lungs."}  -> {"id": "r2", "metrics": {…}}
// Rows of other case types have the inputs of one part of a score (case_rows.h), or a published row whose prompt is asked for.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/sample.h"
#include "score/score.h"

namespace lingshu {

// kStrict reads answers without guessing; kMedevalkit gives the verdicts of MedEvalKit 9b12e3b, its faults included.
enum class ScoreProfile { kStrict, kMedevalkit };
std::vector<std::string> EnumNames(ScoreProfile*);  // strict medevalkit

struct AnswerRow {
  std::string id, case_type, benchmark;
  std::vector<std::string> options;  // as the row has them, letters included
  std::string gold;
  std::string response;
  bool has_response = true;  // false for null: a generation that failed
};

// case_type: mcq mmmu_mcq mmmu_open vqa_closed_yesno slake_closed radrestruct_single_choice vqa_open token_f1, or a name of
// AnswerType; empty is inferred from options and gold. Throws Error(kUsage) listing these for any other.
Score ScoreAnswerRow(const AnswerRow& row, ScoreProfile profile);

// Option texts without their letters, where every option begins with its own: "A. x", " B:x ", "(C) x".
std::vector<std::string> StripOptionLetters(const std::vector<std::string>& options);

// Scores every row of `in` into `out`, in order; rows with "_header" are passed over. Rows with a reference and no candidate
// only join the corpus of CIDEr, which is otherwise the references of the rows. Returns the number of rows written.
// METEOR takes WordNet from `wordnet`; "" leaves it out and says so in each row ("meteor_error").
// Throws Error(kCorrupt) naming file, line and field, Error(kNotFound) naming the file that a WordNet folder lacks.
// A row with "raw" gets what prompt_of says of it, without the id; the rooms that know the sets' layouts lie below this one.
using RowPrompter = std::function<Json(const Json& row, ScoreProfile profile, const std::string& where)>;
int64_t ScoreRows(const std::filesystem::path& in, const std::filesystem::path& out, ScoreProfile profile,
                  const std::filesystem::path& wordnet = "", const RowPrompter& prompt_of = nullptr);

}  // namespace lingshu
