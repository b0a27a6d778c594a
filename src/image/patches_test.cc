// Facts of patches: bit-equal with transformers.
#include "image/patches.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "image/testing.h"

namespace lingshu {
namespace {

TEST(AppendPatches, EqualsTransformersToTheBit) {
  const Json file = testing::ReadGolden("image-patches/golden.json");
  ASSERT_EQ(file["patches"].size(), 6);
  for (const Json& golden : file["patches"]) {
    const PatchOptions options{.min_pixels = golden["min_pixels"], .max_pixels = golden["max_pixels"]};
    std::vector<float> pixel_values;
    std::array<int64_t, 3> grid_thw;
    AppendPatches(testing::MakePicture(golden["from"][0], golden["from"][1]), options, pixel_values, grid_thw);
    EXPECT_EQ(Json(grid_thw), golden["grid_thw"]);
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(pixel_values[i], golden["first"][i].get<float>());
      EXPECT_EQ(pixel_values[pixel_values.size() - 4 + i], golden["last"][i].get<float>());
    }
    EXPECT_EQ(Sha256Hex({reinterpret_cast<const char*>(pixel_values.data()), pixel_values.size() * sizeof(float)}),
              golden["sha256"])
        << golden.dump();
  }
}

TEST(AppendVideoPatches, EqualsTransformersFastProcessorsToTheBit) {
  const Json file = testing::ReadGolden("image-resize/torchvision.json");
  ASSERT_EQ(file["videos"].size(), 4);
  for (const Json& golden : file["videos"]) {
    std::vector<Image> frames;  // frame i is the picture turned around by i rows
    for (int i = 0; i < golden["frames"]; ++i) {
      frames.push_back(testing::MakePicture(golden["from"][0], golden["from"][1]));
      std::rotate(frames[i].rgb.begin(), frames[i].rgb.end() - i * 3 * frames[i].width, frames[i].rgb.end());
    }
    std::vector<const Image*> views;
    for (const Image& frame : frames) views.push_back(&frame);
    std::vector<float> pixel_values;
    std::array<int64_t, 3> grid_thw;
    AppendVideoPatches(views, {.backend = ResizeBackend::kTorchvision}, pixel_values, grid_thw);
    EXPECT_EQ(Json(grid_thw), golden["grid_thw"]);
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(pixel_values[i], golden["first"][i].get<float>());
      EXPECT_EQ(pixel_values[pixel_values.size() - 4 + i], golden["last"][i].get<float>());
    }
    EXPECT_EQ(Sha256Hex({reinterpret_cast<const char*>(pixel_values.data()), pixel_values.size() * sizeof(float)}), golden["sha256"])
        << golden.dump();
  }
}

TEST(AppendVideoPatches, RefusesNoFramesAndFramesOfSeveralSizes) {
  std::vector<float> pixel_values;
  std::array<int64_t, 3> grid_thw;
  const Image a = testing::MakePicture(56, 56), b = testing::MakePicture(57, 56);
  const std::vector<const Image*> none, two = {&a, &b};
  EXPECT_NE(testing::ErrorOf([&] { AppendVideoPatches(none, {}, pixel_values, grid_thw); }).find("without frames"), std::string::npos);
  EXPECT_NE(testing::ErrorOf([&] { AppendVideoPatches(two, {}, pixel_values, grid_thw); }).find("57x56"), std::string::npos);
  EXPECT_EQ(pixel_values.size(), 0);
}

TEST(AppendPatches, AppendsBehindWhatIsThere) {
  std::vector<float> pixel_values = {7};
  std::array<int64_t, 3> grid_thw;
  AppendPatches(testing::MakePicture(56, 56), {}, pixel_values, grid_thw);
  EXPECT_EQ(pixel_values[0], 7);
  EXPECT_EQ(pixel_values.size(), 1 + 16 * 1176);
  EXPECT_EQ(NumImageTokens(grid_thw, 2), 4);
}

TEST(SmartResize, EqualsTransformers) {
  const Json file = testing::ReadGolden("image-patches/golden.json");
  ASSERT_EQ(file["smart_resize"].size(), 67);
  for (const Json& row : file["smart_resize"]) {
    GridSize size;
    testing::ErrorOf([&] { size = SmartResize(row[0], row[1], row[2], row[3], row[4]); });
    EXPECT_EQ(size, (GridSize{row[5], row[6]})) << row.dump();
  }
}

TEST(SmartResize, RefusesAspectRatiosAbove200) {
  EXPECT_NE(testing::ErrorOf([] { SmartResize(201, 1, 28, 3136, 12845056); }).find("at most 200"), std::string::npos);
}

}  // namespace
}  // namespace lingshu
