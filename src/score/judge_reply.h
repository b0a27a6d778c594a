// What a judge model replied, understood: the verdict on an open answer, and the grade of a HealthBench rubric item. A
// reply that cannot be read is no verdict (the caller asks again, then counts judge_error), never a wrong answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"

namespace lingshu {

// MedEvalKit's polarity: <judge>0</judge> is correct, <judge>1</judge> is wrong. Also "correct" and "incorrect", with
// braces, quotes or a full stop around, without a tag where nothing else is said. None for no or contradictory
// verdicts.
std::optional<bool> ReadJudgeReply(std::string_view reply);

// HealthBench: {"criteria_met": true | false, …} in the reply, fenced or among words. None where there is no such
// object.
std::optional<bool> ReadGraderReply(std::string_view reply);

// The reference's readings (MedEvalKit 9b12e3b). The first counts everything but "0" as wrong; the second gives {} for
// what it cannot parse and then asks for ever.
bool MedEvalKitJudges(const std::optional<std::string>& reply);
Json MedEvalKitGrade(std::string_view reply);

}  // namespace lingshu
