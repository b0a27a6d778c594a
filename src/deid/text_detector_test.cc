// Facts of the text detector: drawn text of many sizes on the backgrounds that films and screens have is found, and
// little else is covered.
#include "deid/text_detector.h"

#include <algorithm>
#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "deid/folder.h"
#include "image/dicom_testing.h"
#include "image/reader.h"

namespace lingshu {
namespace {

constexpr uint8_t kDigits[10][7] = {
    {0x0E, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0E}, {0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E},
    {0x0E, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1F}, {0x1F, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0E},
    {0x02, 0x06, 0x0A, 0x12, 0x1F, 0x02, 0x02}, {0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E},
    {0x06, 0x08, 0x10, 0x1E, 0x11, 0x11, 0x0E}, {0x1F, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08},
    {0x0E, 0x11, 0x11, 0x0E, 0x11, 0x11, 0x0E}, {0x0E, 0x11, 0x11, 0x0F, 0x01, 0x02, 0x0C}};

struct Picture {
  int width, height;
  std::vector<uint8_t> gray;
};

// A body: a bright ellipse with soft ribs on black, and noise.
Picture Film(int width, int height, uint64_t seed) {
  Picture picture{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height)};
  Rng rng(seed);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double u = 2.0 * x / width - 1, v = 2.0 * y / height - 1, r = u * u / 0.6 + v * v / 0.8;
      const double body = r < 1 ? 150 * std::sqrt(1 - r) + 20 * std::sin(v * 20 + u * u * 3) : 0;
      const double noise = 8 * (rng.Uniform() - 0.5);
      picture.gray[static_cast<size_t>(y) * width + x] = static_cast<uint8_t>(std::clamp(body + noise + 8, 0.0, 255.0));
    }
  return picture;
}

// Draws digits at scale; returns the box of the text.
PixelBox Draw(Picture& picture, const std::string& digits, int x0, int y0, int scale, uint8_t level) {
  for (size_t i = 0; i < digits.size(); ++i)
    for (int y = 0; y < 7 * scale; ++y)
      for (int x = 0; x < 5 * scale; ++x)
        if (kDigits[digits[i] - '0'][y / scale] >> (4 - x / scale) & 1)
          picture.gray[static_cast<size_t>(y0 + y) * picture.width + x0 + static_cast<int>(i) * 6 * scale + x] = level;
  return {x0, y0, x0 + static_cast<int>(digits.size()) * 6 * scale, y0 + 7 * scale};
}

// The part of the text's strokes inside the boxes.
double Covered(const PixelBox& text, const std::vector<PixelBox>& boxes) {
  int64_t inside = 0, all = 0;
  for (int y = text.y0; y < text.y1; ++y)
    for (int x = text.x0; x < text.x1; ++x, ++all)
      inside += std::any_of(boxes.begin(), boxes.end(),
                            [&](const PixelBox& b) { return x >= b.x0 && x < b.x1 && y >= b.y0 && y < b.y1; });
  return static_cast<double>(inside) / static_cast<double>(all);
}

TEST(TextDetector, FindsTextOfManySizesOnFilms) {
  Rng rng(7);
  int found = 0, drawn = 0;
  for (int i = 0; i < 60; ++i) {
    Picture picture = Film(400, 300, static_cast<uint64_t>(i));
    std::string digits;
    for (int k = 0; k < 8; ++k) digits += static_cast<char>('0' + rng.Int(0, 9));
    const int scale = 1 + i % 4;
    const int x = rng.Int(0, 400 - 48 * scale), y = rng.Int(0, 300 - 7 * scale);
    const PixelBox text = Draw(picture, digits, x, y, scale, 255);
    found += Covered(text, FindText(picture.gray, 400, 300)) > 0.99;
    ++drawn;
  }
  EXPECT_GE(found, drawn * 95 / 100) << found << " of " << drawn;
}

TEST(TextDetector, FindsDarkTextOnLightGround) {
  Picture picture{200, 60, std::vector<uint8_t>(200 * 60, 230)};
  const PixelBox text = Draw(picture, "20200301", 20, 20, 2, 10);
  EXPECT_EQ(Covered(text, FindText(picture.gray, 200, 60)), 1.0);
}

TEST(TextDetector, CoversLittleOfFilmsWithoutText) {
  for (int i = 0; i < 10; ++i) EXPECT_LE(FindText(Film(400, 300, 100 + i).gray, 400, 300).size(), 1u) << i;
}

TEST(Pixels, CoverTextOfSecondaryCapturesAndAroundUltrasoundRegions) {
  using testing::DicomBuilder;
  Picture picture = Film(200, 150, 5);
  Draw(picture, "19700101", 10, 5, 2, 255);
  const std::vector<int> values(picture.gray.begin(), picture.gray.end());
  DicomBuilder builder = DicomBuilder::Picture(200, 150, values, 8);
  builder.Text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7").Text(0x00080018, "UI", "1.2.3");
  Json report;
  const DeidFolderOptions options{.key = "a key for tests, 32 bytes of it."};
  const Image covered = DecodeImage(DeidentifyFile(builder.File(), options, report, "t"), "t");
  EXPECT_GE(report["pixels"]["text_boxes"], 1);
  for (int x = 10; x < 100; ++x) EXPECT_LT(*covered.Pixel(x, 12), 60);
  EXPECT_EQ(*covered.Pixel(100, 75), picture.gray[75 * 200 + 100]);

  DicomBuilder region;
  const auto number = [](int n) { return std::string{static_cast<char>(n), 0, 0, 0}; };
  region.Set(0x00186018, "UL", number(50)).Set(0x0018601A, "UL", number(40));
  region.Set(0x0018601C, "UL", number(149)).Set(0x0018601E, "UL", number(119));
  builder.Text(0x00080060, "CS", "US").Sequence(0x00186011, {region});
  const Image inside = DecodeImage(DeidentifyFile(builder.File(), options, report, "t"), "t");
  EXPECT_EQ(report["pixels"]["regions"], 1);
  EXPECT_EQ(*inside.Pixel(100, 75), picture.gray[75 * 200 + 100]);
  EXPECT_EQ(*inside.Pixel(49, 75), *inside.Pixel(0, 0));
  EXPECT_EQ(*inside.Pixel(150, 75), *inside.Pixel(0, 0));
}

}  // namespace
}  // namespace lingshu
