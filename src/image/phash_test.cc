// Facts of perceptual hashes.
#include "image/phash.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "image/orientation.h"
#include "image/resize.h"
#include "image/testing.h"

namespace lingshu {
namespace {

// Smooth blobs: a picture with structure at low frequencies, as photographs have.
Image Blobs(uint64_t seed) {
  Rng rng(seed);
  Image small{.width = 7, .height = 7};
  for (int i = 0; i < 7 * 7 * 3; ++i) small.rgb.push_back(static_cast<uint8_t>(rng.Below(256)));
  return ResizePil(small, 224, 200, Filter::kBicubic);
}

TEST(PerceptualHash, SurvivesRescaling) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Image image = Blobs(seed);
    EXPECT_LE(HammingDistance(PerceptualHash(image), PerceptualHash(ResizePil(image, 100, 120))), 4) << seed;
  }
}

TEST(PerceptualHash, SurvivesNoise) {
  Rng rng(1);
  Image image = Blobs(3), noisy = image;
  for (uint8_t& sample : noisy.rgb) sample = static_cast<uint8_t>(std::clamp(sample + rng.Int(-12, 12), 0, 255));
  EXPECT_LE(HammingDistance(PerceptualHash(image), PerceptualHash(noisy)), 4);
}

TEST(PerceptualHash, SeparatesDifferentPictures) {
  for (uint64_t seed = 0; seed < 20; ++seed)
    EXPECT_GE(HammingDistance(PerceptualHash(Blobs(seed)), PerceptualHash(Blobs(seed + 100))), 12) << seed;
}

TEST(PerceptualHash, IsZeroOrDcOnlyForOneColour) {
  const Image flat{.width = 40, .height = 30, .rgb = std::vector<uint8_t>(40 * 30 * 3, 90)};
  EXPECT_EQ(PerceptualHash(flat), 1u);
  EXPECT_EQ(DifferenceHash(flat), 0u);
}

TEST(PerceptualHash, PredictsTheHashOfTheMirroredPicture) {
  const Image image = Blobs(5);
  Image mirrored = image;
  ApplyOrientation(mirrored, 2);
  EXPECT_LE(HammingDistance(MirroredPerceptualHash(image), PerceptualHash(mirrored)), 2);
  EXPECT_GE(HammingDistance(PerceptualHash(image), PerceptualHash(mirrored)), 12);
}

TEST(DifferenceHash, SurvivesRescaling) {
  const Image image = Blobs(6);
  EXPECT_LE(HammingDistance(DifferenceHash(image), DifferenceHash(ResizePil(image, 150, 90))), 4);
}

}  // namespace
}  // namespace lingshu
