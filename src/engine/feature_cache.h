// FeatureCache: what the vision tower made of each image or video, kept for prompts that show it again.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "batch/example.h"
#include "model/model.h"

namespace lingshu {

// Rows [begin, end) of one image's features.
struct FeaturePart {
  EncodedImagePtr image;
  int64_t begin, end;
};

class FeatureCache {
 public:
  explicit FeatureCache(const Model& model) : model_(model) {}
  // The parts' rows one after another, undefined when there are none. Each image is run once, new ones together.
  Tensor Rows(const std::vector<FeaturePart>& parts);
  void Forget() { features_.clear(), floats_ = 0; }

 private:
  void ForgetAllBut(const std::vector<FeaturePart>& parts);
  void Run(const std::vector<EncodedImagePtr>& images);
  const Model& model_;
  std::unordered_map<uint64_t, Tensor> features_;
  int64_t floats_ = 0;
};

}  // namespace lingshu
