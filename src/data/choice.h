// Turning a question into multiple choice with distractors from the data set's own labels (Xu et al. 2025, arXiv
// 2506.07044, §3.2: "distractors sampled from the same dataset's label space").
#pragma once

#include <string>
#include <vector>

#include "data/sample.h"

namespace lingshu {

// Sets options, answer and answer_type: the right text among up to `distractors` of the others, in an order drawn from
// the sample's id. Labels that equal the right one in any case are no distractors. Returns false, leaving the sample as
// it is, when no distractor is left.
bool MakeChoice(Sample& sample, const std::string& right, const std::vector<std::string>& labels,
                int64_t distractors = 3);

}  // namespace lingshu
