// A study on its way into a prompt: its pictures or its frame sequence as content and patches, and the words that say what was
// done to the pixels, which go with the answer.
#pragma once

#include <string>
#include <vector>

#include "ask/ask.h"
#include "batch/example.h"
#include "image/study.h"

namespace lingshu {

// content[i] shows images[i].
struct ShownStudy {
  std::vector<Content> content;
  std::vector<EncodedImagePtr> images;
  std::vector<std::string> words;  // one for each; "" where a picture is shown as it is
};

// Each picture of ShowStudy as an image. Throws as ShowStudy and EncodeImage.
ShownStudy ShowAsImages(const std::string& path, const StudyView& view, const ModelConfig& config);

// At most view.slices frames, slices or tiles as one video, frames_per_second apart in the model's time; view.layout is not
// looked at. Throws as ShowStudy and EncodeVideo.
ShownStudy ShowAsVideo(const std::string& path, StudyView view, double frames_per_second, const ModelConfig& config);

void Append(ShownStudy more, ShownStudy& to);

}  // namespace lingshu
