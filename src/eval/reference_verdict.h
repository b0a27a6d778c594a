// The reference's verdict on an answer of a benchmark, beside ours: MedEvalKit's scorer (9b12e3b) on the row as its loader would have built it, so that a
// published number can be set beside what the same replies are worth read strictly.
#pragma once

#include <optional>
#include <string>

#include "ask/ask.h"
#include "data/sample.h"
#include "score/score.h"

namespace lingshu {

// state kUnparsed where the reference draws an option at random or raises an exception (its rule says which), kGenerationError without a reply.
// None where the reference has no rule for the sample: reports and rubrics.
std::optional<Score> ScoreAsReference(const std::string& benchmark, const Sample& sample, const Answer& answer);

}  // namespace lingshu
