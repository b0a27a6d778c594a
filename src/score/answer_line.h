// One line of answers in and its verdict out, without a JSON tree in between: what makes `lingshu score` fast on many replies.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "score/score_rows.h"

namespace lingshu {

// A line that holds a plain answer: strings id, case_type, benchmark, gold and response (which may be null), strings in options, whatever else.
// None where it is something else (a report, inputs of a part, a header), lacks a field or is broken: the general reader then says what.
std::optional<AnswerRow> ReadAnswerLine(std::string_view line);

// {"id": …, "state": …, "correct": true | false | null, "prediction": …, "rule": …}, byte for byte as DumpJson writes it.
std::string VerdictLine(const AnswerRow& row, const Score& score, bool has_verdict);

}  // namespace lingshu
