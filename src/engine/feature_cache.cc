// See feature_cache.h.
#include "engine/feature_cache.h"

#include <algorithm>
#include <unordered_set>

namespace lingshu {
namespace {

constexpr int64_t kKeptFloats = int64_t{1} << 26;  // beyond 256 MiB those that no prompt is reading are forgotten: they can be made again
constexpr int64_t kPatchesOfOnePass = 1 << 14;     // bounds the tower's activations; one image of more goes alone

}  // namespace

Tensor FeatureCache::Rows(const std::vector<FeaturePart>& parts) {
  if (floats_ > kKeptFloats) ForgetAllBut(parts);
  std::vector<EncodedImagePtr> missing;
  std::unordered_set<uint64_t> asked;
  int64_t patches = 0;
  const auto run = [&] {
    Run(missing);
    missing.clear();
    patches = 0;
  };
  for (const FeaturePart& part : parts) {
    if (features_.count(part.image->hash) || !asked.insert(part.image->hash).second) continue;
    const int64_t own = part.image->num_patches();
    if (patches > 0 && patches + own > kPatchesOfOnePass) run();
    missing.push_back(part.image);
    patches += own;
  }
  run();
  std::vector<Tensor> rows;
  for (const FeaturePart& part : parts) rows.push_back(features_.at(part.image->hash).slice(0, part.begin, part.end));
  return rows.empty() ? Tensor() : at::cat(rows);
}

void FeatureCache::ForgetAllBut(const std::vector<FeaturePart>& parts) {
  std::erase_if(features_, [&](const auto& entry) {
    const bool is_read = std::any_of(parts.begin(), parts.end(), [&](const FeaturePart& part) { return part.image->hash == entry.first; });
    if (!is_read) floats_ -= entry.second.numel();
    return !is_read;
  });
}

void FeatureCache::Run(const std::vector<EncodedImagePtr>& images) {
  if (images.empty()) return;
  std::vector<float> pixels;
  std::vector<int64_t> grids;
  for (const EncodedImagePtr& image : images) {
    pixels.insert(pixels.end(), image->pixel_values.begin(), image->pixel_values.end());
    grids.insert(grids.end(), image->grid_thw.begin(), image->grid_thw.end());
  }
  const int64_t dim = model_.config.vision.patch_dim();
  const Tensor features = VisionForward(model_, ToTensor(pixels, {static_cast<int64_t>(pixels.size()) / dim, dim}), grids);
  int64_t at = 0;
  for (const EncodedImagePtr& image : images) {
    features_[image->hash] = features.slice(0, at, at + image->num_tokens).clone();
    floats_ += image->num_tokens * features.size(1);
    at += image->num_tokens;
  }
}

}  // namespace lingshu
