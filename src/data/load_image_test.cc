#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "data/fixture.h"
#include "data/shards.h"
#include "data/source.h"
#include "image/png.h"

namespace lingshu {
namespace {

Image Grey(int width, int height) {
  return {.width = width, .height = height, .rgb = std::vector<uint8_t>(3ull * width * height, 100)};
}

TEST(LoadImage, ReadsABlobOfTheStore) {
  const TemporaryFolder folder;
  const ImageRef ref = PutBlob(folder.path(), EncodePng(Grey(5, 4)), "png");
  EXPECT_EQ(LoadImage(ref, folder.path())->width, 5);
}

TEST(LoadImage, ReadsAFileByAbsoluteAndByRelativePath) {
  const TemporaryFolder folder;
  const fs::path file =
      folder.Write("a#b.png", EncodePng(Grey(7, 4)));  // a name may hold what otherwise starts a fragment
  EXPECT_EQ(LoadImage({file.string(), ""}, "")->width, 7);
  EXPECT_EQ(LoadImage({"a#b.png", ""}, folder.path())->width, 7);
}

TEST(LoadImage, DrawsAPhantom) {
  EXPECT_EQ(LoadImage({"phantom:ct:7", ""}, "")->modality, "CT");
  EXPECT_EQ(LoadImage({"phantom:ct:7", ""}, "")->rgb, LoadImage({"phantom:ct:7", ""}, "")->rgb);
}

TEST(LoadImage, PicksASliceByItsFragment) {
  const fs::path volume = DataRoot() / "vol_niivue/chris_PD.nii.gz";
  if (!IsFile(volume)) GTEST_SKIP() << volume << " is absent";
  const ImagePtr a = LoadImage({volume.string() + "#axial:10", ""}, ""),
                 b = LoadImage({volume.string() + "#axial:20", ""}, "");
  EXPECT_EQ(a->width, b->width);
  EXPECT_NE(a->rgb, b->rgb);
  EXPECT_THROW(LoadImage({volume.string() + "#axial:100000", ""}, ""), Error);
}

TEST(LoadImage, ErrorsNameThePath) {
  for (const char* path : {"missing.png", "missing.dcm#3", "missing.nii#axial:x", "blob:123", "phantom:nothing:1"}) {
    try {
      LoadImage({path, ""}, "/nowhere");
      FAIL() << path;
    } catch (const Error& e) {
      EXPECT_NE(e.message().find(std::string(path).substr(0, 7)), std::string::npos) << e.message();
    }
  }
}

}  // namespace
}  // namespace lingshu
