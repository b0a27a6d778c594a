// Facts of whole slides in DICOM: tiles lie where the matrix has them, in both organisations, and files of a series are levels.
#include <unistd.h>

#include <gtest/gtest.h>

#include "image/dicom_testing.h"
#include "image/slide.h"
#include "image/study.h"
#include "image/testing.h"

namespace lingshu {
namespace {

using testing::DicomBuilder;

uint8_t Red(int x, int y) { return static_cast<uint8_t>(10 + 20 * y + x); }

// A matrix of width x height pixels in tiles of 4 x 3, beginning at the `first`-th tile of the file's order.
DicomBuilder Level(int width, int height, int downsample, const std::string& organisation, bool is_reversed = false) {
  const int columns = (width + 3) / 4, rows = (height + 2) / 3;
  std::vector<int> bytes;
  std::vector<DicomBuilder> places;
  for (int i = 0; i < rows * columns; ++i) {
    const int tile = is_reversed ? rows * columns - 1 - i : i, tile_x = tile % columns * 4, tile_y = tile / columns * 3;
    for (int y = 0; y < 3; ++y)
      for (int x = 0; x < 4; ++x)
        for (int c = 0; c < 3; ++c)
          bytes.push_back(c == 0 ? Red((tile_x + x) * downsample, (tile_y + y) * downsample) : 0);
    DicomBuilder place;
    std::string at;
    for (const int value : {tile_x + 1, tile_y + 1})
      for (int k = 0; k < 4; ++k) at += static_cast<char>(value >> (8 * k));
    place.Set(0x0048021E, "SL", at.substr(0, 4)).Set(0x0048021F, "SL", at.substr(4));
    places.push_back(DicomBuilder().Sequence(0x0048021A, {place}));
  }
  DicomBuilder file = DicomBuilder::Picture(4, 3, std::vector<int>(36, 0), 8);
  const auto long_value = [](int value) {
    std::string text;
    for (int k = 0; k < 4; ++k) text += static_cast<char>(value >> (8 * k));
    return text;
  };
  file.Text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.77.1.6")
      .Text(0x00080008, "CS", "ORIGINAL\\PRIMARY\\VOLUME\\NONE")
      .Text(0x0020000E, "UI", "1.2.3")
      .Text(0x00280008, "IS", std::to_string(rows * columns))
      .Set(0x00480006, "UL", long_value(width))
      .Set(0x00480007, "UL", long_value(height))
      .Set(0x7FE00010, "OB", file.Bytes(bytes));
  if (!organisation.empty()) file.Text(0x00209311, "CS", organisation);
  if (organisation != "TILED_FULL") file.Sequence(0x52009230, places);
  return file.Sequence(0x52009229, {DicomBuilder().Sequence(0x00289110, {DicomBuilder().Text(0x00280030, "DS", "0.0005\\0.0005")})});
}

class DicomSlide : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("dicom_slide_" + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(DicomSlide, LevelsAndTilesOfBothOrganisations) {
  WriteFileAtomic(folder_ / "small", Level(5, 4, 2, "TILED_FULL").File());
  WriteFileAtomic(folder_ / "large", Level(10, 8, 1, "TILED_SPARSE", /*is_reversed=*/true).File());
  WriteFileAtomic(folder_ / "label", Level(4, 3, 1, "TILED_FULL").Text(0x00080008, "CS", "DERIVED\\PRIMARY\\LABEL").File());
  const std::optional<Slide> slide = OpenIfSlide(folder_ / "small", DicomSlides::kAsSlides);
  ASSERT_TRUE(slide);
  ASSERT_EQ(slide->facts().levels.size(), 2u);
  EXPECT_EQ(slide->facts().levels[0].width, 10);
  EXPECT_DOUBLE_EQ((*slide->facts().mpp)[0], 0.5);
  for (const int level : {0, 1}) {
    const int downsample = level == 0 ? 1 : 2;
    const Image region = slide->Region(level, 2, 2, 5, 4);
    for (int y = 0; y < 4; ++y)
      for (int x = 0; x < 5; ++x) {
        const int at_x = 2 / downsample + x, at_y = 2 / downsample + y;
        const bool is_inside = at_x < 10 / downsample && at_y < 8 / downsample;
        ASSERT_EQ(*region.Pixel(x, y), is_inside ? Red(at_x * downsample, at_y * downsample) : 255) << level << " " << x << "," << y;
      }
  }
  EXPECT_FALSE(OpenIfSlide(folder_ / "small"));  // to inspect it is an object with frames
}

TEST_F(DicomSlide, TilesOnNoGridAreRefused) {
  DicomBuilder file = Level(8, 6, 1, "TILED_SPARSE");
  DicomBuilder place;
  place.Set(0x0048021E, "SL", std::string("\x02\0\0\0", 4)).Set(0x0048021F, "SL", std::string("\x01\0\0\0", 4));
  file.Sequence(0x52009230, std::vector<DicomBuilder>(4, DicomBuilder().Sequence(0x0048021A, {place})));
  WriteFileAtomic(folder_ / "s", file.File());
  EXPECT_NE(testing::ErrorOf([&] { OpenIfSlide(folder_ / "s", DicomSlides::kAsSlides); }).find("on no grid"), std::string::npos);
}

// highdicom's slide of 25 tiles of 10 pixels: the whole of it is what its frames hold.
TEST(DicomSlideOnRealData, ShowsTheWholeMatrix) {
  const fs::path data = testing::RealData();
  if (data.empty()) GTEST_SKIP() << "no shared data";
  const std::vector<Image> shown = ShowStudy(data / "dicom_highdicom/sm_image.dcm", {});
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_GT(shown[0].width, 10);
  EXPECT_EQ(shown[0].modality, "histopathology");
}

}  // namespace
}  // namespace lingshu
