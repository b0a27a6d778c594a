// Facts of the everyday formats: what is read equals what was written, what lies is refused.
#include "image/raster.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/registry.h"
#include "image/orientation.h"
#include "image/png.h"
#include "image/testing.h"

namespace lingshu {
namespace {

using testing::ErrorOf;
using testing::MakePicture;

// tests/cases/image-rasters: small files written by Pillow, and the pixels that Pillow reads from them under our rules.
TEST(Rasters, EqualPillowToTheBit) {
  const Json file = testing::ReadGolden("image-rasters/golden.json");
  ASSERT_GT(file["cases"].size(), 40);
  for (const Json& golden : file["cases"]) {
    const std::string name = golden["name"];
    if (Registry<ImageReader>::Get().FindOrNull(name.substr(0, name.find(' '))) == nullptr)
      continue;  // its library is absent
    const std::string bytes = testing::FromBase64(golden["base64"]);
    const Image image = DecodeImage(bytes, name, {.frame = golden.value("frame", 0)});
    EXPECT_EQ(image.width, golden["size"][0]) << name;
    EXPECT_EQ(image.height, golden["size"][1]) << name;
    EXPECT_EQ(Sha256Hex({reinterpret_cast<const char*>(image.rgb.data()), image.rgb.size()}), golden["sha256"]) << name;
  }
}

// The same files cut at every byte, and with every byte replaced: an Error or a picture, never a crash.
TEST(Rasters, SurviveCutsAndLies) {
  const Json file = testing::ReadGolden("image-rasters/golden.json");
  for (const Json& golden : file["cases"]) {
    const std::string bytes = testing::FromBase64(golden["base64"]);
    const ImageOptions options{.frame = golden.value("frame", 0)};
    for (size_t n = 0; n < bytes.size() * 3 / 4; ++n)
      EXPECT_NE(ErrorOf([&] { DecodeImage(bytes.substr(0, n), "cut", options); }), "")
          << golden["name"] << " cut at " << n;
    for (size_t i = 0; i < bytes.size(); ++i) {
      std::string bent = bytes;
      bent[i] = static_cast<char>(i % 3 == 0 ? 0xFF : i % 3 == 1 ? 0x00 : bent[i] ^ 0x80);
      ErrorOf([&] { DecodeImage(bent, "bent", options); });
    }
  }
}

TEST(Png, GivesBackWhatWasEncoded) {
  const Image picture = MakePicture(37, 21);
  const Image decoded = DecodeImage(EncodePng(picture), "picture");
  EXPECT_EQ(decoded.rgb, picture.rgb);
  EXPECT_EQ(decoded.source, "png");
}

TEST(Png, RefusesTruncationAtEveryByte) {
  const std::string bytes = EncodePng(MakePicture(9, 7));
  for (size_t n = 8; n + 13 < bytes.size(); ++n)
    EXPECT_NE(ErrorOf([&] { DecodeImage(bytes.substr(0, n), "cut"); }), "") << n;
}

// Grey float32 as TIFF has it, one strip.
std::string FloatTiff(int width, int height, const std::vector<float>& values) {
  std::string bytes("II*\0\x08\0\0\0", 8);
  const auto put = [&](uint32_t value, int width_bytes) {
    for (int i = 0; i < width_bytes; ++i) bytes += static_cast<char>(value >> (8 * i));
  };
  const std::vector<std::pair<uint32_t, uint32_t>> entries = {
      {256, width}, {257, height}, {258, 32}, {259, 1}, {262, 1}, {273, 8 + 2 + 10 * 12 + 4}, {277, 1}, {278, height}, {279, 4 * values.size()}, {339, 3}};
  put(static_cast<uint32_t>(entries.size()), 2);
  for (const auto& [tag, value] : entries) put(tag, 2), put(tag == 273 || tag == 279 ? 4 : 3, 2), put(1, 4), put(value, 4);
  put(0, 4);
  return bytes.append(reinterpret_cast<const char*>(values.data()), 4 * values.size());
}

TEST(Tiff, ReadsFloatsAsGreyAndSaysTheirRange) {
  const std::string bytes = FloatTiff(3, 2, {-1000, 0, 1000, std::nanf(""), INFINITY, 500});
  const Image image = DecodeImage(bytes, "float.tif");
  std::vector<int> gray;
  for (size_t i = 0; i < image.rgb.size(); i += 3) gray.push_back(image.rgb[i]);
  EXPECT_EQ(gray, (std::vector<int>{0, 128, 255, 0, 0, 191}));
  EXPECT_EQ(image.operations, (std::vector<std::string>{"values -1000 to 1000 as grey levels"}));
  const FileFacts facts = InspectBytes(FloatTiff(2, 1, {-1.5F, 7.25F}), "float.tif");
  EXPECT_EQ(facts.bits_stored, 32);
  EXPECT_EQ(facts.photometric, "GRAY");
  EXPECT_EQ(facts.value_min, -1.5);
  EXPECT_EQ(facts.value_max, 7.25);
  EXPECT_EQ(DecodeImage(FloatTiff(1, 1, {std::nanf("")}), "x").operations.at(0), "no finite values");
  EXPECT_NE(ErrorOf([&] { DecodeImage(bytes.substr(0, bytes.size() - 3), "cut"); }), "");
}

TEST(RasterToImage, CompositesAlphaOnWhite) {
  const Image image = RasterToImage(
      {.width = 2, .height = 1, .colours = Colours::kRgba, .samples = {10, 20, 30, 0, 10, 20, 30, 255}}, "x", "x");
  EXPECT_EQ(image.rgb, (std::vector<uint8_t>{255, 255, 255, 10, 20, 30}));
}

TEST(RasterToImage, KeepsTheHighByteOf16Bits) {
  const Image image = RasterToImage(
      {.width = 2, .height = 1, .colours = Colours::kGray, .bits_stored = 16, .samples = {0xFF, 0x12, 0x00, 0xFE}}, "x",
      "x");
  EXPECT_EQ(image.rgb, (std::vector<uint8_t>{0x12, 0x12, 0x12, 0xFE, 0xFE, 0xFE}));
}

TEST(RasterToImage, RefusesAnIndexBeyondThePalette) {
  EXPECT_NE(ErrorOf([] {
              RasterToImage(
                  {.width = 1, .height = 1, .colours = Colours::kPalette, .samples = {1}, .palette = {1, 2, 3, 255}},
                  "x", "x");
            }).find("palette index 1"),
            std::string::npos);
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
