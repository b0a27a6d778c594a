// Facts of series and views: left stays left in all 48 orientations, gaps and copies are reported, presets and SUV.
#include <unistd.h>

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "image/dicom_testing.h"
#include "image/series.h"
#include "image/testing.h"
#include "image/view.h"

namespace lingshu {
namespace {

using testing::DicomBuilder;
using testing::ErrorOf;

// A phantom in which every voxel differs: 2 x 3 x 4 voxels of x (to the right), y (to anterior), z (to superior).
constexpr int kSize[3] = {2, 3, 4};
int Gray(int x, int y, int z) { return 1 + 5 * (x + 2 * (y + 3 * z)); }

// What the three views must show of it, the radiological way.
void ExpectTheRightWayRound(const Volume& volume, const std::string& what) {
  const ImageOptions all{.window = Window{.center = 127.5, .width = 255}};
  for (const Plane plane : {Plane::kAxial, Plane::kCoronal, Plane::kSagittal}) {
    const int normal = plane == Plane::kAxial ? 2 : plane == Plane::kCoronal ? 1 : 0;
    ASSERT_EQ(NumSlices(volume, plane), kSize[normal]) << what;
    for (int slice = 0; slice < kSize[normal]; ++slice) {
      ImageOptions options = all;
      options.plane = plane;
      options.slice = slice;
      const Image image = RenderSlice(volume, options, "test", "v");
      ASSERT_EQ(image.width, plane == Plane::kSagittal ? kSize[1] : kSize[0]) << what;
      ASSERT_EQ(image.height, plane == Plane::kAxial ? kSize[1] : kSize[2]) << what;
      for (int v = 0; v < image.height; ++v)
        for (int u = 0; u < image.width; ++u) {
          const int x = plane == Plane::kSagittal ? slice : kSize[0] - 1 - u;  // the patient's right is at the left
          const int y = plane == Plane::kCoronal ? slice : kSize[1] - 1 - (plane == Plane::kAxial ? v : u);
          const int z = plane == Plane::kAxial ? slice : kSize[2] - 1 - v;
          ASSERT_EQ(*image.Pixel(u, v), Gray(x, y, z)) << what << " " << PlaneName(plane) << " " << u << "," << v;
        }
    }
  }
}

TEST(Orientation, NeverMirrorsLeftInAny48OrientationsOfAVolume) {
  std::array<int, 3> world_of_axis = {0, 1, 2};
  int orientations = 0;
  do {
    for (int signs = 0; signs < 8; ++signs, ++orientations) {
      Volume volume{.type = VoxelType::kUint8};
      volume.affine[15] = 1;
      for (int axis = 0; axis < 3; ++axis) {
        const int world = world_of_axis[axis];
        volume.shape.push_back(kSize[world]);
        volume.affine[4 * world + axis] = signs >> axis & 1 ? -1 : 1;
        volume.pixdim[axis] = 1;
      }
      std::string voxels;
      for (int k = 0; k < volume.shape[2]; ++k)
        for (int j = 0; j < volume.shape[1]; ++j)
          for (int i = 0; i < volume.shape[0]; ++i) {
            const int index[3] = {i, j, k};
            int place[3];
            for (int axis = 0; axis < 3; ++axis) {
              const int world = world_of_axis[axis];
              place[world] = signs >> axis & 1 ? kSize[world] - 1 - index[axis] : index[axis];
            }
            voxels += static_cast<char>(Gray(place[0], place[1], place[2]));
          }
      volume.voxels = RawBytes(voxels);
      ExpectTheRightWayRound(volume, std::to_string(world_of_axis[0]) + std::to_string(world_of_axis[1]) +
                                         std::to_string(world_of_axis[2]) + "/" + std::to_string(signs));
    }
  } while (std::next_permutation(world_of_axis.begin(), world_of_axis.end()));
  EXPECT_EQ(orientations, 48);
}

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("lingshu_series_" + std::to_string(getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }
  void Write(const std::string& name, const std::string& bytes) const { WriteFileAtomic(path_ / name, bytes); }

 private:
  fs::path path_;
};

std::string Triple(const std::array<int, 3>& v) {
  return std::to_string(v[0]) + "\\" + std::to_string(v[1]) + "\\" + std::to_string(v[2]);
}

DicomBuilder Slice(int columns, int rows, const std::vector<int>& values, const std::string& position,
                   const std::string& orientation = "1\\0\\0\\0\\1\\0", const std::string& uid = "1.2.3") {
  return DicomBuilder::Picture(columns, rows, values)
      .Text(0x00080060, "CS", "CT")
      .Text(0x0020000E, "UI", uid)
      .Text(0x00200032, "DS", position)
      .Text(0x00200037, "DS", orientation)
      .Text(0x00280030, "DS", "1\\1");
}

TEST(Orientation, NeverMirrorsLeftInAny48OrientationsOfASeries) {
  int orientations = 0;
  std::array<int, 3> world = {0, 1, 2};  // of a row's direction, of a column's, of the normal
  do {
    for (int signs = 0; signs < 8; ++signs, ++orientations) {  // the third: which end of the series is written first
      const Folder folder;
      const auto row_sign = signs & 1 ? -1 : 1, column_sign = signs & 2 ? -1 : 1;
      std::array<int, 3> row{}, column{};
      row[world[0]] = row_sign;  // LPS: + is left, posterior, superior
      column[world[1]] = column_sign;
      for (int number = 0; number < kSize[world[2]]; ++number) {
        const int k = signs & 4 ? kSize[world[2]] - 1 - number : number;
        std::vector<int> values;
        const auto place_of = [&](int i, int j) {
          std::array<int, 3> place{};  // LPS voxels from the most negative corner
          place[world[0]] = row_sign > 0 ? i : kSize[world[0]] - 1 - i;
          place[world[1]] = column_sign > 0 ? j : kSize[world[1]] - 1 - j;
          place[world[2]] = k;
          return place;
        };
        for (int j = 0; j < kSize[world[1]]; ++j)
          for (int i = 0; i < kSize[world[0]]; ++i) {
            const std::array<int, 3> lps = place_of(i, j);
            values.push_back(Gray(kSize[0] - 1 - lps[0], kSize[1] - 1 - lps[1], lps[2]));
          }
        folder.Write(std::to_string(number), Slice(kSize[world[0]], kSize[world[1]], values, Triple(place_of(0, 0)),
                                                   Triple(row) + "\\" + Triple(column))
                                                 .File());
      }
      const SeriesFolder found = FindSeries(folder.path());
      ASSERT_EQ(found.series.size(), 1u);
      EXPECT_TRUE(found.series[0].problems.empty());
      ExpectTheRightWayRound(LoadSeries(found.series[0]),
                             Triple(row) + "/" + Triple(column) + "/" + std::to_string(signs));
    }
  } while (std::next_permutation(world.begin(), world.end()));
  EXPECT_EQ(orientations, 48);
}

TEST(Series, ReportsGapsDuplicatesMixedOrientationsAndOtherFiles) {
  const Folder folder;
  for (const int z : {0, 2, 4, 10, 12})
    folder.Write("z" + std::to_string(z), Slice(2, 1, {z + 1, 50}, "0\\0\\" + std::to_string(z)).File());
  folder.Write("copy", Slice(2, 1, {3, 50}, "0\\0\\2").File());
  folder.Write("scout", Slice(2, 1, {7, 7}, "0\\0\\0", "0\\1\\0\\0\\0\\-1").File());
  folder.Write("notes.txt", "Jane Doe");
  const SeriesFolder found = FindSeries(folder.path());
  ASSERT_EQ(found.series.size(), 2u);
  EXPECT_EQ(found.skipped.at("not DICOM"), 1);
  const DicomSeries& series = found.series[0];
  EXPECT_EQ(series.slices.size(), 5u);
  EXPECT_EQ(series.duplicates, 1);
  EXPECT_EQ(series.Missing(), 2);
  EXPECT_EQ(series.slice_spacing_mm, 2);
  ASSERT_EQ(series.problems.size(), 3u);
  EXPECT_EQ(series.problems[0], "the series mixes 2 orientations or sizes; each is a volume of its own");
  EXPECT_EQ(series.problems[1], "1 duplicates were left out");
  EXPECT_EQ(series.problems[2], "2 slices are missing: 2 after slice 2");
  const Volume volume = LoadSeries(series);
  EXPECT_EQ(volume.shape, (std::vector<int64_t>{2, 1, 7}));
  EXPECT_EQ(volume.At(2 * 6), 13);
  EXPECT_EQ(volume.At(2 * 4), 1);  // an empty place holds the least value
  EXPECT_EQ(volume.affine[10], 2);
}

// Uncompressed slices are read right to their place: the values must be those that the bits mean, whatever lies in unused bits, and
// however long the header is.
TEST(Series, ReadsUncompressedSlicesByTheMeaningOfTheirBits) {
  const std::vector<int> words = {0x0123, 0x8FFF, 0xF800, 0x0FFF, 0x5A5A, 0xFFFF};
  for (const bool is_signed : {false, true})
    for (const int high_bit : {11, 15})
      for (const auto& [is_explicit, is_big_endian] : {std::pair(true, false), std::pair(false, false), std::pair(true, true)}) {
        const Folder folder;
        for (int z = 0; z < 3; ++z) {
          DicomBuilder slice = DicomBuilder::Picture(2, 3, words, 16, is_explicit, is_big_endian);
          slice.Text(0x00080060, "CS", "CT").Text(0x0020000E, "UI", "1.2.3").Text(0x00200032, "DS", "0\\0\\" + std::to_string(z));
          slice.Text(0x00200037, "DS", "1\\0\\0\\0\\1\\0").Us(0x00280101, {12}).Us(0x00280102, {high_bit}).Us(0x00280103, {is_signed});
          slice.Set(0x00091001, "OB", std::string(z * 150'000, 'x'));  // two of three headers are longer than what is read at first
          folder.Write(std::to_string(z), slice.File());
        }
        const Volume volume = LoadSeries(FindSeries(folder.path()).series.at(0));
        ASSERT_EQ(volume.NumVoxels(), 18);
        for (int i = 0; i < 18; ++i) {
          int value = words[i % 6] >> (high_bit - 11) & 0xFFF;
          if (is_signed && value >= 0x800) value -= 0x1000;
          EXPECT_EQ(volume.At(i), value) << is_signed << high_bit << is_explicit << is_big_endian << " " << i;
        }
      }
}

TEST(Series, SaysThatAFileHasBecomeShorter) {
  const Folder folder;
  const std::string file = Slice(2, 1, {1, 2}, "0\\0\\0").File();
  folder.Write("a", file);
  const DicomSeries series = FindSeries(folder.path()).series.at(0);
  for (const size_t bytes : {file.size() - 2, size_t{140}, size_t{0}}) {
    folder.Write("a", file.substr(0, bytes));
    const std::string error = ErrorOf([&] { LoadSeries(series); });
    EXPECT_NE(error.find("series " + series.key + ", slice 0: "), std::string::npos) << error;
    EXPECT_EQ(error.find(folder.path().string()), std::string::npos) << error;
  }
}

TEST(Series, MakesVolumesOfPicturesAtTheSamePlaces) {
  const Folder folder;
  for (int i = 0; i < 6; ++i)
    folder.Write(
        std::to_string(i),
        Slice(1, 1, {10 * i}, "0\\0\\" + std::to_string(i % 3)).Text(0x00200013, "IS", std::to_string(i)).File());
  const Volume volume = LoadSeries(FindSeries(folder.path()).series.at(0));
  EXPECT_EQ(volume.shape, (std::vector<int64_t>{1, 1, 3, 2}));
  for (int i = 0; i < 6; ++i) EXPECT_EQ(volume.At(i), 10 * i);
}

TEST(Series, TakesTheLongestOfMixedAcquisitions) {
  const Folder folder;
  for (int i = 0; i < 5; ++i)  // acquisition 1 at places 0 to 2, acquisition 2 at 2 and 3
    folder.Write(std::to_string(i), Slice(1, 1, {10 + i}, "0\\0\\" + std::to_string(i < 3 ? i : i - 1))
                                        .Text(0x00200012, "IS", i < 3 ? "1" : "2")
                                        .File());
  const DicomSeries series = FindSeries(folder.path()).series.at(0);
  EXPECT_EQ(series.slices.size(), 3u);
  ASSERT_EQ(series.problems.size(), 1u);
  EXPECT_EQ(series.problems[0], "the series mixes 2 acquisitions; the one with most slices was taken");
  EXPECT_EQ(LoadSeries(series).At(2), 12);
}

// An enhanced object: one file, frames in space by their functional groups, each with a scale of its own.
TEST(Series, ReadsFramesOfAnEnhancedObject) {
  const Folder folder;
  std::vector<DicomBuilder> frames;
  for (int i = 0; i < 3; ++i)  // stored from the last place to the first
    frames.push_back(DicomBuilder()
                         .Sequence(0x00209113, {DicomBuilder().Text(0x00200032, "DS", "0\\0\\" + std::to_string(20 - 10 * i))})
                         .Sequence(0x00289145, {DicomBuilder()
                                                    .Text(0x00281052, "DS", std::to_string(100 * i))
                                                    .Text(0x00281053, "DS", "2")}));
  DicomBuilder shared;
  shared.Sequence(0x00209116, {DicomBuilder().Text(0x00200037, "DS", "1\\0\\0\\0\\1\\0")})
      .Sequence(0x00289110, {DicomBuilder().Text(0x00280030, "DS", "3\\2")});
  const DicomBuilder picture = DicomBuilder::Picture(2, 1, {1, 2}).Text(0x00080060, "CS", "MR");
  DicomBuilder file = picture;
  file.Text(0x0020000E, "UI", "1.2.3")
      .Text(0x00280008, "IS", "3")
      .Sequence(0x52009229, {shared})
      .Sequence(0x52009230, frames)
      .Set(0x7FE00010, "OW", file.Words({1, 2, 3, 4, 5, 6}));
  folder.Write("enhanced", file.File());
  const DicomSeries series = FindSeries(folder.path()).series.at(0);
  EXPECT_EQ(series.slice_spacing_mm, 10);
  const Volume volume = LoadSeries(series);
  EXPECT_EQ(volume.shape, (std::vector<int64_t>{2, 1, 3}));
  EXPECT_EQ(volume.At(0), 2 * 5 + 200);  // the last frame lies lowest
  EXPECT_EQ(volume.At(5), 2 * 2);
  EXPECT_EQ(volume.pixdim[0], 2);
  EXPECT_EQ(volume.pixdim[1], 3);
}

TEST(Series, ScalesSlicesOfDifferentSlopesToFloats) {
  const Folder folder;
  for (int z = 0; z < 2; ++z)
    folder.Write(std::to_string(z), Slice(1, 1, {100}, "0\\0\\" + std::to_string(z))
                                        .Text(0x00281052, "DS", "1")
                                        .Text(0x00281053, "DS", z == 0 ? "2" : "0.5")
                                        .File());
  const Volume volume = LoadSeries(FindSeries(folder.path()).series.at(0));
  EXPECT_EQ(volume.At(0), 201);
  EXPECT_EQ(volume.At(1), 51);
}

DicomBuilder PetSlice() {
  DicomBuilder tracer;
  tracer.Text(0x00181072, "TM", "230000").Text(0x00181074, "DS", "4.0e8").Text(0x00181075, "DS", "3600");
  return Slice(1, 1, {5000}, "0\\0\\0")
      .Text(0x00080060, "CS", "PT")
      .Text(0x00080031, "TM", "010000.00")
      .Text(0x00101030, "DS", "80")
      .Text(0x00541001, "CS", "BQML")
      .Text(0x00541102, "CS", "START")
      .Sequence(0x00540016, {tracer});
}

TEST(Suv, CorrectsDecayOverMidnight) {
  // Two half-lives from 23:00 to 1:00: a fourth of 400 MBq in 80 kg, so 1 SUV is 1,250 Bq/ml; 5,000 Bq/ml are SUV 4.
  const Image image = DecodeImage(PetSlice().File(), "pet", {.preset = "pet_suv"});
  EXPECT_EQ(*image.Pixel(0, 0), 102);  // 4 of 10, on 255
  EXPECT_EQ(image.operations[0], "preset pet_suv, SUVbw = value * 0.0008");
  const Folder folder;
  folder.Write("pet", PetSlice().File());
  const Volume volume = LoadSeries(FindSeries(folder.path()).series.at(0));
  EXPECT_EQ(*RenderSlice(volume, {.preset = "suv"}, "dicom", "v").Pixel(0, 0), 102);
}

TEST(Suv, SaysWhatIsMissing) {
  const auto error = [](const std::string& file) {
    return ErrorOf([&] { DecodeImage(file, "pet", {.preset = "pet_suv"}); });
  };
  EXPECT_EQ(error(PetSlice().Remove(0x00101030).File()),
            "unsupported: pet: no SUVbw: no Patient's Weight (0010,1030).");
  EXPECT_NE(error(PetSlice().Text(0x00541001, "CS", "CNTS").File()).find("neither BQML nor GML"), std::string::npos);
  EXPECT_NE(error(PetSlice().Text(0x00541102, "CS", "NONE").File()).find("Decay Correction"), std::string::npos);
}

TEST(Preset, ShowsThreeWindowsAsColours) {
  const DicomBuilder ct = Slice(1, 1, {1064}, "0\\0\\0").Text(0x00281052, "DS", "-1024").Text(0x00281053, "DS", "1");
  const Image image = DecodeImage(ct.File(), "ct", {.preset = "three-windows"});  // 40 HU
  EXPECT_EQ(image.Pixel(0, 0)[0], 133);
  EXPECT_EQ(image.Pixel(0, 0)[1], 128);
  EXPECT_EQ(image.Pixel(0, 0)[2], 129);
  const Folder folder;
  folder.Write("ct", ct.File());
  const Image slice =
      RenderSlice(LoadSeries(FindSeries(folder.path()).series.at(0)), {.preset = "ct_three_windows"}, "", "v");
  EXPECT_EQ(slice.Pixel(0, 0)[0], 132);  // windows of volumes are exact: 0.5195 * 255
  EXPECT_EQ(slice.modality, "CT");
}

TEST(Preset, IsRefusedForAnotherModality) {
  EXPECT_NE(ErrorOf([] { DecodeImage(PetSlice().File(), "x", {.preset = "lung"}); }).find("ct_lung is for CT"),
            std::string::npos);
  EXPECT_NE(ErrorOf([] { FindPreset("ct_lungs"); }).find("Did you mean \"ct_lung\""), std::string::npos);
}

Volume Stack(const std::vector<int>& spread) {
  Volume volume{.shape = {2, 2, static_cast<int64_t>(spread.size())}, .type = VoxelType::kUint8};
  volume.affine = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
  volume.pixdim = {1, 1, 1};
  std::string voxels;
  for (const int s : spread) voxels += std::string(3, '\x10') + static_cast<char>(0x10 + s);
  volume.voxels = RawBytes(voxels);
  return volume;
}

TEST(View, SamplesEvenlyOrWhereThereIsSomethingToSee) {
  const Volume volume = Stack({0, 0, 0, 0, 40, 40, 0, 80});
  const Tone tone{.windows = {{.center = 127.5, .width = 255}}, .note = ""};
  EXPECT_EQ(SampleSlices(volume, {}, tone, 4, SliceSampling::kUniform, "v"), (std::vector<int>{0, 2, 4, 6}));
  ImageOptions options;
  const auto content = SampleSlices(volume, options, tone, 2, SliceSampling::kContent, "v");
  for (const int slice : content) EXPECT_TRUE(slice == 4 || slice == 5 || slice == 7) << slice;
  EXPECT_EQ(SampleSlices(Stack({0, 0}), {}, tone, 9, SliceSampling::kContent, "v"), (std::vector<int>{0, 1}));
}

TEST(View, PutsTilesInRowsAndSaysSo) {
  std::vector<Image> tiles;
  for (int i = 0; i < 3; ++i) {
    Image tile{.width = 1, .height = 2, .modality = "CT", .operations = {"axial slice " + std::to_string(i) + " of 3"}};
    tile.rgb.assign(6, static_cast<uint8_t>(10 * (i + 1)));
    tiles.push_back(tile);
  }
  const Image image = Montage(tiles);
  EXPECT_EQ(image.width, 2);
  EXPECT_EQ(image.height, 4);
  EXPECT_EQ(*image.Pixel(1, 0), 20);
  EXPECT_EQ(*image.Pixel(0, 3), 30);
  EXPECT_EQ(*image.Pixel(1, 3), 0);
  EXPECT_EQ(DescribePixels(image),
            "CT: montage of 2 columns and 2 rows, left to right, then down: axial slice 0 of 3, "
            "axial slice 1 of 3, axial slice 2 of 3");
}

TEST(View, MakesPixelsSquare) {
  Image image{.width = 4, .height = 2, .pixel_spacing_mm = {2, 1}};
  image.rgb.assign(24, 7);
  const Image square = SquarePixels(image);
  EXPECT_EQ(square.width, 4);
  EXPECT_EQ(square.height, 4);
  EXPECT_EQ(square.pixel_spacing_mm[0], 1);
}

TEST(Series, AssemblesTheRealPetSeries) {
  const fs::path data = testing::RealData() / "dicom_pet_sts001";
  if (testing::RealData().empty() || !fs::is_directory(data)) GTEST_SKIP() << "no LINGSHU_DATA";
  const SeriesFolder found = FindSeries(data);
  ASSERT_FALSE(found.series.empty());
  EXPECT_EQ(found.series[0].modality, "PT");
  const Volume volume = LoadSeries(found.series[0]);
  EXPECT_TRUE(volume.values.suvbw_factor) << volume.values.no_suv_reason;
  EXPECT_EQ(volume.shape[2], 59);
}

}  // namespace
}  // namespace lingshu
