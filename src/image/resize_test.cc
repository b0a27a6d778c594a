// Facts of resizing: bit-equal with Pillow.
#include "image/resize.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/rng.h"
#include "image/resize_lanes.h"
#include "image/testing.h"

namespace lingshu {
namespace {

TEST(ResizePil, EqualsPillowToTheBit) {
  const std::vector<std::string> names = EnumNames(static_cast<Filter*>(nullptr));
  const Json file = testing::ReadGolden("image-resize/golden.json");
  ASSERT_EQ(file["cases"].size(), 40);
  for (const Json& golden : file["cases"]) {
    const size_t filter = std::find(names.begin(), names.end(), golden["filter"].get<std::string>()) - names.begin();
    const Image resized = ResizePil(testing::MakePicture(golden["from"][0], golden["from"][1]), golden["to"][0],
                                    golden["to"][1], static_cast<Filter>(filter));
    EXPECT_EQ(Sha256Hex({reinterpret_cast<const char*>(resized.rgb.data()), resized.rgb.size()}), golden["sha256"])
        << golden.dump();
  }
}

TEST(ResizeSamples, EqualsTorchvisionToTheBit) {
  const Json file = testing::ReadGolden("image-resize/torchvision.json");
  ASSERT_GE(file["cases"].size(), 30);
  for (const Json& golden : file["cases"]) {
    const Image image = testing::MakePicture(golden["from"][0], golden["from"][1]);
    const std::vector<uint8_t> resized = ResizeSamples(image.rgb.data(), image.width, image.height, 3, golden["to"][0], golden["to"][1],
                                                       Filter::kBicubic, ResizeBackend::kTorchvision);
    EXPECT_EQ(Sha256Hex({reinterpret_cast<const char*>(resized.data()), resized.size()}), golden["sha256"]) << golden.dump();
  }
}

TEST(ResizePil, ScalesPixelSpacing) {
  Image image = testing::MakePicture(40, 20);
  image.pixel_spacing_mm[0] = 0.5;
  image.pixel_spacing_mm[1] = 0.25;
  const Image resized = ResizePil(image, 20, 40);
  EXPECT_DOUBLE_EQ(resized.pixel_spacing_mm[0], 0.25);
  EXPECT_DOUBLE_EQ(resized.pixel_spacing_mm[1], 0.5);
}

TEST(ResizePil, RefusesHugeTargets) {
  EXPECT_NE(testing::ErrorOf([] { ResizePil(testing::MakePicture(4, 4), 1 << 20, 1); }), "");
}

TEST(WeighBlock, EqualsTheReference) {
  Rng rng(3);
  for (int taps = 1; taps < 40; ++taps) {
    std::vector<uint8_t> rows(taps * 60), block(kResizeLanes), lanes(kResizeLanes);
    std::vector<int32_t> weights(taps);
    for (uint8_t& value : rows) value = static_cast<uint8_t>(rng.Below(256));
    for (int32_t& weight : weights) weight = rng.Int(-(1 << 22) / taps, (2 << 22) / taps);  // both ends clamp
    for (const int precision_bits : {22, 15, 9, 1}) {
      WeighBlock(rows.data(), 60, weights.data(), taps, precision_bits, block.data());
      WeighLanes(rows.data(), 60, weights.data(), taps, precision_bits, kResizeLanes, lanes.data());
      EXPECT_EQ(block, lanes) << taps << " taps of " << precision_bits << " bits";
    }
  }
}

TEST(ResizeSamples, TreatsChannelsAlike) {
  const Image image = testing::MakePicture(50, 40);
  const std::vector<uint8_t> all = ResizeSamples(image.rgb.data(), 50, 40, 3, 21, 33, Filter::kLanczos);
  std::vector<uint8_t> green(50 * 40);
  for (int i = 0; i < 50 * 40; ++i) green[i] = image.rgb[3 * i + 1];
  const std::vector<uint8_t> one = ResizeSamples(green.data(), 50, 40, 1, 21, 33, Filter::kLanczos);
  for (size_t i = 0; i < one.size(); ++i) ASSERT_EQ(one[i], all[3 * i + 1]) << i;
}

}  // namespace
}  // namespace lingshu
