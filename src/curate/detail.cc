// High-pass on a small grid; integers, so that the result is the same everywhere.
#include "curate/detail.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "image/resize.h"

namespace lingshu {
namespace {

constexpr int kRadius = 2;

int MeanAround(const std::vector<int>& luma, int x0, int y0) {
  int sum = 0, count = 0;
  for (int y = std::max(y0 - kRadius, 0); y <= std::min(y0 + kRadius, kDetailSide - 1); ++y)
    for (int x = std::max(x0 - kRadius, 0); x <= std::min(x0 + kRadius, kDetailSide - 1); ++x, ++count)
      sum += luma[static_cast<size_t>(y * kDetailSide + x)];
  return sum / count;
}

}  // namespace

Detail DetailOf(const Image& image) {
  const std::vector<uint8_t> small =
      ResizeSamples(image.rgb.data(), image.width, image.height, 3, kDetailSide, kDetailSide, Filter::kBox);
  std::vector<int> luma(kDetailSide * kDetailSide), high(luma.size());
  for (size_t i = 0; i < luma.size(); ++i)
    luma[i] = 19595 * small[3 * i] + 38470 * small[3 * i + 1] + 7471 * small[3 * i + 2];  // 16.16 fixed point
  int largest = 1;
  for (int y = 0; y < kDetailSide; ++y)
    for (int x = 0; x < kDetailSide; ++x) {
      const auto i = static_cast<size_t>(y * kDetailSide + x);
      high[i] = luma[i] - MeanAround(luma, x, y);
      largest = std::max(largest, std::abs(high[i]));
    }
  Detail detail;
  for (size_t i = 0; i < high.size(); ++i) detail[i] = static_cast<int8_t>(int64_t{127} * high[i] / largest);
  return detail;
}

Detail Mirrored(const Detail& detail) {
  Detail mirrored = detail;
  for (int y = 0; y < kDetailSide; ++y)
    std::reverse(mirrored.begin() + y * kDetailSide, mirrored.begin() + (y + 1) * kDetailSide);
  return mirrored;
}

double Correlation(const Detail& a, const Detail& b) {
  int64_t sum_a = 0, sum_b = 0, ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    sum_a += a[i];
    sum_b += b[i];
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  const auto n = static_cast<int64_t>(a.size());
  const double variance_a = static_cast<double>(n * aa - sum_a * sum_a),
               variance_b = static_cast<double>(n * bb - sum_b * sum_b);
  return variance_a > 0 && variance_b > 0
             ? static_cast<double>(n * ab - sum_a * sum_b) / std::sqrt(variance_a * variance_b)
             : 0;
}

}  // namespace lingshu
