// One convolution for both references, arranged so that both passes are one loop over contiguous lanes: the vertical pass runs along a
// row, the horizontal pass transposes a band of rows first and runs along the band. Sums are 32-bit integers, so their
// order does not matter and the result equals the reference's to the bit.
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

// Bits behind the point of a weight: Pillow's fixed ones, or as many as keep the largest weight within 16 bits.
int PrecisionOf(ResizeBackend backend, double largest_weight) {
  if (backend == ResizeBackend::kPil) return 32 - 8 - 2;  // 8 bits of result, 2 of headroom for the filters' lobes
  int bits = 0;
  while (bits < 22 && static_cast<int>(0.5 + largest_weight * (1 << (bits + 1))) < (1 << 15)) ++bits;
  return bits;
}

// All taps of one axis; mirrors precompute_coeffs and normalize_coeffs_8bpc, and _compute_index_ranges_int16_weights.
class AxisFilter {
 public:
  AxisFilter(int in_size, int out_size, Filter filter, ResizeBackend backend) {
    const double scale = static_cast<double>(in_size) / out_size;
    const double filter_scale = std::max(scale, 1.0);
    const double support = SupportOf(filter) * filter_scale;
    stride_ = static_cast<int>(std::ceil(support)) * 2 + 1;
    weights_.resize(static_cast<size_t>(stride_) * out_size);
    bounds_.resize(out_size);
    std::vector<double> exact(weights_.size());
    double largest = 0;
    for (int i = 0; i < out_size; ++i) {
      const double center = (i + 0.5) * scale;
      const int first = std::max(0, static_cast<int>(center - support + 0.5));
      const int count = std::min(in_size, static_cast<int>(center + support + 0.5)) - first;
      double* weights = exact.data() + static_cast<size_t>(stride_) * i;
      double sum = 0;
      for (int j = 0; j < count; ++j)
        sum += weights[j] = FilterAt(filter, (j + first - center + 0.5) * (1.0 / filter_scale));
      for (int j = 0; j < count && sum != 0; ++j) largest = std::max(largest, weights[j] /= sum);
      bounds_[i] = {first, count};
    }
    precision_bits_ = PrecisionOf(backend, largest);
    for (size_t i = 0; i < exact.size(); ++i)
      weights_[i] = static_cast<int32_t>((exact[i] < 0 ? -0.5 : 0.5) + exact[i] * (1 << precision_bits_));
  }
  int precision_bits() const { return precision_bits_; }
  Taps At(int i) const {
    return {bounds_[i].first, bounds_[i].second, weights_.data() + static_cast<size_t>(stride_) * i};
  }

 private:
  int stride_ = 0, precision_bits_ = 0;
  std::vector<std::pair<int, int>> bounds_;
  std::vector<int32_t> weights_;
};

std::vector<uint8_t> ResizeHeight(const uint8_t* in, size_t lanes, int new_height, const AxisFilter& axis) {
  std::vector<uint8_t> out(lanes * new_height);
  for (int y = 0; y < new_height; ++y) {
    const Taps taps = axis.At(y);
    const uint8_t* rows = in + lanes * taps.first;
    uint8_t* row = out.data() + lanes * y;
    size_t i = 0;
    for (; i + kResizeLanes <= lanes; i += kResizeLanes) WeighBlock(rows + i, lanes, taps.weights, taps.count, axis.precision_bits(), row + i);
    WeighLanes(rows + i, lanes, taps.weights, taps.count, axis.precision_bits(), static_cast<int>(lanes - i), row + i);
  }
  return out;
}

// A band holds as many rows as give 48 lanes: 16 of RGB. Its bytes at [x][row][channel] make columns contiguous.
std::vector<uint8_t> ResizeWidth(const uint8_t* in, int width, int height, int channels, int new_width,
                                 const AxisFilter& axis) {
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
                 axis.precision_bits(), column);
      uint8_t* to = out.data() + (static_cast<size_t>(top) * new_width + x) * channels;
      for (int r = 0; r < rows; ++r, to += static_cast<size_t>(new_width) * channels)
        for (int c = 0; c < channels; ++c) to[c] = column[r * channels + c];
    }
  }
  return out;
}

// The order of the passes shows in the last bit, since each rounds to 8 bits. Pillow 13 shrinks the height first when
// more than twice as many rows go as columns; Pillow up to 12 and torchvision always take the width first.
bool IsHeightFirst(int width, int height, int new_width, int new_height, ResizeBackend backend) {
  return backend == ResizeBackend::kPil && new_height < height && height - new_height > 2 * (width - new_width);
}

}  // namespace

std::vector<uint8_t> ResizeSamples(const uint8_t* samples, int width, int height, int channels, int new_width,
                                   int new_height, Filter filter, ResizeBackend backend) {
  CheckDimensions(width, height, "resize from");
  CheckDimensions(new_width, new_height, "resize to");
  if (new_width == width && new_height == height) return {samples, samples + static_cast<size_t>(width) * height * channels};
  std::vector<uint8_t> pixels;  // empty: still the samples
  const bool is_height_first = IsHeightFirst(width, height, new_width, new_height, backend);
  const auto resize_width = [&] {
    if (new_width == width) return;
    const uint8_t* from = pixels.empty() ? samples : pixels.data();
    pixels = ResizeWidth(from, width, height, channels, new_width, AxisFilter(width, new_width, filter, backend));
    width = new_width;
  };
  const auto resize_height = [&] {
    if (new_height == height) return;
    const uint8_t* from = pixels.empty() ? samples : pixels.data();
    pixels = ResizeHeight(from, static_cast<size_t>(width) * channels, new_height, AxisFilter(height, new_height, filter, backend));
    height = new_height;
  };
  if (is_height_first) resize_height();
  resize_width();
  resize_height();
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
