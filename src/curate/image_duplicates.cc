// image_duplicates: of caption and report samples that show the same pictures, across all sources, keeps the first. Two
// pictures are the same when their perceptual hashes are equal (paper: Hamming distance 0).
// Question sets are left alone: there the same picture rightly carries many questions (paper: instruction sets get no
// cross-dataset image deduplication).
#include <unordered_set>

#include "base/hash.h"
#include "curate/step.h"

namespace lingshu {
namespace {

struct ImageDuplicatesConfig {
  bool should_verify = true;
  template <typename V>
  void Visit(V& v) {
    v("should_verify", should_verify, "also compare a second hash, so that alike radiographs of two patients are both kept");
  }
};

class ImageDuplicates : public Filter {
 public:
  explicit ImageDuplicates(const ImageDuplicatesConfig& config) : config_(config) {}

  std::string Judge(const Candidate& candidate, const Features&) override {
    const bool is_description = candidate.sample.kind == SampleKind::kCaption || candidate.sample.kind == SampleKind::kReport;
    if (!is_description || candidate.images.empty()) return "";
    // One key for all images of a sample: a study of two views is not a copy of one that shares a single view. A picture's
    // caption and its report are different samples of one kind each.
    uint64_t key = static_cast<uint64_t>(candidate.sample.kind);
    for (const ImageFacts* facts : candidate.images) {
      const uint64_t hashes[3] = {key, facts->phash, config_.should_verify ? facts->dhash : 0};
      key = HashBytes({reinterpret_cast<const char*>(hashes), sizeof(hashes)});
    }
    return seen_.insert(key).second ? "" : "picture seen before";
  }
  Json Describe() const override { return ToJson(config_); }

 private:
  ImageDuplicatesConfig config_;
  std::unordered_set<uint64_t> seen_;
};

const Register<Step> kImageDuplicates({.name = "image_duplicates",
                                       .help = "of captions and reports on the same picture keeps the first",
                                       .paper = "Xu et al. 2025, arXiv 2506.07044, data cleaning; Zauner 2010 for the hash",
                                       .make = [](const std::vector<std::string>& settings, const StepContext&) -> std::unique_ptr<Filter> {
                                         return std::make_unique<ImageDuplicates>(StepSettings<ImageDuplicatesConfig>("image_duplicates", settings));
                                       }});

}  // namespace
}  // namespace lingshu
