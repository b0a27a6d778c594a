// Recipe lines to rules.
#include "curate/step.h"

#include <fmt/format.h>

#include "data/source.h"

namespace lingshu {

ImagePtr Candidate::Load(size_t image) const { return LoadImage(sample.images.at(image), image_folder); }

NamedRule MakeRule(const std::string& line, const StepContext& context) {
  std::vector<std::string> words;
  for (std::string& word : SplitString(line, ' '))
    if (!word.empty()) words.push_back(std::move(word));
  if (words.empty())
    throw Error(ErrorCode::kUsage, "an empty step; expected a name and settings, as in \"image_size min_side_px=64\".");
  const Step& step = Registry<Step>::Get().Find(words[0], "step");
  words.erase(words.begin());
  return {step.name, step.make(words, context)};
}

}  // namespace lingshu
