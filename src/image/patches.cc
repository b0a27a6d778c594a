// smart_resize and patchify of transformers/models/qwen2_vl/image_processing_pil_qwen2_vl.py.
#include "image/patches.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "image/resize.h"

namespace lingshu {
namespace {

constexpr int kMaxAspectRatio = 200;

// All 256 results of rescale and normalize of one channel. The reference multiplies in double, rounds to float32, and
// normalises in float32 with mean and deviation rounded to float32.
std::array<float, 256> NormalizeTable(double mean, double std) {
  std::array<float, 256> table;
  for (int i = 0; i < 256; ++i) {
    const float rescaled = static_cast<float>(i * (1.0 / 255.0));
    table[i] = (rescaled - static_cast<float>(mean)) / static_cast<float>(std);
  }
  return table;
}

// Writes one patch whose first pixel is at (x, y).
float* WritePatch(const Image& image, const PatchOptions& options, const std::array<std::array<float, 256>, 3>& tables,
                  int x, int y, float* out) {
  const int side = options.patch_size;
  for (int c = 0; c < 3; ++c) {
    const float* frame = out;
    for (int row = 0; row < side; ++row) {
      const uint8_t* pixel = image.Pixel(x, y + row) + c;
      for (int column = 0; column < side; ++column) *out++ = tables[c][pixel[3 * column]];
    }
    // A still picture is the same at every time of the patch.
    for (int t = 1; t < options.temporal_patch_size; ++t) out = std::copy_n(frame, side * side, out);
  }
  return out;
}

}  // namespace

GridSize SmartResize(int64_t height, int64_t width, int factor, int64_t min_pixels, int64_t max_pixels) {
  CHECK(height >= 1 && width >= 1 && factor >= 1) << height << "x" << width << " by " << factor;
  if (static_cast<double>(std::max(height, width)) / std::min(height, width) > kMaxAspectRatio)
    throw Error(ErrorCode::kUnsupported, fmt::format("an image of {}x{} pixels: the aspect ratio must be at most {}.",
                                                     width, height, kMaxAspectRatio));
  // nearbyint rounds halves to even, as Python's round().
  GridSize size{static_cast<int64_t>(std::nearbyint(static_cast<double>(height) / factor)) * factor,
                static_cast<int64_t>(std::nearbyint(static_cast<double>(width) / factor)) * factor};
  const double pixels = static_cast<double>(height * width);
  if (size.height * size.width > max_pixels) {
    const double beta = std::sqrt(pixels / max_pixels);
    const auto shrink = [&](int64_t side) {
      return std::max<int64_t>(factor, static_cast<int64_t>(std::floor(side / beta / factor)) * factor);
    };
    return {shrink(height), shrink(width)};
  }
  if (size.height * size.width < min_pixels) {
    const double beta = std::sqrt(min_pixels / pixels);
    const auto grow = [&](int64_t side) { return static_cast<int64_t>(std::ceil(side * beta / factor)) * factor; };
    return {grow(height), grow(width)};
  }
  return size;
}

void AppendPatches(const Image& image, const PatchOptions& options, std::vector<float>& pixel_values,
                   std::array<int64_t, 3>& grid_thw) {
  const int merge = options.merge_size, side = options.patch_size;
  const GridSize size = SmartResize(image.height, image.width, side * merge, options.min_pixels, options.max_pixels);
  const Image resized = ResizePil(image, static_cast<int>(size.width), static_cast<int>(size.height), Filter::kBicubic);
  grid_thw = {1, size.height / side, size.width / side};
  std::array<std::array<float, 256>, 3> tables;
  for (int c = 0; c < 3; ++c) tables[c] = NormalizeTable(options.image_mean[c], options.image_std[c]);
  const size_t old_size = pixel_values.size();
  pixel_values.resize(old_size + static_cast<size_t>(size.height) * size.width * 3 * options.temporal_patch_size);
  float* out = pixel_values.data() + old_size;
  for (int unit_y = 0; unit_y < size.height; unit_y += side * merge)
    for (int unit_x = 0; unit_x < size.width; unit_x += side * merge)
      for (int row = 0; row < merge; ++row)
        for (int column = 0; column < merge; ++column)
          out = WritePatch(resized, options, tables, unit_x + column * side, unit_y + row * side, out);
}

}  // namespace lingshu
