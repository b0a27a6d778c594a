// Scores an evaluation again from the replies in its report: after a change of the scorer, without a model and without the data.
#pragma once

#include "eval/report.h"

namespace lingshu {

// Every verdict anew from question, options, gold and reply; opinions of judges stay. Failed generations stay failed. Summarizes afterwards.
// Throws Error(kCorrupt) for a report of before answer types were kept.
void Rescore(EvalReport& report, int resamples);

}  // namespace lingshu
