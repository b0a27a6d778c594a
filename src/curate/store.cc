// A JPEG or PNG that the reader took as it is keeps its compressed picture, less everything that is not picture (Exif,
// comments). Whatever the reader had to interpret (DICOM, volumes, drawn phantoms, turned or transparent pictures) is
// stored as a PNG of the pixels that the model will see, which carries no identifier.
#include "curate/store.h"

#include "base/files.h"
#include "base/threads.h"
#include "curate/strip.h"
#include "data/shards.h"
#include "data/source.h"
#include "image/png.h"

namespace lingshu {

ImageRef ImageStore::StoreOne(const ImageRef& ref) const {
  const ImagePtr image = LoadImage(ref, source_folder_);
  const fs::path file = source_folder_ / ref.path;
  if (image->operations.empty() && IsFile(file)) {
    if (image->source == "jpeg")
      if (const auto bytes = StripJpeg(ReadFile(file))) return PutBlob(out_, *bytes, "jpg");
    if (image->source == "png")
      if (const auto bytes = StripPng(ReadFile(file))) return PutBlob(out_, *bytes, "png");
  }
  return PutBlob(out_, EncodePng(*image), "png");
}

void ImageStore::Store(std::vector<Sample>& samples) {
  std::vector<std::pair<ImageRef, ImageRef*>> fresh;
  for (const Sample& sample : samples)
    for (const ImageRef& ref : sample.images)
      if (const auto [it, is_new] = stored_.try_emplace(ref.path); is_new) fresh.emplace_back(ref, &it->second);
  ParallelFor(static_cast<int64_t>(fresh.size()), [&](int64_t i) {
    *fresh[static_cast<size_t>(i)].second = StoreOne(fresh[static_cast<size_t>(i)].first);
  });
  for (Sample& sample : samples)
    for (ImageRef& ref : sample.images) ref = stored_.at(ref.path);
}

}  // namespace lingshu
