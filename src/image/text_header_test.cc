// Facts of NRRD and MetaImage: geometry as ITK reads it, encodings, byte orders, components, hostile headers.
#include <unistd.h>

#include <gtest/gtest.h>

#include "image/deflate_testing.h"
#include "image/inspect.h"
#include "image/reader.h"
#include "image/testing.h"

namespace lingshu {
namespace {

using testing::Deflate;
using testing::ErrorOf;
using Affine = std::array<double, 16>;

const std::string kVoxels("\x01\x00\x02\x00\x03\x00\x04\x00\xFF\xFF\x06\x00", 12);  // 1 2 3 4 -1 6 as int16

std::string Nrrd(const std::string& fields, const std::string& voxels) {
  return "NRRD0004\n# made by a test\ntype: short\ndimension: 3\nsizes: 3 2 1\nendian: little\n" + fields + "\n" +
         voxels;
}

std::string Meta(const std::string& fields, const std::string& voxels) {
  return "ObjectType = Image\nNDims = 3\nDimSize = 3 2 1\n" + fields + "ElementDataFile = LOCAL\n" + voxels;
}

TEST(Nrrd, TurnsItsSpaceIntoRightAnteriorSuperior) {
  const auto affine = [](const std::string& space) {
    return *InspectBytes(Nrrd("encoding: raw\nspace: " + space +
                                  "\nspace directions: (2,0,0) (0,3,0) (0,0,4)\nspace origin: (10,20,30)\n",
                              kVoxels),
                         "n")
                .affine;
  };
  EXPECT_EQ(affine("RAS"), (Affine{2, 0, 0, 10, 0, 3, 0, 20, 0, 0, 4, 30, 0, 0, 0, 1}));
  EXPECT_EQ(affine("left-posterior-superior"), (Affine{-2, 0, 0, -10, 0, -3, 0, -20, 0, 0, 4, 30, 0, 0, 0, 1}));
  EXPECT_EQ(affine("LAS"), (Affine{-2, 0, 0, -10, 0, 3, 0, 20, 0, 0, 4, 30, 0, 0, 0, 1}));
}

TEST(Nrrd, SaysThatItAssumedAnOrientation) {
  const Image image = DecodeImage(Nrrd("encoding: raw\nspacings: 1 2 nan\n", kVoxels), "n");
  EXPECT_EQ(image.operations[1], "orientation not in the file; axes taken as left, posterior, superior");
}

TEST(Nrrd, ReadsVoxelsWrittenAsText) {
  const FileFacts raw = InspectBytes(Nrrd("encoding: raw\nspace: RAS\n", kVoxels), "n");
  const FileFacts text = InspectBytes(Nrrd("encoding: ascii\nspace: RAS\n", "1 2 3\n4 -1\t6\n"), "n");
  EXPECT_EQ(text.pixel_sha256, raw.pixel_sha256);
  for (const char* bad : {"1 2 3 4 5", "1 2 3 4 5 x", "1 2 3 4 5 70000", ""})
    EXPECT_NE(ErrorOf([&] { InspectBytes(Nrrd("encoding: ascii\n", bad), "n"); }), "") << bad;
}

class Detached : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("detached_" + std::to_string(getpid()));
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path Write(const std::string& name, const std::string& bytes) const {
    WriteFileAtomic(folder_ / name, bytes);
    return folder_ / name;
  }
  fs::path folder_;
};

TEST_F(Detached, VoxelsBesideTheHeaderAreFound) {
  const std::string expected = InspectBytes(Nrrd("encoding: raw\nspace: RAS\n", kVoxels), "n").pixel_sha256;
  Write("v.raw", kVoxels);
  EXPECT_EQ(InspectImage(Write("v.nhdr", Nrrd("encoding: raw\nspace: RAS\ndata file: v.raw\n", ""))).pixel_sha256, expected);
  EXPECT_EQ(InspectImage(Write("v.mhd", "ObjectType = Image\nNDims = 3\nDimSize = 3 2 1\nElementType = MET_SHORT\n"
                                        "ElementDataFile = v.raw\n"))
                .pixel_sha256,
            expected);
}

TEST_F(Detached, PathsOutOfTheFolderAreRefused) {
  for (const char* name : {"/etc/passwd", "../v.raw", "sub/v.raw", "..", "LIST", "v%03d.raw 1 3 1"})
    EXPECT_NE(ErrorOf([&] {
                InspectImage(Write("v.nhdr", Nrrd("encoding: raw\nspace: RAS\ndata file: " + std::string(name) + "\n", "")));
              }),
              "")
        << name;
}

TEST(TextVolumes, GiveTheSameVoxelsCompressed) {
  const FileFacts raw = InspectBytes(Nrrd("encoding: raw\nspace: RAS\n", kVoxels), "n");
  EXPECT_EQ(raw.shape, (std::vector<int64_t>{3, 2, 1}));
  EXPECT_EQ(raw.value_min, -1);
  EXPECT_EQ(raw.value_max, 6);
  EXPECT_EQ(InspectBytes(Nrrd("encoding: gzip\nspace: RAS\n", Deflate(kVoxels, testing::kGzip)), "n").pixel_sha256,
            raw.pixel_sha256);
  const FileFacts meta = InspectBytes(Meta("ElementType = MET_SHORT\n", kVoxels), "m");
  EXPECT_EQ(meta.format, "metaimage");
  EXPECT_EQ(meta.pixel_sha256, raw.pixel_sha256);
  EXPECT_EQ(
      InspectBytes(Meta("ElementType = MET_SHORT\nCompressedData = True\n", Deflate(kVoxels, testing::kZlib)), "m").pixel_sha256,
      raw.pixel_sha256);
}

TEST(MetaImage, ReadsRowsOfItsMatrixAsDirectionsOfAxes) {
  const std::string fields =
      "ElementType = MET_SHORT\nElementSpacing = 2 3 4\nOffset = 10 20 30\n"
      "TransformMatrix = 0 1 0 0 0 1 1 0 0\n";
  EXPECT_EQ(*InspectBytes(Meta(fields, kVoxels), "m").affine,
            (Affine{0, 0, -4, -10, -2, 0, 0, -20, 0, 3, 0, 30, 0, 0, 0, 1}));
}

TEST(MetaImage, SwapsBigEndianVoxelsAndKeepsColours) {
  const FileFacts big = InspectBytes(Meta("ElementType = MET_SHORT\nElementByteOrderMSB = True\n", kVoxels), "m");
  EXPECT_EQ(big.value_max, 0x600);
  const std::string colours =
      Meta("ElementType = MET_UCHAR_ARRAY\nElementNumberOfChannels = 3\n", std::string(18, '\x40'));
  EXPECT_EQ(*DecodeImage(colours, "m").Pixel(2, 1), 0x40);
}

TEST(TextVolumes, MakesComponentsVolumesOfASeries) {
  const FileFacts facts = InspectBytes(Meta("ElementType = MET_UCHAR\nElementNumberOfChannels = 2\n", kVoxels), "m");
  EXPECT_EQ(facts.shape, (std::vector<int64_t>{3, 2, 1, 2}));
}

TEST(TextVolumes, RefuseWhatIsHostile) {
  const auto error = [](const std::string& file) { return ErrorOf([&] { InspectBytes(file, "v"); }); };
  EXPECT_NE(error(Nrrd("encoding: raw\ndata file: ../../etc/passwd\n", "")).find("another file"), std::string::npos);
  EXPECT_NE(error(Meta("ElementType = MET_SHORT\n", "short")).find("12 bytes"), std::string::npos);
  EXPECT_NE(error("NRRD0004\nsizes: 1 1 1").find("does not end"), std::string::npos);
  const std::string huge =
      "NRRD0004\ntype: short\ndimension: 3\nsizes: 999999999 999999999 9\nendian: little\n"
      "encoding: gzip\n\n";
  EXPECT_NE(error(huge).find("more than"), std::string::npos);
  EXPECT_NE(error(Nrrd("encoding: raw\nspace: RAS\nspace directions: (1,0,0) (nan,1,0) (0,0,1)\n", kVoxels))
                .find("finite numbers"),
            std::string::npos);
  EXPECT_NE(error("NRRD0004\ntype: short\ndimension: 3\nsizes: 0 2 1\nendian: little\nencoding: raw\n\n").find("axis"),
            std::string::npos);
  EXPECT_NE(error("ObjectType = Image\nNDims = 3\nDimSize = 3 2 1\nElementType = MET_SHORT\n"
                  "ElementDataFile = other.raw\n")
                .find("another file"),
            std::string::npos);
}

}  // namespace
}  // namespace lingshu
