// Facts of JPEG-LS: what CharLS writes in every depth, order of components and loss, we read back.
#include <charls/charls.h>

#include <gtest/gtest.h>

#include "image/dicom_testing.h"
#include "image/inspect.h"
#include "image/testing.h"

namespace lingshu {
namespace {

using testing::DicomBuilder;

struct Layout {
  int columns = 7, rows = 5, components = 1, bits = 8, near = 0;
  charls::interleave_mode interleave = charls::interleave_mode::none;
};

std::vector<int> Values(const Layout& layout) {
  std::vector<int> values;
  for (int i = 0; i < layout.columns * layout.rows * layout.components; ++i)
    values.push_back((i * i * 7 + 3 * i) & ((1 << layout.bits) - 1));
  return values;
}

std::string Encode(const Layout& layout, const std::vector<int>& interleaved) {
  const int width = layout.bits <= 8 ? 1 : 2, pixels = layout.columns * layout.rows;
  std::vector<uint8_t> samples;
  for (int i = 0; i < pixels * layout.components; ++i) {
    const bool is_planar = layout.interleave == charls::interleave_mode::none;
    const int from = is_planar ? i % pixels * layout.components + i / pixels : i;
    for (int byte = 0; byte < width; ++byte) samples.push_back(static_cast<uint8_t>(interleaved[from] >> (8 * byte)));
  }
  charls::jpegls_encoder encoder;
  encoder.frame_info({static_cast<uint32_t>(layout.columns), static_cast<uint32_t>(layout.rows), layout.bits, layout.components})
      .interleave_mode(layout.interleave)
      .near_lossless(layout.near);
  std::string stream(4096 + 8 * samples.size(), '\0');
  encoder.destination(stream.data(), stream.size());
  stream.resize(encoder.encode(samples.data(), samples.size()));
  return stream;
}

DicomBuilder Describe(const Layout& layout, const std::vector<int>& values) {
  DicomBuilder builder = DicomBuilder::Picture(layout.columns, layout.rows, values, layout.bits <= 8 ? 8 : 16);
  return builder.Us(0x00280101, {layout.bits}).Us(0x00280102, {layout.bits - 1});
}

std::string Compressed(const Layout& layout, const std::vector<int>& values) {
  return Describe(layout, values).Fragments({"", Encode(layout, values)}).File("1.2.840.10008.1.2.4.80");
}

TEST(JpegLs, ReadsEveryDepthAndOrder) {
  for (const int components : {1, 3})
    for (const auto interleave : {charls::interleave_mode::none, charls::interleave_mode::line, charls::interleave_mode::sample})
      for (int bits = 2; bits <= 16; ++bits) {
        if (components == 1 && interleave != charls::interleave_mode::none) continue;
        const Layout layout{.components = components, .bits = bits, .interleave = interleave};
        const std::vector<int> values = Values(layout);
        EXPECT_EQ(InspectBytes(Compressed(layout, values), "jpegls").pixel_sha256,
                  InspectBytes(Describe(layout, values).File(), "native").pixel_sha256)
            << bits << " bits, " << components << " components";
      }
}

TEST(JpegLs, SignsComeFromTheStreamsPrecision) {
  const Layout layout{.bits = 12};
  const std::vector<int> values = Values(layout);
  DicomBuilder native = Describe(layout, values), compressed = Describe(layout, values);
  native.Us(0x00280103, {1});
  compressed.Us(0x00280103, {1}).Fragments({"", Encode(layout, values)});
  EXPECT_EQ(InspectBytes(compressed.File("1.2.840.10008.1.2.4.80"), "jpegls").pixel_sha256,
            InspectBytes(native.File(), "native").pixel_sha256);
}

TEST(JpegLs, RefusesAnotherSizeAndSurvivesDamage) {
  const Layout layout{.bits = 12};
  const std::vector<int> values = Values(layout);
  DicomBuilder lie = Describe(layout, values);
  lie.Us(0x00280010, {6}).Fragments({"", Encode(layout, values)});
  EXPECT_NE(testing::ErrorOf([&] { InspectBytes(lie.File("1.2.840.10008.1.2.4.80"), "lie"); }).find("7x5"), std::string::npos);
  const std::string stream = Encode(layout, values);
  for (size_t i = 0; i < stream.size(); ++i) {
    std::string bent = stream;
    bent[i] ^= 0x55;
    for (const std::string& damaged : {bent, stream.substr(0, i)})
      testing::ErrorOf([&] {
        InspectBytes(Describe(layout, values).Fragments({"", damaged}).File("1.2.840.10008.1.2.4.80"), "damaged");
      });
  }
}

}  // namespace
}  // namespace lingshu
