// smart_resize and patchify of transformers/models/qwen2_vl/image_processing_pil_qwen2_vl.py and its neighbours.
#include "image/patches.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "image/resize.h"

namespace lingshu {
namespace {

constexpr int kMaxAspectRatio = 200;

using Table = std::array<float, 256>;

// All 256 results of rescale and normalize of one channel. The slow processor multiplies in double, rounds to float32, and
// normalises in float32 with mean and deviation rounded to float32; the fast one scales those by 255 instead of the pixel.
Table NormalizeTable(double mean, double std, ResizeBackend backend) {
  Table table;
  const float mean32 = static_cast<float>(mean), std32 = static_cast<float>(std);
  constexpr auto kInverse = static_cast<float>(1.0 / (1.0 / 255.0));
  for (int i = 0; i < 256; ++i) {
    if (backend == ResizeBackend::kPil) table[i] = (static_cast<float>(i * (1.0 / 255.0)) - mean32) / std32;
    else table[i] = (static_cast<float>(i) - mean32 * kInverse) / (std32 * kInverse);
  }
  return table;
}

struct Frame {
  std::vector<uint8_t> rgb;
  GridSize size;
};

// Writes one patch whose first pixel is at (x, y) of each frame: the frames of one step of time.
void WritePatch(std::span<const Frame> frames, int side, int temporal, const std::array<Table, 3>& tables, int64_t x, int64_t y, float* out) {
  for (int c = 0; c < 3; ++c) {
    const float* last = out;
    for (int t = 0; t < temporal; ++t) {
      if (t >= static_cast<int>(frames.size())) {
        out = std::copy_n(last, side * side, out);  // the last picture stays
        continue;
      }
      last = out;
      const int64_t width = frames[t].size.width;
      for (int row = 0; row < side; ++row) {
        const uint8_t* pixel = frames[t].rgb.data() + 3 * ((y + row) * width + x) + c;
        for (int column = 0; column < side; ++column) *out++ = tables[c][pixel[3 * column]];
      }
    }
  }
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

std::array<int64_t, 3> GridOf(int64_t height, int64_t width, int64_t num_frames, const PatchOptions& options) {
  const GridSize size = SmartResize(height, width, options.patch_size * options.merge_size, options.min_pixels, options.max_pixels);
  const int64_t temporal = options.temporal_patch_size;
  return {(num_frames + temporal - 1) / temporal, size.height / options.patch_size, size.width / options.patch_size};
}

void AppendVideoPatches(std::span<const Image* const> frames, const PatchOptions& options, std::vector<float>& pixel_values,
                        std::array<int64_t, 3>& grid_thw) {
  if (frames.empty()) throw Error(ErrorCode::kUsage, "a video without frames.");
  const int64_t merge = options.merge_size, side = options.patch_size, temporal = options.temporal_patch_size;
  const int width = frames[0]->width, height = frames[0]->height;
  grid_thw = GridOf(height, width, static_cast<int64_t>(frames.size()), options);
  const int64_t steps = grid_thw[0];
  const GridSize size{grid_thw[1] * side, grid_thw[2] * side};
  constexpr int64_t kMaxValues = int64_t{1} << 31;
  if (steps > kMaxValues / (size.height * size.width * 3 * temporal))
    throw Error(ErrorCode::kTooLarge, fmt::format("{} frames of {}x{} pixels are too many values.\nHINT: show fewer frames or lower max_pixels.",
                                                  frames.size(), size.width, size.height));
  for (const Image* frame : frames)
    if (frame->width != width || frame->height != height)
      throw Error(ErrorCode::kUsage, fmt::format("frames of one size are expected, found {}x{} and {}x{} pixels.", width, height, frame->width, frame->height));
  std::array<Table, 3> tables;
  for (int c = 0; c < 3; ++c) tables[c] = NormalizeTable(options.image_mean[c], options.image_std[c], options.backend);
  // A patch at a time through the cache: resizing the vector first would write its 25 MB of a 1024 px image twice.
  std::vector<float> patch(static_cast<size_t>(3 * temporal * side * side));
  pixel_values.reserve(pixel_values.size() + static_cast<size_t>(steps * size.height * size.width * 3 * temporal));
  for (int64_t step = 0; step < steps; ++step) {
    std::vector<Frame> shown;
    for (int64_t i = step * temporal; i < std::min<int64_t>((step + 1) * temporal, static_cast<int64_t>(frames.size())); ++i)
      shown.push_back({ResizeSamples(frames[i]->rgb.data(), width, height, 3, static_cast<int>(size.width), static_cast<int>(size.height),
                                     Filter::kBicubic, options.backend), size});
    for (int64_t unit_y = 0; unit_y < size.height; unit_y += side * merge)
      for (int64_t unit_x = 0; unit_x < size.width; unit_x += side * merge)
        for (int64_t row = 0; row < merge; ++row)
          for (int64_t column = 0; column < merge; ++column) {
            WritePatch(shown, static_cast<int>(side), static_cast<int>(temporal), tables, unit_x + column * side, unit_y + row * side, patch.data());
            pixel_values.insert(pixel_values.end(), patch.begin(), patch.end());
          }
  }
}

void AppendPatches(const Image& image, const PatchOptions& options, std::vector<float>& pixel_values, std::array<int64_t, 3>& grid_thw) {
  const Image* const frame = &image;
  AppendVideoPatches({&frame, 1}, options, pixel_values, grid_thw);
}

}  // namespace lingshu
