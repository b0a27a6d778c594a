// Storing images of kept samples as blobs.
#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

#include "data/sample.h"

namespace lingshu {

// Puts every image of a run into the blobs of one folder, each once.
class ImageStore {
 public:
  // `source_folder` is where relative paths are looked up.
  ImageStore(std::filesystem::path out, std::filesystem::path source_folder)
      : out_(std::move(out)), source_folder_(std::move(source_folder)) {}
  // Replaces the samples' references by blobs, in parallel. One caller at a time.
  void Store(std::vector<Sample>& samples);
  int64_t size() const { return static_cast<int64_t>(stored_.size()); }

 private:
  ImageRef StoreOne(const ImageRef& ref) const;

  std::filesystem::path out_, source_folder_;
  std::unordered_map<std::string, ImageRef> stored_;  // by path
};

}  // namespace lingshu
