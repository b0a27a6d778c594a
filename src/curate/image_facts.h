// What curation knows of an image: measured once however many questions share it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "data/sample.h"

namespace lingshu {

struct ImageFacts {
  int width = 0, height = 0;
  uint64_t phash = 0;           // PerceptualHash of image/phash.h, of the picture reduced to 256 pixels a side
  uint64_t mirrored_phash = 0;  // of the picture mirrored left to right
  uint64_t dhash = 0;           // DifferenceHash: a second look at pictures whose phash is the same
  std::string
      content_hash;   // SHA-256 of the file's bytes; of the reference itself when it is drawn or part of a volume
  std::string error;  // why it could not be read; "" when it could
};

// Reads and measures one image; a failure is a fact, not an exception.
ImageFacts MeasureImage(const ImageRef& ref, const std::filesystem::path& folder);

// Facts by path, kept for the whole run: about 300 bytes an image.
class ImageTable {
 public:
  // Relative paths and blobs are looked up in `folder`.
  explicit ImageTable(std::filesystem::path folder) : folder_(std::move(folder)) {}
  // Measures, in parallel, those images of the samples that are not known yet. One caller at a time.
  void Measure(const std::vector<Sample>& samples);
  // REQUIRES: a sample with this image has been measured. The pointer stays valid as long as the table.
  const ImageFacts* Find(const ImageRef& ref) const { return &facts_.at(ref.path); }
  int64_t size() const { return static_cast<int64_t>(facts_.size()); }

 private:
  std::filesystem::path folder_;
  std::unordered_map<std::string, ImageFacts> facts_;
};

}  // namespace lingshu
