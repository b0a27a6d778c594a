// image_size: drops samples with an image too small to show anything (paper §3.1: dimensions below 64 px; it does not
// say which side, and we take the smaller).
#include <algorithm>

#include "curate/step.h"

namespace lingshu {
namespace {

struct ImageSizeConfig {
  int64_t min_side_px = 64;
  template <typename V>
  void Visit(V& v) {
    v("min_side_px", min_side_px, "smallest width and height", Between(1, 65536));
  }
};

class ImageSize : public Rule {
 public:
  explicit ImageSize(const ImageSizeConfig& config) : config_(config) {}
  std::string Judge(const Candidate& candidate, const Features&) override {
    const bool is_small = std::any_of(candidate.images.begin(), candidate.images.end(), [&](const ImageFacts* facts) {
      return std::min(facts->width, facts->height) < config_.min_side_px;
    });
    return is_small ? "image too small" : "";
  }
  Json Describe() const override { return ToJson(config_); }

 private:
  ImageSizeConfig config_;
};

const Register<Step> kImageSize(
    {.name = "image_size",
     .help = "drops images whose smaller side is below min_side_px",
     .paper = "Xu et al. 2025, arXiv 2506.07044, data cleaning",
     .make = [](const std::vector<std::string>& settings, const StepContext&) -> std::unique_ptr<Rule> {
       return std::make_unique<ImageSize>(StepSettings<ImageSizeConfig>("image_size", settings));
     }});

}  // namespace
}  // namespace lingshu
