// Questions to be read off a picture (Xu et al. 2025, arXiv 2506.07044, §3.2 "OCR"): a teacher reasons over an exam
// question without seeing its gold, chains that reach the gold are kept, and the question's text becomes the image.
#pragma once

#include <filesystem>
#include <vector>

#include "data/sample.h"
#include "synth/stage.h"

namespace lingshu {

// One sample for each text question that the teacher answers right: kind ocr, the id "<seed id>:ocr", the rendered
// question as its only image (a blob of blob_folder), the chain as reasoning and the gold as answer. Texts that cannot
// be drawn (not ASCII) are dropped. Stage "solve".
SynthResult SynthesizeOcr(const std::vector<Sample>& seeds, const std::filesystem::path& blob_folder,
                          Answerer& teacher);

}  // namespace lingshu
