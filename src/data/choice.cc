// Options by the sample's id: no state, so that the same sample always has the same options.
#include "data/choice.h"

#include <algorithm>

#include "base/rng.h"
#include "base/strings.h"
#include "data/reading.h"

namespace lingshu {

bool MakeChoice(Sample& sample, const std::string& right, const std::vector<std::string>& labels, int64_t distractors) {
  std::vector<std::string> options, seen = {LowerAscii(right)};
  for (const std::string& label : labels) {
    const std::string lower = LowerAscii(label);
    if (std::find(seen.begin(), seen.end(), lower) != seen.end()) continue;
    seen.push_back(lower);
    options.push_back(label);
  }
  if (options.empty()) return false;
  Rng rng(MixSeed({SeedOf("choice"), SeedOf(sample.id)}));
  rng.Shuffle(options);
  options.resize(std::min(options.size(), static_cast<size_t>(distractors)));
  options.push_back(right);
  rng.Shuffle(options);
  sample.answer_type = AnswerType::kMultipleChoice;
  sample.answer = OptionLetter(std::find(options.begin(), options.end(), right) - options.begin());
  sample.options = std::move(options);
  return true;
}

}  // namespace lingshu
