// Recipe lines to filters.
#include "curate/step.h"

#include <fmt/format.h>

namespace lingshu {

NamedFilter MakeFilter(const std::string& line, const StepContext& context) {
  std::vector<std::string> words;
  for (std::string& word : SplitString(line, ' '))
    if (!word.empty()) words.push_back(std::move(word));
  if (words.empty()) throw Error(ErrorCode::kUsage, "an empty step; expected a name and settings, as in \"image_size min_side_px=64\".");
  const Step& step = Registry<Step>::Get().Find(words[0], "step");
  words.erase(words.begin());
  return {step.name, step.make(words, context)};
}

}  // namespace lingshu
