// Facts of the everyday formats: what is read equals what was written, what lies is refused.
#include "image/raster.h"

#include <gtest/gtest.h>

#include "image/orientation.h"
#include "image/png.h"
#include "image/testing.h"

namespace lingshu {
namespace {

using testing::ErrorOf;
using testing::MakePicture;

TEST(Png, GivesBackWhatWasEncoded) {
  const Image picture = MakePicture(37, 21);
  const Image decoded = DecodeImage(EncodePng(picture), "picture");
  EXPECT_EQ(decoded.rgb, picture.rgb);
  EXPECT_EQ(decoded.source, "png");
}

TEST(Png, RefusesTruncationAtEveryByte) {
  const std::string bytes = EncodePng(MakePicture(9, 7));
  for (size_t n = 8; n + 13 < bytes.size(); ++n) EXPECT_NE(ErrorOf([&] { DecodeImage(bytes.substr(0, n), "cut"); }), "") << n;
}

TEST(RasterToImage, CompositesAlphaOnWhite) {
  const Image image = RasterToImage({.width = 2, .height = 1, .colours = Colours::kRgba, .samples = {10, 20, 30, 0, 10, 20, 30, 255}}, "x", "x");
  EXPECT_EQ(image.rgb, (std::vector<uint8_t>{255, 255, 255, 10, 20, 30}));
}

TEST(RasterToImage, KeepsTheHighByteOf16Bits) {
  const Image image = RasterToImage({.width = 2, .height = 1, .colours = Colours::kGray, .bits_stored = 16, .samples = {0xFF, 0x12, 0x00, 0xFE}}, "x", "x");
  EXPECT_EQ(image.rgb, (std::vector<uint8_t>{0x12, 0x12, 0x12, 0xFE, 0xFE, 0xFE}));
}

TEST(RasterToImage, RefusesAnIndexBeyondThePalette) {
  EXPECT_NE(ErrorOf([] { RasterToImage({.width = 1, .height = 1, .colours = Colours::kPalette, .samples = {1}, .palette = {1, 2, 3, 255}}, "x", "x"); })
                .find("palette index 1"), std::string::npos);
}

TEST(ApplyOrientation, TurnsAsExifSays) {
  // Stored 2x1 (a b); Exif 6 means: turn clockwise, so a is on top.
  Image image{.width = 2, .height = 1, .rgb = {1, 1, 1, 2, 2, 2}};
  ApplyOrientation(image, 6);
  EXPECT_EQ(image.width, 1);
  EXPECT_EQ(image.rgb, (std::vector<uint8_t>{1, 1, 1, 2, 2, 2}));
  ApplyOrientation(image, 3);
  EXPECT_EQ(image.rgb, (std::vector<uint8_t>{2, 2, 2, 1, 1, 1}));
}

TEST(DecodeImage, ListsTheKnownFormatsForOtherBytes) {
  EXPECT_NE(ErrorOf([] { DecodeImage("<svg/>", "drawing"); }).find("png"), std::string::npos);
  EXPECT_NE(ErrorOf([] { DecodeImage("", "nothing"); }).find("empty"), std::string::npos);
}

}  // namespace
}  // namespace lingshu
