// The words of a video are those of its first frame, with all frames named in order.
#include "cli/shown_study.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "image/view.h"

namespace lingshu {

ShownStudy ShowAsImages(const std::string& path, const StudyView& view, const ModelConfig& config) {
  ShownStudy shown;
  for (Image& image : ShowStudy(path, view)) {
    shown.words.push_back(DescribePixels(image));
    shown.content.push_back({.image = std::make_shared<const Image>(std::move(image))});
    shown.images.push_back(EncodeImage(*shown.content.back().image, config));
  }
  return shown;
}

ShownStudy ShowAsVideo(const std::string& path, StudyView view, double frames_per_second, const ModelConfig& config) {
  view.layout = StudyLayout::kFrames;
  Video video{.frames_per_second = frames_per_second};
  Image first;
  std::vector<std::string> names;
  for (Image& image : ShowStudy(path, view)) {
    names.push_back(image.operations.empty() ? "the picture as it is" : image.operations[0]);
    if (video.frames.empty()) first = {.modality = image.modality, .operations = image.operations};
    video.frames.push_back(std::make_shared<const Image>(std::move(image)));
  }
  if (first.operations.empty()) first.operations.emplace_back();
  first.operations[0] = fmt::format("video of {} frames, {:g} a second: {}", names.size(), frames_per_second, JoinStrings(names, ", "));
  auto shared = std::make_shared<const Video>(std::move(video));
  ShownStudy shown{.words = {DescribePixels(first)}};
  shown.images.push_back(EncodeVideo(*shared, config));
  shown.content.push_back({.video = std::move(shared)});
  return shown;
}

void Append(ShownStudy more, ShownStudy& to) {
  for (Content& content : more.content) to.content.push_back(std::move(content));
  for (EncodedImagePtr& image : more.images) to.images.push_back(std::move(image));
  for (std::string& text : more.words) to.words.push_back(std::move(text));
}

}  // namespace lingshu
