// Measuring images, each distinct path once.
#include "curate/image_facts.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/threads.h"
#include "data/source.h"
#include "image/phash.h"

namespace lingshu {

ImageFacts MeasureImage(const ImageRef& ref, const fs::path& folder) {
  ImageFacts facts;
  try {
    const ImagePtr image = LoadImage(ref, folder);
    facts.width = image->width;
    facts.height = image->height;
    facts.phash = PerceptualHash(*image);
    facts.mirrored_phash = MirroredPerceptualHash(*image);
    facts.dhash = DifferenceHash(*image);
    const fs::path file = folder / ref.path;
    facts.content_hash = IsFile(file) ? Sha256HexOfFile(file) : Sha256Hex(ref.path);
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
