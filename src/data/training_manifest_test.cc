#include "data/training_manifest.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/fixture.h"
#include "image/png.h"

namespace lingshu {
namespace {

Image MakeImage(int shade) {
  Image image{.width = 8, .height = 8};
  for (int i = 0; i < 8 * 8 * 3; ++i) image.rgb.push_back(static_cast<uint8_t>(i * shade));
  return image;
}

TEST(TrainingManifestTest, SurvivesItsFile) {
  const TemporaryFolder folder;
  const TrainingManifest manifest{.sources = {{"vqa_rad", 3}, {"phantom", 2}}, .images = {PixelHash(MakeImage(1)), PixelHash(MakeImage(2))}};
  WriteTrainingManifest(manifest, folder.path() / kTrainingManifestName);
  const TrainingManifest again = ReadTrainingManifest(folder.path() / kTrainingManifestName);
  EXPECT_EQ(again.sources, manifest.sources);
  EXPECT_EQ(again.images, manifest.images);
  EXPECT_EQ(again.num_samples(), 5);
}

TEST(TrainingManifestTest, PixelsOfAnotherShapeAreAnotherPicture) {
  Image wide = MakeImage(1), tall = wide;
  wide.width = 16, wide.height = 4;
  tall.width = 4, tall.height = 16;
  EXPECT_NE(PixelHash(wide), PixelHash(tall));
}

TEST(TrainingManifestTest, BrokenFilesAreRefused) {
  const TemporaryFolder folder;
  const auto read = [&](const std::string& text) { return ReadTrainingManifest(folder.Write("m.jsonl", text)); };
  const std::string header = R"({"format": "lingshu-training-manifest", "version": 1, "samples": 1, "sources": {"a": 1}, "images": 1})";
  EXPECT_NO_THROW(read(header + "\n{\"image\": \"0123456789abcdef0123456789abcdef\"}\n"));
  EXPECT_THROW(read(header + "\n"), Error);                       // cut off
  EXPECT_THROW(read(header + "\n{\"image\": \"01\"}\n"), Error);
  EXPECT_THROW(read("{\"format\": \"another\", \"version\": 1}\n"), Error);
  EXPECT_THROW(read(""), Error);
}

// The same pixels in another file are seen; of two pictures one is enough; what cannot be read is not judged.
TEST(TrainingManifestTest, MarksSamplesByTheirPixels) {
  const TemporaryFolder folder;
  const std::string one = folder.Write("one.png", EncodePng(MakeImage(3))).string(), other = folder.Write("other.png", EncodePng(MakeImage(5))).string();
  const TrainingManifest manifest{.images = {PixelHash(MakeImage(3))}};
  std::vector<Sample> samples(5);
  samples[0].images = {{one, ""}};
  samples[1].images = {{other, ""}};
  samples[2].images = {{other, ""}, {one, ""}};
  samples[3].images = {{"/nowhere/absent.png", ""}};
  const SeenImages seen = MarkSeenImages(samples, manifest, "");
  EXPECT_EQ(samples[0].meta.at(kSeenInTraining), "yes");
  EXPECT_EQ(samples[1].meta.at(kSeenInTraining), "no");
  EXPECT_EQ(samples[2].meta.at(kSeenInTraining), "yes");
  EXPECT_FALSE(samples[3].meta.contains(kSeenInTraining));
  EXPECT_FALSE(samples[4].meta.contains(kSeenInTraining));
  EXPECT_EQ(seen.num_images, 3);
  EXPECT_EQ(seen.num_seen, 1);
  EXPECT_EQ(seen.num_unreadable, 1);
}

}  // namespace
}  // namespace lingshu
