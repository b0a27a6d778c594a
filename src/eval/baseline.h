// Baseline: the answer that one would give without looking: the most frequent one of the TRAIN split for each form of answer.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "data/sample.h"

namespace lingshu {

// By AnswerType; "" where the train split has no answer of that form.
struct MajorityBaseline {
  std::array<std::string, 4> answers;
  std::array<int64_t, 4> counts = {};  // training answers of that form

  // 1 or 0 for the majority answer under the strict score, -1 where there is none.
  double ValueFor(const Sample& sample) const;
  std::string Describe() const;  // "yes/no: \"no\" (of 1,201 training answers); open: …"
};

MajorityBaseline CountMajority(const std::vector<Sample>& train);

}  // namespace lingshu
