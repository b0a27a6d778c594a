// Source: where samples come from. A data set appears once: its train split serves curation, its test split evaluation.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/registry.h"
#include "data/sample.h"
#include "image/image.h"

namespace lingshu {

struct SourceOptions {
  std::filesystem::path root;  // data root: the folder that holds the source's own folder, or that folder itself
  std::string split = "train";
  int64_t limit = 0;  // at most so many samples, spread over the split; 0 is all
  uint64_t seed = 0;  // for sources that draw (phantoms)
};

// Takes each sample in a stable order; returns false to stop.
using SampleSink = std::function<bool(Sample)>;

// Registered as: const Register<Source> kVqaRad({.name = "vqa_rad", …}); one file per source.
struct Source {
  std::string name;
  std::string help;
  std::string reference;            // paper or page
  std::vector<std::string> splits;  // those that Read understands
  std::string folder;               // its folder under the data root; "" when it needs none
  // Streams the split. Throws Error(kNotFound) when the folder is absent, Error(kUsage) for an unknown split. A broken
  // row is not an abort: it is passed to `skip` with its id and the reason.
  std::function<void(const SourceOptions&, const SampleSink&,
                     const std::function<void(const std::string& id, const std::string& reason)>& skip)>
      read;
};

// True where the source's folder exists below `root` (or it needs none).
bool IsAvailable(const Source& source, const std::filesystem::path& root);
// The source's folder below `root`, or `root` itself when it already is that folder; absolute, so that the image paths of
// its samples hold wherever they are read from. Throws Error(kNotFound) with a HINT.
std::filesystem::path SourceFolder(const Source& source, const std::filesystem::path& root);

// The pixels of one image of a sample: blobs through the store, files through image/'s readers, "phantom:…" by drawing.
// Throws the reader's Error; the message names the path.
ImagePtr LoadImage(const ImageRef& ref, const std::filesystem::path& blob_folder);

}  // namespace lingshu
