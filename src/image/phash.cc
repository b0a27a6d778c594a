// Both hashes work on luma (ITU-R BT.601, Pillow's "L") reduced by the box filter, which averages every pixel once.
#include "image/phash.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "image/resize.h"

namespace lingshu {
namespace {

constexpr int kSide = 32;
constexpr int kLow = 8;
using LowBlock = std::array<double, kLow * kLow>;

std::vector<uint8_t> ReducedLuma(const Image& image, int width, int height) {
  const std::vector<uint8_t> small =
      ResizeSamples(image.rgb.data(), image.width, image.height, 3, width, height, Filter::kBox);
  std::vector<uint8_t> luma(small.size() / 3);
  for (size_t i = 0; i < luma.size(); ++i)
    luma[i] = static_cast<uint8_t>(
        (small[3 * i] * 19595 + small[3 * i + 1] * 38470 + small[3 * i + 2] * 7471 + 0x8000) >> 16);
  return luma;
}

// DCT-II, the first kLow frequencies of each axis; unnormalised, since only order matters.
LowBlock LowFrequencies(const std::vector<uint8_t>& luma) {
  std::array<std::array<double, kSide>, kLow> basis;
  for (int u = 0; u < kLow; ++u)
    for (int x = 0; x < kSide; ++x) basis[u][x] = std::cos(M_PI * u * (2 * x + 1) / (2 * kSide));
  std::array<std::array<double, kLow>, kSide> rows{};
  for (int y = 0; y < kSide; ++y)
    for (int u = 0; u < kLow; ++u)
      for (int x = 0; x < kSide; ++x) rows[y][u] += luma[y * kSide + x] * basis[u][x];
  LowBlock low{};
  for (int v = 0; v < kLow; ++v)
    for (int u = 0; u < kLow; ++u)
      for (int y = 0; y < kSide; ++y) low[v * kLow + u] += rows[y][u] * basis[v][y];
  return low;
}

// A picture without detail has coefficients of rounding size only; they count as zero, so that its hash is stable.
constexpr double kRounding = 1e-6;

uint64_t HashOf(const LowBlock& low) {
  LowBlock sorted = low;  // the median is taken without the mean brightness, element 0
  std::nth_element(sorted.begin() + 1, sorted.begin() + 32, sorted.end());
  const double median = sorted[32];
  uint64_t hash = 0;
  for (int i = 0; i < kLow * kLow; ++i) hash |= static_cast<uint64_t>(low[i] > median + kRounding) << i;
  return hash;
}

}  // namespace

uint64_t PerceptualHash(const Image& image) { return HashOf(LowFrequencies(ReducedLuma(image, kSide, kSide))); }

uint64_t MirroredPerceptualHash(const Image& image) {
  LowBlock low = LowFrequencies(ReducedLuma(image, kSide, kSide));
  for (int v = 0; v < kLow; ++v)
    for (int u = 1; u < kLow; u += 2) low[v * kLow + u] = -low[v * kLow + u];
  return HashOf(low);
}

uint64_t DifferenceHash(const Image& image) {
  const std::vector<uint8_t> luma = ReducedLuma(image, kLow + 1, kLow);
  uint64_t hash = 0;
  for (int y = 0; y < kLow; ++y)
    for (int x = 0; x < kLow; ++x)
      hash |= static_cast<uint64_t>(luma[y * (kLow + 1) + x] > luma[y * (kLow + 1) + x + 1]) << (y * kLow + x);
  return hash;
}

}  // namespace lingshu
