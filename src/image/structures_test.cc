// Facts of outlined structures: segments and contours land on the pixels that they were drawn on.
#include <unistd.h>

#include <gtest/gtest.h>

#include "image/dicom_testing.h"
#include "image/mask.h"
#include "image/structures.h"
#include "image/testing.h"

namespace lingshu {
namespace {

using testing::DicomBuilder;

class Structures : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("structures_" + std::to_string(getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  void Write(const std::string& name, const std::string& bytes) { WriteFileAtomic(folder_ / name, bytes); }

  // An axial slice of 8 x 6 pixels of 2 mm across and 1 mm down, whose first pixel lies at (10, 20, z).
  static DicomBuilder Slice(const std::string& uid, int z) {
    return DicomBuilder::Picture(8, 6, std::vector<int>(48, 100))
        .Text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2")
        .Text(0x00080018, "UI", uid)
        .Text(0x00080060, "CS", "CT")
        .Text(0x0020000E, "UI", "1.2.3")
        .Text(0x00200032, "DS", "10\\20\\" + std::to_string(z))
        .Text(0x00200037, "DS", "1\\0\\0\\0\\1\\0")
        .Text(0x00280030, "DS", "1\\2");
  }

  std::vector<StructureOutline> All() {
    std::vector<StructureOutline> outlines;
    skipped_ = ForEachOutline(folder_, [&](StructureOutline outline) { outlines.push_back(std::move(outline)); });
    return outlines;
  }

  fs::path folder_;
  std::map<std::string, int64_t> skipped_;
};

DicomBuilder FrameGroups(const std::string& uid, int segment, int z) {
  DicomBuilder groups;
  if (!uid.empty())
    groups.Sequence(0x00089124, {DicomBuilder().Sequence(0x00082112, {DicomBuilder().Text(0x00081155, "UI", uid)})});
  if (segment > 0) groups.Sequence(0x0062000A, {DicomBuilder().Us(0x0062000B, {segment})});
  return groups.Sequence(0x00209113, {DicomBuilder().Text(0x00200032, "DS", "14\\21\\" + std::to_string(z))});
}

// Frames of 4 x 3 pixels: a cut-out of the slice whose first pixel is column 2, row 1 of it.
DicomBuilder Segmentation(const std::string& type, int bits, const std::string& pixels, int frames,
                          const std::vector<DicomBuilder>& groups) {
  return DicomBuilder()
      .Text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.66.4")
      .Text(0x00080018, "UI", "1.2.3.99")
      .Text(0x00080060, "CS", "SEG")
      .Us(0x00280002, {1})
      .Text(0x00280004, "CS", "MONOCHROME2")
      .Text(0x00280008, "IS", std::to_string(frames))
      .Us(0x00280010, {3})
      .Us(0x00280011, {4})
      .Us(0x00280100, {bits})
      .Us(0x00280101, {bits})
      .Us(0x00280102, {bits - 1})
      .Us(0x00280103, {0})
      .Text(0x00620001, "CS", type)
      .Sequence(0x00620002, {DicomBuilder().Us(0x00620004, {1}).Text(0x00620005, "LO", "Liver"),
                             DicomBuilder().Us(0x00620004, {2}).Text(0x00620005, "LO", "Left_kidney")})
      .Us(0x0062000E, {200})
      .Sequence(0x52009229,
                {DicomBuilder()
                     .Sequence(0x00209116, {DicomBuilder().Text(0x00200037, "DS", "1\\0\\0\\0\\1\\0")})
                     .Sequence(0x00289110, {DicomBuilder().Text(0x00280030, "DS", "1\\2")})})
      .Sequence(0x52009230, groups)
      .Set(0x7FE00010, "OB", pixels);
}

TEST_F(Structures, BinarySegmentsLieWhereTheirCutOutLies) {
  Write("a.dcm", Slice("1.2.3.1", 0).File());
  Write("b.dcm", Slice("1.2.3.2", 3).File());
  // Frame 0: pixels 0 and 5 of segment 1, found by its reference; frame 1: pixel 11 of segment 2, found by its place.
  const std::string bits("\x21\x00\x80", 3);
  Write("s.dcm", Segmentation("BINARY", 1, bits, 2, {FrameGroups("1.2.3.1", 1, 0), FrameGroups("", 2, 3)}).File());
  const std::vector<StructureOutline> outlines = All();
  ASSERT_EQ(outlines.size(), 2);
  EXPECT_EQ(outlines[0].label, "Liver");
  EXPECT_EQ(fs::path(outlines[0].path).filename(), "a.dcm");
  EXPECT_EQ(outlines[0].modality, "CT");
  EXPECT_EQ(EncodeMask(outlines[0].mask), "8x6:10,1,8,1");  // (2, 1) and (3, 2)
  EXPECT_EQ(BoxText(outlines[0].mask.Box()), "2,1,3,2");
  EXPECT_EQ(outlines[1].label, "Left kidney");
  EXPECT_EQ(fs::path(outlines[1].path).filename(), "b.dcm");
  EXPECT_EQ(BoxText(outlines[1].mask.Box()), "5,3,5,3");
}

TEST_F(Structures, FractionsCountFromOneHalf) {
  Write("a.dcm", Slice("1.2.3.1", 0).File());
  std::string pixels(12, '\0');
  pixels[0] = static_cast<char>(99);
  pixels[1] = static_cast<char>(100);
  Write("s.dcm", Segmentation("FRACTIONAL", 8, pixels, 1, {FrameGroups("1.2.3.1", 1, 0)}).File());
  const std::vector<StructureOutline> outlines = All();
  ASSERT_EQ(outlines.size(), 1);
  EXPECT_EQ(EncodeMask(outlines[0].mask), "8x6:11,1");
}

TEST_F(Structures, LabelMapsHoldAllSegmentsInOneFrame) {
  Write("a.dcm", Slice("1.2.3.1", 0).File());
  std::string pixels(12, '\0');
  pixels[0] = 1;
  pixels[1] = pixels[2] = 2;
  Write("s.dcm", Segmentation("LABELMAP", 8, pixels, 1, {FrameGroups("1.2.3.1", 0, 0)}).File());
  const std::vector<StructureOutline> outlines = All();
  ASSERT_EQ(outlines.size(), 2);
  EXPECT_EQ(EncodeMask(outlines[0].mask), "8x6:10,1");
  EXPECT_EQ(EncodeMask(outlines[1].mask), "8x6:11,2");
}

DicomBuilder StructureSet(const std::vector<std::string>& contours, const std::string& reference) {
  std::vector<DicomBuilder> items;
  for (const std::string& data : contours) {
    DicomBuilder item;
    if (!reference.empty()) item.Sequence(0x30060016, {DicomBuilder().Text(0x00081155, "UI", reference)});
    items.push_back(item.Text(0x30060042, "CS", "CLOSED_PLANAR").Text(0x30060050, "DS", data));
  }
  return DicomBuilder()
      .Text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.481.3")
      .Text(0x00080018, "UI", "1.2.3.98")
      .Text(0x00080060, "CS", "RTSTRUCT")
      .Sequence(0x30060020, {DicomBuilder().Text(0x30060022, "IS", "7").Text(0x30060026, "LO", "GTV")})
      .Sequence(0x30060039, {DicomBuilder().Sequence(0x30060040, items).Text(0x30060084, "IS", "7")});
}

TEST_F(Structures, ContoursAreFilledAndInnerOnesCutHoles) {
  Write("a.dcm", Slice("1.2.3.1", 0).File());
  // Columns 1 to 5 and rows 1 to 4 in millimetres, with a hole at column 3, row 2.
  const std::string outer = "11\\20.5\\0\\21\\20.5\\0\\21\\24.5\\0\\11\\24.5\\0",
                    inner = "15\\21.5\\0\\17\\21.5\\0\\17\\22.5\\0\\15\\22.5\\0";
  for (const std::string& reference : {std::string("1.2.3.1"), std::string()}) {
    Write("r.dcm", StructureSet({outer, inner}, reference).File());
    const std::vector<StructureOutline> outlines = All();
    ASSERT_EQ(outlines.size(), 1) << reference;
    EXPECT_EQ(outlines[0].label, "GTV");
    EXPECT_EQ(outlines[0].mask.NumPixels(), 5 * 4 - 1);
    EXPECT_EQ(BoxText(outlines[0].mask.Box()), "1,1,5,4");
    EXPECT_EQ(outlines[0].mask.inside[2 * 8 + 3], 0);
  }
}

TEST_F(Structures, WhatBelongsToNoPictureIsCounted) {
  Write("r.dcm", StructureSet({"11\\20\\0\\21\\20\\0\\21\\24\\0"}, "1.2.3.1").File());
  EXPECT_TRUE(All().empty());
  EXPECT_EQ(skipped_.at("contours whose picture is not there"), 1);
}

TEST(Mask, RunLengthsRoundTripAndAreBounded) {
  const Mask mask{3, 2, {1, 0, 0, 1, 1, 0}};
  EXPECT_EQ(EncodeMask(mask), "3x2:0,1,2,2");
  EXPECT_EQ(DecodeMask(EncodeMask(mask)).inside, mask.inside);
  for (const char* bad : {"", "3x2", "3x2:7", "3x2:1,-2", "3x2:1,2x", "0x2:0", "999999999x2:1"})
    EXPECT_NE(testing::ErrorOf([&] { DecodeMask(bad); }), "") << bad;
}

// The structure set of a real PET series, whose references lead to another series: 32 contours on 31 slices, with as many
// pixels inside as the crossing-number rule of a script in NumPy counts.
TEST(StructuresOnRealData, TumourOfThePetSeries) {
  const fs::path data = testing::RealData();
  if (data.empty()) GTEST_SKIP() << "no shared data";
  int64_t outlines = 0, pixels = 0;
  const auto skipped = ForEachOutline(data / "dicom_pet_sts001", [&](const StructureOutline& outline) {
    EXPECT_EQ(outline.label, "GTV Mass PET");
    EXPECT_EQ(outline.modality, "PET");
    ++outlines;
    pixels += outline.mask.NumPixels();
  });
  EXPECT_EQ(outlines, 31);
  EXPECT_EQ(skipped.size(), 0);
  EXPECT_EQ(pixels, 5095);
}

}  // namespace
}  // namespace lingshu
