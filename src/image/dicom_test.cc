// Facts of the DICOM reader: the same picture in every native syntax, grey and colour pipelines, privacy, hostile
// files.

#include <gtest/gtest.h>

#include "image/deflate_testing.h"
#include "image/dicom_testing.h"
#include "image/inspect.h"
#include "image/reader.h"
#include "image/testing.h"

namespace lingshu {
namespace {

using testing::DicomBuilder;
using testing::ErrorOf;

std::vector<int> GrayLevels(const Image& image) {
  std::vector<int> levels;
  for (size_t i = 0; i < image.rgb.size(); i += 3) levels.push_back(image.rgb[i]);
  return levels;
}

std::vector<int> Render(const DicomBuilder& builder, const ImageOptions& options = {}) {
  return GrayLevels(DecodeImage(builder.File(), "study", options));
}

// RLE with literal runs only.
std::string RleSegments(const std::vector<std::string>& segments) {
  std::string header, data;
  const auto word = [&](size_t value) {
    for (int i = 0; i < 4; ++i) header += static_cast<char>(value >> (8 * i));
  };
  word(segments.size());
  for (const std::string& segment : segments) {
    word(64 + data.size());
    for (size_t i = 0; i < segment.size(); i += 128) {
      const std::string run = segment.substr(i, 128);
      data += static_cast<char>(run.size() - 1) + run;
    }
  }
  header.resize(64, '\0');
  return header + data;
}

const std::vector<int> kRamp = {0, 1000, 2000, 3000, 4095, 500};

TEST(Dicom, GivesTheSameFactsInEveryNativeSyntax) {
  const FileFacts facts = InspectBytes(DicomBuilder::Picture(3, 2, kRamp).File(), "explicit");
  EXPECT_EQ(facts.rows, 2);
  EXPECT_EQ(facts.columns, 3);
  EXPECT_EQ(facts.value_max, 4095);
  EXPECT_EQ(facts.transfer_syntax, "1.2.840.10008.1.2.1");
  EXPECT_EQ(InspectBytes(DicomBuilder::Picture(3, 2, kRamp, 16, false).File(), "implicit").pixel_sha256,
            facts.pixel_sha256);
  EXPECT_EQ(InspectBytes(DicomBuilder::Picture(3, 2, kRamp, 16, true, true).File(), "big endian").pixel_sha256,
            facts.pixel_sha256);
  const std::string deflated =
      DicomBuilder::Meta("1.2.840.10008.1.2.1.99") + testing::Deflate(DicomBuilder::Picture(3, 2, kRamp).DataSet(), testing::kRawDeflate);
  EXPECT_EQ(InspectBytes(deflated, "deflated").pixel_sha256, facts.pixel_sha256);
}

TEST(Dicom, SwapsEightBitPixelsOfBigEndianWords) {
  const std::vector<int> values = {10, 20, 30, 40, 50, 60};
  EXPECT_EQ(InspectBytes(DicomBuilder::Picture(3, 2, values, 8, true, true).File(), "big").pixel_sha256,
            InspectBytes(DicomBuilder::Picture(3, 2, values, 8).File(), "little").pixel_sha256);
}

TEST(Dicom, ReadsADataSetWithoutFileMeta) {
  const Image image = DecodeImage(DicomBuilder::Picture(3, 2, kRamp).DataSet(), "bare");
  EXPECT_EQ(image.width, 3);
  EXPECT_NE(Json(image.operations).dump().find("no transfer syntax"), std::string::npos);
}

TEST(Dicom, RescalesAndWindowsAsTheStandardSays) {
  // Stored 0, 824, 1064, 1224, 2000 with intercept -1024 are -1024, -200, 40, 200, 976 HU.
  DicomBuilder builder = DicomBuilder::Picture(5, 1, {0, 824, 1064, 1224, 2000});
  builder.Text(0x00281052, "DS", "-1024")
      .Text(0x00281053, "DS", "1")
      .Text(0x00281050, "DS", "40\\-600")
      .Text(0x00281051, "DS", "400\\1500");
  // C.11.2.1.2: ((x - 39.5) / 399 + 0.5) * 255.
  EXPECT_EQ(Render(builder), (std::vector<int>{0, 0, 128, 230, 255}));
  EXPECT_EQ(Render(builder.Text(0x00281056, "CS", "LINEAR_EXACT")), (std::vector<int>{0, 0, 128, 230, 255}));
  EXPECT_EQ(Render(builder.Text(0x00281056, "CS", "SIGMOID")), (std::vector<int>{0, 21, 128, 212, 255}));
}

TEST(Dicom, PrefersTheWindowOfTheCaller) {
  DicomBuilder builder = DicomBuilder::Picture(3, 1, {0, 50, 100});
  builder.Text(0x00281050, "DS", "1000").Text(0x00281051, "DS", "10");
  EXPECT_EQ(Render(builder, {.window = Window{.center = 50.5, .width = 101}}), (std::vector<int>{0, 128, 255}));
  EXPECT_NE(
      ErrorOf([&] { Render(builder, {.window = Window{.center = 0, .width = 0}}); }).find("width must be above 0"),
      std::string::npos);
}

TEST(Dicom, WindowsCtAtSoftTissueWhenTheFileHasNoWindow) {
  DicomBuilder builder = DicomBuilder::Picture(3, 1, {0, 1064, 3000});
  builder.Text(0x00080060, "CS", "CT").Text(0x00281052, "DS", "-1024").Text(0x00281053, "DS", "1");
  const Image image = DecodeImage(builder.File(), "ct");
  EXPECT_EQ(image.modality, "CT");
  EXPECT_EQ(image.operations.back(), "window center 40 width 400 (default for CT)");
  EXPECT_EQ(GrayLevels(image), (std::vector<int>{0, 128, 255}));
}

TEST(Dicom, TurnsMonochrome1SoThatBrightMeansMore) {
  DicomBuilder builder = DicomBuilder::Picture(2, 1, {0, 255}, 8);
  builder.Text(0x00280004, "CS", "MONOCHROME1");
  EXPECT_EQ(Render(builder), (std::vector<int>{255, 0}));
}

TEST(Dicom, PaintsPaddingBlackAndKeepsItOutOfTheWindow) {
  DicomBuilder builder = DicomBuilder::Picture(4, 1, {63000, 100, 200, 300});
  builder.Us(0x00280120, {63000});
  EXPECT_EQ(Render(builder), (std::vector<int>{0, 0, 128, 255}));
}

TEST(Dicom, ExtendsTheSignOfNarrowValuesAndDropsOverlayBits) {
  DicomBuilder builder = DicomBuilder::Picture(2, 1, {0x0FFF, 0xF001});
  builder.Us(0x00280101, {12}).Us(0x00280102, {11});
  EXPECT_EQ(InspectBytes(builder.File(), "unsigned").value_min, 1);
  builder.Us(0x00280103, {1});
  EXPECT_EQ(InspectBytes(builder.File(), "signed").value_min, -1);
}

TEST(Dicom, AppliesTheVoiTable) {
  DicomBuilder builder = DicomBuilder::Picture(3, 1, {9, 10, 12});
  DicomBuilder item;
  item.Us(0x00283002, {3, 10, 8}).Set(0x00283006, "OW", item.Words({0, 100, 255}));
  builder.Sequence(0x00283010, {item});
  EXPECT_EQ(Render(builder), (std::vector<int>{0, 0, 255}));
}

TEST(Dicom, AppliesTheModalityTableBeforeTheExtremes) {
  DicomBuilder builder = DicomBuilder::Picture(2, 1, {0, 1});
  DicomBuilder item;
  item.Us(0x00283002, {2, 0, 16}).Set(0x00283006, "OW", item.Words({500, 60000}));
  builder.Sequence(0x00283000, {item});
  EXPECT_EQ(InspectBytes(builder.File(), "table").value_max, 60000);
}

TEST(Dicom, LooksUpPaletteColours) {
  DicomBuilder builder = DicomBuilder::Picture(2, 1, {0, 1}, 8);
  builder.Text(0x00280004, "CS", "PALETTE COLOR");
  for (uint32_t c = 0; c < 3; ++c) {
    builder.Us(0x00281101 + c, {2, 0, 16});
    builder.Set(0x00281201 + c, "OW", builder.Words({0xFF00, static_cast<int>(c) << 12}));
  }
  EXPECT_EQ(DecodeImage(builder.File(), "palette").rgb, (std::vector<uint8_t>{255, 255, 255, 0, 16, 32}));
}

TEST(Dicom, ExpandsSegmentedPalettes) {
  DicomBuilder builder = DicomBuilder::Picture(3, 1, {0, 2, 4}, 8);
  builder.Text(0x00280004, "CS", "PALETTE COLOR");
  for (uint32_t c = 0; c < 3; ++c) {
    builder.Us(0x00281101 + c, {5, 0, 16});
    // One discrete value 0, then four linear steps up to 0x8000.
    builder.Set(0x00281221 + c, "OW", builder.Words({0, 1, 0, 1, 4, 0x8000}));
  }
  EXPECT_EQ(Render(builder), (std::vector<int>{0, 0x40, 0x80}));
}

TEST(Dicom, ConvertsYbrAndPlanes) {
  DicomBuilder planar = DicomBuilder::Picture(2, 1, {1, 2, 3, 4, 5, 6}, 8);
  planar.Us(0x00280006, {1});
  EXPECT_EQ(DecodeImage(planar.File(), "planes").rgb, (std::vector<uint8_t>{1, 3, 5, 2, 4, 6}));
  DicomBuilder ybr = DicomBuilder::Picture(1, 1, {76, 85, 255}, 8);
  ybr.Text(0x00280004, "CS", "YBR_FULL");
  EXPECT_EQ(DecodeImage(ybr.File(), "ybr").rgb, (std::vector<uint8_t>{254, 0, 0}));
  DicomBuilder subsampled = DicomBuilder::Picture(2, 1, {100, 200, 128, 128, 0, 0}, 8);
  subsampled.Text(0x00280004, "CS", "YBR_FULL_422").Set(0x7FE00010, "OW", subsampled.Bytes({100, 200, 128, 128}));
  EXPECT_EQ(Render(subsampled), (std::vector<int>{100, 200}));
}

TEST(Dicom, UnpacksOneBitFramesThatShareBytes) {
  DicomBuilder builder = DicomBuilder::Picture(3, 1, {0, 0, 0}, 8);
  builder.Us(0x00280100, {1}).Us(0x00280101, {1}).Us(0x00280102, {0}).Text(0x00280008, "IS", "2");
  builder.Set(0x7FE00010, "OB", std::string("\x15\0", 2));  // bits, first to last: 1 0 1 | 0 1 0
  EXPECT_EQ(Render(builder, {.frame = 0}), (std::vector<int>{255, 0, 255}));
  EXPECT_EQ(Render(builder, {.frame = 1}), (std::vector<int>{0, 255, 0}));
  EXPECT_NE(ErrorOf([&] { Render(builder, {.frame = 2}); }).find("frames 0 to 1"), std::string::npos);
}

TEST(Dicom, TakesSpacingWindowAndScaleFromFunctionalGroups) {
  DicomBuilder measures, window, scale, frame, shared;
  measures.Text(0x00280030, "DS", "0.5\\0.25");
  window.Text(0x00281050, "DS", "100").Text(0x00281051, "DS", "200").Text(0x00281056, "CS", "LINEAR_EXACT");
  scale.Text(0x00281052, "DS", "-100").Text(0x00281053, "DS", "2");
  shared.Sequence(0x00289110, {measures}).Sequence(0x00289132, {window});
  frame.Sequence(0x00289145, {scale});
  DicomBuilder builder = DicomBuilder::Picture(2, 1, {100, 150});
  builder.Sequence(0x52009229, {shared}).Sequence(0x52009230, {frame});
  const Image image = DecodeImage(builder.File(), "enhanced");
  EXPECT_EQ(image.pixel_spacing_mm[0], 0.5);
  EXPECT_EQ(image.pixel_spacing_mm[1], 0.25);
  EXPECT_EQ(GrayLevels(image), (std::vector<int>{128, 255}));
}

TEST(Dicom, ReadsRleOfSixteenBitsAndOfColour) {
  DicomBuilder gray = DicomBuilder::Picture(3, 1, {0, 0x1234, 0xFFFF});
  const std::string native = InspectBytes(gray.File(), "native").pixel_sha256;
  gray.Fragments({"", RleSegments({std::string("\x00\x12\xFF", 3), std::string("\x00\x34\xFF", 3)})});
  EXPECT_EQ(InspectBytes(gray.File("1.2.840.10008.1.2.5"), "rle").pixel_sha256, native);
  DicomBuilder colour = DicomBuilder::Picture(1, 1, {1, 2, 3}, 8);
  colour.Fragments({"", RleSegments({"\x01", "\x02", "\x03"})});
  EXPECT_EQ(DecodeImage(colour.File("1.2.840.10008.1.2.5"), "rle").rgb, (std::vector<uint8_t>{1, 2, 3}));
}

TEST(Dicom, ReadsColourJpegAsTheJpegReaderDoes) {
  const Json file = testing::ReadGolden("image-rasters/golden.json");
  for (const Json& golden : file["cases"]) {
    if (golden["name"] != "jpeg 4:2:0" && golden["name"] != "jpeg 4:2:2") continue;
    const std::string stream = testing::FromBase64(golden["base64"]);
    DicomBuilder builder = DicomBuilder::Picture(21, 13, std::vector<int>(21 * 13 * 3), 8);
    builder.Text(0x00280004, "CS", "YBR_FULL_422").Fragments({"", stream.substr(0, 100), stream.substr(100)});
    EXPECT_EQ(DecodeImage(builder.File("1.2.840.10008.1.2.4.50"), "dicom").rgb, DecodeImage(stream, "jpeg").rgb);
    builder.Us(0x00280010, {14});
    EXPECT_NE(ErrorOf([&] { DecodeImage(builder.File("1.2.840.10008.1.2.4.50"), "lie"); }).find("21x13"),
              std::string::npos);
  }
}

TEST(Dicom, FindsFramesInFragmentsByTheOffsetTable) {
  DicomBuilder builder = DicomBuilder::Picture(2, 1, {0, 0}, 8);
  builder.Text(0x00280008, "IS", "2");
  const std::string first = RleSegments({"\x10\x20"}), second = RleSegments({"\x30\x40"});
  // The first frame in two fragments: the second one begins behind both, with their item headers.
  std::string table(4, '\0');
  const std::string half = first.substr(0, 32),
                    rest = first.substr(32) + (first.size() % 2 != 0 ? std::string(1, '\0') : "");
  const size_t offset = 8 + half.size() + 8 + rest.size();
  for (int i = 0; i < 4; ++i) table += static_cast<char>(offset >> (8 * i));
  builder.Fragments({table, half, rest, second});
  const std::string file = builder.File("1.2.840.10008.1.2.5");
  EXPECT_EQ(GrayLevels(DecodeImage(file, "rle", {.frame = 0})), (std::vector<int>{0x10, 0x20}));
  EXPECT_EQ(GrayLevels(DecodeImage(file, "rle", {.frame = 1})), (std::vector<int>{0x30, 0x40}));
}

TEST(Dicom, LetsNoIdentifierPass) {
  const std::string canary = "CANARY^PATIENT";
  DicomBuilder nested;
  nested.Text(0x00100010, "PN", canary).Text(0x00280030, "DS", "1\\1");
  DicomBuilder builder = DicomBuilder::Picture(2, 1, {1, 2});
  builder.Text(0x00100010, "PN", canary)
      .Text(0x00100020, "LO", canary)
      .Text(0x00081030, "LO", canary)
      .Text(0x00091010, "LO", canary);
  builder.Sequence(0x00081140, {nested}).Text(0x00080060, "CS", "MR");
  const Image image = DecodeImage(builder.File(), "study");
  const std::string said = Json(image.operations).dump() + image.modality + image.source +
                           ToJson(InspectBytes(builder.File(), "study")).dump();
  EXPECT_EQ(said.find("CANARY"), std::string::npos);
  // Identifiers in technical elements are not repeated either.
  for (const uint32_t tag : {0x00280004u, 0x00281050u, 0x00280030u, 0x00281056u, 0x00280008u}) {
    DicomBuilder broken = builder;
    broken.Text(tag, tag == 0x00280004u || tag == 0x00281056u ? "CS" : tag == 0x00280008u ? "IS" : "DS", canary);
    if (tag == 0x00281056u) broken.Text(0x00281050, "DS", "1").Text(0x00281051, "DS", "2");
    const std::string error = ErrorOf([&] { DecodeImage(broken.File(), "study"); });
    EXPECT_EQ(error.find("CANARY"), std::string::npos) << error;
  }
}

TEST(Dicom, RefusesTruncationAtEveryByte) {
  DicomBuilder item;
  item.Us(0x00283002, {2, 0, 16}).Set(0x00283006, "OW", item.Words({500, 60000}));
  DicomBuilder builder = DicomBuilder::Picture(2, 1, {0, 1});
  builder.Sequence(0x00283000, {item});
  const std::string file = builder.File();
  for (size_t n = 132; n < file.size(); ++n)
    EXPECT_NE(ErrorOf([&] { DecodeImage(file.substr(0, n), "cut"); }), "") << n;
  for (size_t i = 132; i < file.size(); ++i)  // any byte may lie; one Error at most, no crash
    for (const char value : {'\x00', '\x7F', '\xFF'}) {
      std::string bent = file;
      bent[i] = value;
      ErrorOf([&] { DecodeImage(bent, "bent"); });
    }
}

// tests/cases/image-dicom: a picture with some elements replaced, and the words that the error must contain.
TEST(Dicom, RefusesEveryHostileCase) {
  const Json cases = testing::ReadGolden("image-dicom/cases.json");
  ASSERT_GT(cases.size(), 10);
  for (const Json& hostile : cases) {
    DicomBuilder builder = DicomBuilder::Picture(2, 2, {0, 1, 2, 3});
    for (const Json& element : hostile["elements"]) {
      const auto tag = static_cast<uint32_t>(std::stoul(element[0].get<std::string>(), nullptr, 16));
      if (element[2].is_array()) builder.Set(tag, element[1], builder.Words(element[2].get<std::vector<int>>()));
      else builder.Text(tag, element[1], element[2]);
    }
    const std::string error = ErrorOf([&] { DecodeImage(builder.File(), "hostile"); });
    EXPECT_NE(error.find(hostile["error"].get<std::string>()), std::string::npos) << hostile["name"] << ": " << error;
  }
}

TEST(Dicom, RefusesSequencesThatNestWithoutEnd) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i)
    deep += std::string("\x08\x00\x40\x11SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\x00\xE0\xFF\xFF\xFF\xFF", 20);
  EXPECT_NE(ErrorOf([&] { DecodeImage(DicomBuilder::Meta("1.2.840.10008.1.2.1") + deep, "deep"); }).find("16 deep"),
            std::string::npos);
}

TEST(Dicom, StopsInflatingABomb) {
  const std::string block = testing::Deflate(std::string(1 << 20, '\0'), testing::kRawDeflate, Z_FULL_FLUSH);
  std::string bomb = DicomBuilder::Meta("1.2.840.10008.1.2.1.99");
  for (int i = 0; i < 600; ++i) bomb += block;
  EXPECT_LT(bomb.size(), 1 << 20);
  EXPECT_NE(ErrorOf([&] { DecodeImage(bomb, "bomb"); }).find("inflates to more than"), std::string::npos);
}

}  // namespace
}  // namespace lingshu
