// Pillow's convolution, arranged so that both passes are one loop over contiguous lanes: the vertical pass runs along a
// row, the horizontal pass transposes a band of rows first and runs along the band. Sums are 32-bit integers, so their
// order does not matter and the result equals Pillow's to the bit.
#include "image/resize.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "image/limits.h"
#include "image/resize_lanes.h"

namespace lingshu {
namespace {

double Sinc(double x) { return x == 0 ? 1.0 : std::sin(x * M_PI) / (x * M_PI); }

double FilterAt(Filter filter, double x) {
  switch (filter) {
    case Filter::kBox:
      return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
    case Filter::kBilinear:
      x = std::abs(x);
      return x < 1 ? 1 - x : 0.0;
    case Filter::kLanczos:
      return -3.0 <= x && x < 3.0 ? Sinc(x) * Sinc(x / 3) : 0.0;
    case Filter::kBicubic:
      break;
  }
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
  if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * a;
  return 0.0;
}

double SupportOf(Filter filter) {
  switch (filter) {
    case Filter::kBox:
      return 0.5;
    case Filter::kBilinear:
      return 1.0;
    case Filter::kBicubic:
      return 2.0;
    case Filter::kLanczos:
      return 3.0;
  }
  return 0;
}

// The taps of one output position: `count` weights for the inputs from `first` on.
struct Taps {
  int first = 0;
  int count = 0;
  const int32_t* weights = nullptr;
};

// All taps of one axis; mirrors precompute_coeffs and normalize_coeffs_8bpc.
class AxisFilter {
 public:
  AxisFilter(int in_size, int out_size, Filter filter) {
    const double scale = static_cast<double>(in_size) / out_size;
    const double filter_scale = std::max(scale, 1.0);
    const double support = SupportOf(filter) * filter_scale;
    stride_ = static_cast<int>(std::ceil(support)) * 2 + 1;
    weights_.resize(static_cast<size_t>(stride_) * out_size);
    bounds_.resize(out_size);
    std::vector<double> raw(stride_);
    for (int i = 0; i < out_size; ++i) {
      const double center = (i + 0.5) * scale;
      const int first = std::max(0, static_cast<int>(center - support + 0.5));
      const int count = std::min(in_size, static_cast<int>(center + support + 0.5)) - first;
      double sum = 0;
      for (int j = 0; j < count; ++j)
        sum += raw[j] = FilterAt(filter, (j + first - center + 0.5) * (1.0 / filter_scale));
      for (int j = 0; j < count; ++j) {
        const double weight = sum != 0 ? raw[j] / sum : raw[j];
        weights_[static_cast<size_t>(stride_) * i + j] =
            static_cast<int32_t>((weight < 0 ? -0.5 : 0.5) + weight * (1 << kResizePrecisionBits));
      }
      bounds_[i] = {first, count};
    }
  }
  Taps At(int i) const {
    return {bounds_[i].first, bounds_[i].second, weights_.data() + static_cast<size_t>(stride_) * i};
  }

 private:
  int stride_ = 0;
  std::vector<std::pair<int, int>> bounds_;
  std::vector<int32_t> weights_;
};

std::vector<uint8_t> ResizeHeight(const uint8_t* in, size_t lanes, int height, int new_height, Filter filter) {
  const AxisFilter axis(height, new_height, filter);
  std::vector<uint8_t> out(lanes * new_height);
  for (int y = 0; y < new_height; ++y) {
    const Taps taps = axis.At(y);
    const uint8_t* rows = in + lanes * taps.first;
    uint8_t* row = out.data() + lanes * y;
    size_t i = 0;
    for (; i + kResizeLanes <= lanes; i += kResizeLanes) WeighBlock(rows + i, lanes, taps.weights, taps.count, row + i);
    WeighLanes(rows + i, lanes, taps.weights, taps.count, static_cast<int>(lanes - i), row + i);
  }
  return out;
}

// A band holds as many rows as give 48 lanes: 16 of RGB. Its bytes at [x][row][channel] make columns contiguous.
std::vector<uint8_t> ResizeWidth(const uint8_t* in, int width, int height, int channels, int new_width, Filter filter) {
  const AxisFilter axis(width, new_width, filter);
  std::vector<uint8_t> out(static_cast<size_t>(new_width) * height * channels);
  const int band_rows = kResizeLanes / channels;
  std::vector<uint8_t> band(static_cast<size_t>(width) * kResizeLanes);
  uint8_t column[kResizeLanes];
  for (int top = 0; top < height; top += band_rows) {
    const int rows = std::min(band_rows, height - top);
    for (int r = 0; r < rows; ++r) {
      const uint8_t* row = in + static_cast<size_t>(top + r) * width * channels;
      uint8_t* to = band.data() + r * channels;
      for (int x = 0; x < width; ++x, row += channels, to += kResizeLanes)
        for (int c = 0; c < channels; ++c) to[c] = row[c];
    }
    for (int x = 0; x < new_width; ++x) {
      const Taps taps = axis.At(x);
      WeighBlock(band.data() + static_cast<size_t>(taps.first) * kResizeLanes, kResizeLanes, taps.weights, taps.count,
                 column);
      uint8_t* to = out.data() + (static_cast<size_t>(top) * new_width + x) * channels;
      for (int r = 0; r < rows; ++r, to += static_cast<size_t>(new_width) * channels)
        for (int c = 0; c < channels; ++c) to[c] = column[r * channels + c];
    }
  }
  return out;
}

// The order of the passes shows in the last bit, since each rounds to 8 bits. Pillow 13 shrinks the height first when
// more than twice as many rows go as columns; Pillow up to 12 always took the width first.
bool IsHeightFirst(int width, int height, int new_width, int new_height) {
  return new_height < height && height - new_height > 2 * (width - new_width);
}

}  // namespace

std::vector<uint8_t> ResizeSamples(const uint8_t* samples, int width, int height, int channels, int new_width,
                                   int new_height, Filter filter) {
  CheckDimensions(width, height, "resize from");
  CheckDimensions(new_width, new_height, "resize to");
  std::vector<uint8_t> pixels(samples, samples + static_cast<size_t>(width) * height * channels);
  const auto resize_width = [&] {
    if (new_width != width) pixels = ResizeWidth(pixels.data(), width, height, channels, new_width, filter);
    width = new_width;
  };
  const auto resize_height = [&] {
    if (new_height != height)
      pixels = ResizeHeight(pixels.data(), static_cast<size_t>(width) * channels, height, new_height, filter);
    height = new_height;
  };
  if (IsHeightFirst(width, height, new_width, new_height)) {
    resize_height();
    resize_width();
  } else {
    resize_width();
    resize_height();
  }
  return pixels;
}

Image ResizePil(const Image& image, int width, int height, Filter filter) {
  CHECK(image.rgb.size() == static_cast<size_t>(image.width) * image.height * 3)
      << "pixels do not match " << image.width << "x" << image.height;
  Image resized{.width = width,
                .height = height,
                .modality = image.modality,
                .source = image.source,
                .operations = image.operations};
  resized.pixel_spacing_mm[0] = image.pixel_spacing_mm[0] * image.height / height;
  resized.pixel_spacing_mm[1] = image.pixel_spacing_mm[1] * image.width / width;
  resized.rgb = ResizeSamples(image.rgb.data(), image.width, image.height, 3, width, height, filter);
  return resized;
}

}  // namespace lingshu
