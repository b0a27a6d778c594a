// MMMU's own parser (Yue et al. 2024, arXiv:2311.16502, eval_utils.py), as MedEvalKit runs it. Where it would draw a random
// option nothing is drawn: that verdict is "unparsed".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "score/medevalkit.h"

namespace lingshu {

ReferenceVerdict MmmuChoice(const std::vector<std::string>& options, const std::string& gold, const std::optional<std::string>& response);

// The validation path compares characters and finds nothing; the test path parses. `prediction` is joined by " | ".
ReferenceVerdict MmmuOpen(const std::string& gold, const std::optional<std::string>& response, bool is_validation);

// Its primitives.
std::vector<std::string> MmmuExtractNumbers(std::string_view text);
// A number rounded to two decimals, or lower-case text; one character becomes two candidates, " x" and "x ".
struct MmmuNormal {
  bool is_number = false;
  double number = 0;
  std::vector<std::string> texts;
};
MmmuNormal MmmuNormalize(std::string_view text);

}  // namespace lingshu
