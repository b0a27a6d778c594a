// From pixels to what the vision tower reads, exactly as transformers' Qwen2VLImageProcessor (both backends) and, for frames,
// Qwen2VLVideoProcessor do.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "image/image.h"
#include "image/resize.h"

namespace lingshu {

// Defaults are those of the released preprocessor_config.json of Qwen2.5-VL and Lingshu.
struct PatchOptions {
  int patch_size = 14;
  int temporal_patch_size = 2;
  int merge_size = 2;
  int64_t min_pixels = 3136;
  int64_t max_pixels = 12845056;
  ResizeBackend backend = ResizeBackend::kPil;
  std::array<double, 3> image_mean = {0.48145466, 0.4578275, 0.40821073};
  std::array<double, 3> image_std = {0.26862954, 0.26130258, 0.27577711};
};

struct GridSize {
  int64_t height = 0;  // pixels, multiples of factor
  int64_t width = 0;
  bool operator==(const GridSize&) const = default;
};

// The size that an image is resized to: multiples of factor, the area within [min_pixels, max_pixels], the aspect ratio
// about kept. Throws Error(kUnsupported) for an aspect ratio above 200. REQUIRES: height, width, factor >= 1.
GridSize SmartResize(int64_t height, int64_t width, int factor, int64_t min_pixels, int64_t max_pixels);

// The grid (time, height, width in patches) that so many frames of this size get. Throws what SmartResize throws.
std::array<int64_t, 3> GridOf(int64_t height, int64_t width, int64_t num_frames, const PatchOptions& options);

// Resizes the image and appends its patches to pixel_values: grid_thw[0] * grid_thw[1] * grid_thw[2] rows of
// 3 * temporal_patch_size * patch_size * patch_size floats, each in the order (channel, time, y, x). Rows come in
// merge units: the merge_size x merge_size patches that the merger joins are neighbours. A still image is repeated over
// temporal_patch_size.
void AppendPatches(const Image& image, const PatchOptions& options, std::vector<float>& pixel_values,
                   std::array<int64_t, 3>& grid_thw);

// The same for frames of one size: temporal_patch_size of them make one step of time, the last one fills up what is missing.
// Throws Error(kUsage) when there is none or their sizes differ, Error(kTooLarge) beyond 2^31 values.
void AppendVideoPatches(std::span<const Image* const> frames, const PatchOptions& options, std::vector<float>& pixel_values,
                        std::array<int64_t, 3>& grid_thw);

// Tokens of the language model for a grid: t * h * w / merge_size^2.
inline int64_t NumImageTokens(const std::array<int64_t, 3>& grid_thw, int merge_size) {
  return grid_thw[0] * grid_thw[1] * grid_thw[2] / (merge_size * merge_size);
}

}  // namespace lingshu
