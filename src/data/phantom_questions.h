// Samples from a phantom's truth: the paper's template questions (§2.3 of arXiv 2506.07044: label templates with
// distractors from the same label space), a coarse caption and a report.
#pragma once

#include <string>
#include <vector>

#include "data/phantom.h"
#include "data/sample.h"

namespace lingshu {

// Six to nine samples that share one image and one group (the spec), in a fixed order; `split` enters ids only.
// meta: organ, plane, technique, finding, side, size, count ("" where the truth has none, count "0") and question_type:
//   modality presence organ plane finding side count size, caption, report.
// Example: {"id": "phantom:train:ct-12345-presence", "kind": "vqa", "answer_type": "yes_no", "modality": "CT",
//           "images": [{"path": "phantom:ct:12345"}], "question": "Is there a cyst in this image?", "answer": "yes", …}
std::vector<Sample> PhantomSamples(const PhantomTruth& truth, const std::string& split);

}  // namespace lingshu
