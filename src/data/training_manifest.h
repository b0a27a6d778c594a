// TrainingManifest: which pictures a model was trained on, in its folder (training_manifest.jsonl), so that an evaluation can score the
// questions on pictures that training has seen apart from the others. Pictures are hashes of their pixels; nothing else of them is in it.
//   {"format": "lingshu-training-manifest", "version": 1, "samples": 3064, "sources": {"vqa_rad": 3064}, "images": 313}
//   {"image": "9f86d081884c7d659a2feaa0c55ad015"}
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "data/sample.h"
#include "image/image.h"

namespace lingshu {

inline constexpr const char* kTrainingManifestName = "training_manifest.jsonl";

// 32 hex digits of the SHA-256 over width, height and RGB: the same for the same pixels in any lossless packing. A copy that was
// re-encoded with loss, resized or mirrored has another (`lingshu audit` finds those).
std::string PixelHash(const Image& image);

struct TrainingManifest {
  std::map<std::string, int64_t> sources;  // source -> samples
  std::set<std::string> images;            // PixelHash

  int64_t num_samples() const;
  void Merge(const TrainingManifest& other);  // of a model that training went on from
};

void WriteTrainingManifest(const TrainingManifest& manifest, const std::filesystem::path& file);
// Throws Error(kNotFound | kCorrupt | kUnsupported) naming the file.
TrainingManifest ReadTrainingManifest(const std::filesystem::path& file);

inline constexpr const char* kSeenInTraining = "image seen in training";  // key of Sample::meta

// What was found of a benchmark's pictures.
struct SeenImages {
  int64_t num_images = 0, num_seen = 0, num_unreadable = 0;  // distinct paths
};
// Puts meta[kSeenInTraining] = "yes" where the manifest has one of a sample's pictures, "no" where it has none of them; a sample without
// pictures, or with one that cannot be read, gets neither. Decodes every picture once, on all cores.
SeenImages MarkSeenImages(std::vector<Sample>& samples, const TrainingManifest& manifest, const std::filesystem::path& blob_folder);

}  // namespace lingshu
