// Baseline: the answer that one would give without looking: the most frequent one of the TRAIN split for each form of answer, and
// for each kind of question where the benchmark's questions come from templates.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "data/sample.h"

namespace lingshu {

struct MajorityBaseline {
  struct Answer {
    std::string text;
    int64_t count = 0;  // training answers of that form and kind
  };
  std::string question_key;                                        // of Sample::meta; "" tells forms apart alone
  std::map<std::pair<AnswerType, std::string>, Answer> answers;    // by form and kind

  // 1 or 0 for the majority answer under the strict score, -1 where there is none.
  double ValueFor(const Sample& sample) const;
  std::string Describe() const;  // "yes no: \"no\" of 1,201 training answers; open: …"; with kinds their number
};

MajorityBaseline CountMajority(const std::vector<Sample>& train, const std::string& question_key = "");

}  // namespace lingshu
