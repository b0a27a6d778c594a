// GREEN (Ostmeier et al. 2024, arXiv:2405.03595): the score of a report from the error analysis that GREEN-radllama2-7b
// writes.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace lingshu {

// Kinds of significant error: false finding, missed finding, wrong place, wrong severity, comparison made up,
// comparison left out. A count that lacks its full stop ("2 effusions") is read as none, as the reference reads it.
struct GreenAnalysis {
  std::array<int64_t, 6> significant = {};
  int64_t matched = 0;

  int64_t num_significant() const;
  // matched / (matched + significant), in [0, 1]; 0 where nothing matched.
  double score() const;
};

GreenAnalysis ParseGreen(std::string_view analysis);

}  // namespace lingshu
