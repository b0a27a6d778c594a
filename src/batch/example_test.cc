// Images and videos as tokens: counts that always agree, and positions. (Positions of whole prompts against transformers are in
// engine/parity_test.cc.)
#include "batch/example.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/rng.h"
#include "batch/fixtures.h"
#include "image/patches.h"

namespace lingshu {
namespace {

const Tokenizer& Small() {
  static const auto tokenizer = Tokenizer::Load("tests/golden/tokenizer");
  return *tokenizer;
}

// The released shape with the small tokenizer's ids.
ModelConfig SmallConfig() {
  ModelConfig config;
  config.image_token_id = Small().Id("<|image_pad|>");
  config.video_token_id = Small().Id("<|video_pad|>");
  config.processor.max_pixels = 28 * 28 * 64;
  return config;
}

ImagePtr Picture(int width, int height, uint8_t level = 90) {
  return std::make_shared<const Image>(Image{.width = width, .height = height, .rgb = std::vector<uint8_t>(static_cast<size_t>(3 * width * height), level)});
}

std::string FailureOf(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.message();
  }
  return "no error";
}

// 100,000 sizes, patch and merge sizes, frames: the prompt has as many placeholders as the grid has merge units, and positions
// can be given to all of them.
TEST(Example, PlaceholdersAlwaysEqualGridOverMergeSquared) {
  const ModelConfig base = SmallConfig();
  Rng rng(1);
  int64_t made = 0, refused = 0;
  while (made < 100'000) {
    ModelConfig config = base;
    config.vision.spatial_merge_size = rng.Int(1, 3);
    config.vision.patch_size = rng.Int(4, 16);
    PatchOptions options{.patch_size = static_cast<int>(config.vision.patch_size), .merge_size = static_cast<int>(config.vision.spatial_merge_size),
                         .min_pixels = rng.Int(1, 4000), .max_pixels = rng.Int(4000, 60000)};
    const int height = rng.Chance(0.1) ? rng.Int(1, 8) : rng.Int(1, 5000), width = rng.Chance(0.1) ? rng.Int(1, 8) : rng.Int(1, 5000);
    const bool is_video = rng.Chance(0.2);
    auto image = std::make_shared<EncodedImage>();
    if (std::max(height, width) > 200 * std::min(height, width)) {
      EXPECT_THROW(GridOf(height, width, 1, options), Error);
      ++refused;
      continue;
    }
    image->grid_thw = GridOf(height, width, is_video ? rng.Int(1, 7) : 1, options);
    image->is_video = is_video;
    image->second_per_grid = rng.Uniform(0.1, 3);
    const auto& [t, h, w] = image->grid_thw;
    const int64_t merge = config.vision.spatial_merge_size;
    ASSERT_EQ(h % merge, 0);
    ASSERT_EQ(w % merge, 0);
    ASSERT_GE(h, merge);
    ASSERT_GE(w, merge);
    image->num_tokens = t * h * w / (merge * merge);
    const Content content = is_video ? Content{.video = std::make_shared<const Video>()} : Content{.image = std::make_shared<const Image>()};
    const Example example = EncodeRequest({.id = "x", .messages = {{"user", {content, {"?"}}}}}, {image}, Small());
    const int64_t id = is_video ? config.video_token_id : config.image_token_id;
    ASSERT_EQ(std::count(example.prompt_ids.begin(), example.prompt_ids.end(), id), t * (h / merge) * (w / merge)) << width << "x" << height;
    ASSERT_GT(ComputeRopePositions(example.prompt_ids, example.images, config).next, 0);
    ++made;
  }
  EXPECT_GT(refused, 1000);
}

TEST(EncodeImage, TokensFitTheGridThatThePixelsHave) {
  const ModelConfig config = SmallConfig();
  for (const auto& [width, height] : {std::pair(1, 1), {1, 200}, {200, 1}, {57, 300}, {640, 480}}) {
    const EncodedImagePtr image = EncodeImage(*Picture(width, height), config);
    EXPECT_EQ(image->num_tokens * 4, image->num_patches());
    EXPECT_EQ(static_cast<int64_t>(image->pixel_values.size()), image->num_patches() * config.vision.patch_dim());
  }
  EXPECT_NE(FailureOf([&] { EncodeImage(*Picture(1, 201), config); }).find("at most 200"), std::string::npos);
}

TEST(EncodeImage, TheBackendShowsInTheNumbers) {
  ModelConfig config = SmallConfig();
  Image noise{.width = 100, .height = 80, .rgb = {}};
  Rng rng(2);
  for (int i = 0; i < 3 * 100 * 80; ++i) noise.rgb.push_back(static_cast<uint8_t>(rng.Below(256)));
  const EncodedImagePtr pil = EncodeImage(noise, config);
  config.processor.backend = ResizeBackend::kTorchvision;
  const EncodedImagePtr fast = EncodeImage(noise, config);
  EXPECT_NE(pil->hash, fast->hash);
  float largest = 0;
  for (size_t i = 0; i < pil->pixel_values.size(); ++i) largest = std::max(largest, std::abs(pil->pixel_values[i] - fast->pixel_values[i]));
  EXPECT_GT(largest, 0);
  EXPECT_LT(largest, 3 * (1 / 255.0f) / 0.26f);  // a few grey levels
}

TEST(EncodeVideo, FramesMakeStepsOfTime) {
  ModelConfig config = SmallConfig();
  const Video video{.frames = {Picture(56, 56, 1), Picture(56, 56, 2), Picture(56, 56, 3)}, .frames_per_second = 4};
  const EncodedImagePtr encoded = EncodeVideo(video, config);
  EXPECT_EQ(encoded->grid_thw, (std::array<int64_t, 3>{2, 4, 4}));
  EXPECT_EQ(encoded->num_tokens, 8);
  EXPECT_TRUE(encoded->is_video);
  EXPECT_DOUBLE_EQ(encoded->second_per_grid, 0.5);
  // Row of a patch: [channel][time][y][x]; the third frame fills both times of the second step.
  const int64_t pixels = 14 * 14;
  const float* last = encoded->pixel_values.data() + 16 * config.vision.patch_dim();
  EXPECT_NE(encoded->pixel_values[0], encoded->pixel_values[pixels]);
  EXPECT_EQ(last[0], last[pixels]);
  Video slower = video;
  slower.frames_per_second = 2;
  EXPECT_NE(EncodeVideo(slower, config)->hash, encoded->hash);  // positions differ, and so do keys in a cache
  config.processor.video_min_pixels = config.processor.video_max_pixels = 112 * 112;
  EXPECT_EQ(EncodeVideo(video, config)->grid_thw, (std::array<int64_t, 3>{2, 8, 8}));
}

TEST(EncodeVideo, WithoutFramesOrTimeItIsAnError) {
  EXPECT_NE(FailureOf([] { EncodeVideo({}, SmallConfig()); }), "no error");
  EXPECT_NE(FailureOf([] { EncodeVideo({.frames = {Picture(56, 56)}, .frames_per_second = 0}, SmallConfig()); }), "no error");
}

TEST(ComputeRopePositions, TextAfterAVideoFollowsItsSpaceAndTheReplyItsTime) {
  ModelConfig config = TinyModelConfig();
  config.vision.tokens_per_second = 2;
  auto video = std::make_shared<EncodedImage>();
  video->grid_thw = {4, 4, 4};
  video->num_tokens = 16;
  video->is_video = true;
  video->second_per_grid = 1.5;  // 3 positions a step
  std::vector<int64_t> ids = {1};
  ids.insert(ids.end(), 16, config.video_token_id);
  ids.push_back(2);
  const RopePositions positions = ComputeRopePositions(ids, {video}, config);
  EXPECT_EQ(positions.thw[1 + 4], 1 + 3);   // second step of time
  EXPECT_EQ(positions.thw[1 + 12], 1 + 9);  // fourth
  EXPECT_EQ(positions.thw[17], 3);          // the word behind: 1 + max(2, 2)
  EXPECT_EQ(positions.next, 11);            // but what is generated comes after everything
}

}  // namespace
}  // namespace lingshu
