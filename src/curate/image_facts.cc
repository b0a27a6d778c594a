// Measuring images, each distinct path once.
#include "curate/image_facts.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/threads.h"
#include "data/source.h"
#include "image/phash.h"
#include "image/resize.h"

namespace lingshu {

namespace {

constexpr int kReducedSide = 256;  // hashes ask for 32 at most; one pass over a large picture instead of three

Image Reduced(const Image& image) {
  Image small{.width = std::min(image.width, kReducedSide), .height = std::min(image.height, kReducedSide)};
  small.rgb = ResizeSamples(image.rgb.data(), image.width, image.height, 3, small.width, small.height, Filter::kBox);
  return small;
}

}  // namespace

ImageFacts MeasureImage(const ImageRef& ref, const fs::path& folder) {
  ImageFacts facts;
  try {
    const ImagePtr image = LoadImage(ref, folder);
    facts.width = image->width;
    facts.height = image->height;
    const Image small = Reduced(*image);
    facts.phash = PerceptualHash(small);
    facts.mirrored_phash = MirroredPerceptualHash(small);
    facts.dhash = DifferenceHash(small);
    const fs::path file = folder / ref.path;
    facts.content_hash = IsFile(file) ? Sha256HexOfFile(file) : !ref.sha256.empty() ? ref.sha256 : Sha256Hex(ref.path);
  } catch (const Error& e) {
    if (e.code() == ErrorCode::kInterrupted) throw;
    facts.error = e.message();
  }
  return facts;
}

void ImageTable::Measure(const std::vector<Sample>& samples) {
  std::vector<std::pair<const ImageRef*, ImageFacts*>> fresh;
  for (const Sample& sample : samples)
    for (const ImageRef& ref : sample.images)
      if (const auto [it, is_new] = facts_.try_emplace(ref.path); is_new) fresh.emplace_back(&ref, &it->second);
  ParallelFor(static_cast<int64_t>(fresh.size()), [&](int64_t i) {
    const auto& [ref, facts] = fresh[static_cast<size_t>(i)];
    *facts = MeasureImage(*ref, folder_);
  });
}

}  // namespace lingshu
