// Chains of reasoning from gold answers (Xu et al. 2025, arXiv 2506.07044, §3.2 and Tables 13 to 15): the teacher sees
// question, options, image and gold, and reasons as if it did not know the gold; a second request compares the
// conclusion with the gold, and what is "Inconsistent." is dropped.
#pragma once

#include <filesystem>
#include <vector>

#include "data/sample.h"
#include "synth/stage.h"

namespace lingshu {

// One sample for each seed whose chain is consistent: kind reasoning, the id "<seed id>:reasoning", the seed's
// question, options and gold, and the chain as its reasoning. Stages "reasoning" and "validate".
SynthResult SynthesizeReasoning(const std::vector<Sample>& seeds, const std::filesystem::path& image_folder,
                                Answerer& teacher);

// The answer as words: for multiple choice "B, ulnar nerve".
std::string GoldPhrase(const Sample& sample);

}  // namespace lingshu
