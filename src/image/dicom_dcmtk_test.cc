// Facts of compressed DICOM: what DCMTK writes in each syntax that it can write, we read back.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmdata/dcrlerp.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djencode.h>
#include <dcmtk/dcmjpeg/djrploss.h>
#include <dcmtk/dcmjpeg/djrplol.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "image/dicom_testing.h"
#include "image/inspect.h"
#include "image/reader.h"
#include "image/testing.h"

namespace lingshu {
namespace {

using testing::DicomBuilder;

void RegisterEncodersOnce() {
  static const bool is_done = [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    DcmRLEEncoderRegistration::registerCodecs();
    DJEncoderRegistration::registerCodecs();
    return true;
  }();
  CHECK(is_done) << "encoders";
}

// The same data set in another transfer syntax. Throws what DCMTK says when it refuses.
std::string Transcode(const std::string& file, E_TransferSyntax syntax,
                      const DcmRepresentationParameter* parameter = nullptr) {
  RegisterEncodersOnce();
  DcmInputBufferStream input;
  input.setBuffer(file.data(), file.size());
  input.setEos();
  DcmFileFormat format;
  format.transferInit();
  const auto require = [&](const OFCondition& status) {
    if (status.bad())
      throw Error(ErrorCode::kInternal, fmt::format("{}: {}", DcmXfer(syntax).getXferName(), status.text()));
  };
  require(format.read(input));
  format.transferEnd();
  format.loadAllDataIntoMemory();
  require(format.getDataset()->chooseRepresentation(syntax, parameter));
  std::string out(file.size() * 4 + 65536, '\0');
  DcmOutputBufferStream output(out.data(), out.size());
  format.transferInit();
  require(format.write(output, syntax, EET_ExplicitLength, nullptr));
  format.transferEnd();
  output.flush();
  void* buffer = nullptr;
  offile_off_t length = 0;
  output.flushBuffer(buffer, length);
  return out.substr(0, static_cast<size_t>(length));
}

// A smooth picture with a little texture; DCMTK wants UIDs.
DicomBuilder Gradient(int bits_stored, bool is_signed = false, int samples = 1) {
  std::vector<int> values;
  const int top = (1 << bits_stored) - 1, bits_allocated = bits_stored <= 8 ? 8 : 16;
  for (int y = 0; y < 24; ++y)
    for (int x = 0; x < 32; ++x)
      for (int c = 0; c < samples; ++c)
        values.push_back(((x + y + 5 * c) * top / 80 + (x * y) % 3 - (is_signed ? top / 2 : 0)) &
                         (is_signed ? 0xFFFF : top));
  DicomBuilder builder = DicomBuilder::Picture(32, 24, values, bits_allocated);
  builder.Us(0x00280101, {bits_stored}).Us(0x00280102, {bits_stored - 1}).Us(0x00280103, {is_signed ? 1 : 0});
  return builder.Text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7")
      .Text(0x00080018, "UI", "1.2.3.4")
      .Text(0x00100010, "PN", "CANARY");
}

struct Lossless {
  const char* name;
  E_TransferSyntax syntax;
};
const Lossless kLossless[] = {{"implicit", EXS_LittleEndianImplicit},
                              {"big endian", EXS_BigEndianExplicit},
                              {"deflated", EXS_DeflatedLittleEndianExplicit},
                              {"rle", EXS_RLELossless},
                              {"jpeg 14", EXS_JPEGProcess14},
                              {"jpeg 14 sv1", EXS_JPEGProcess14SV1}};

TEST(DicomDcmtk, ReadsBackEveryLosslessSyntax) {
  for (const DicomBuilder& builder :
       {Gradient(8), Gradient(12), Gradient(16), Gradient(16, /*is_signed=*/true), Gradient(8, false, 3)}) {
    const FileFacts native = InspectBytes(builder.File(), "native");
    for (const Lossless& lossless : kLossless) {
      const std::string file = Transcode(builder.File(), lossless.syntax);
      const FileFacts facts = InspectBytes(file, lossless.name);
      EXPECT_EQ(facts.pixel_sha256, native.pixel_sha256)
          << lossless.name << " " << native.bits_stored << " " << native.photometric;
      EXPECT_NE(facts.transfer_syntax, native.transfer_syntax);
    }
  }
}

// Frames of an odd number of bytes, several of them, and of any depth that the allocated width has room for.
TEST(DicomDcmtk, ReadsBackOddFramesOfLosslessJpeg) {
  for (const int bits : {5, 7, 8, 10, 13, 16}) {
    std::vector<int> values;
    for (int i = 0; i < 5 * 7; ++i) values.push_back((i * i * 11 + i) & ((1 << bits) - 1));
    DicomBuilder odd = DicomBuilder::Picture(5, 7, values, bits <= 8 ? 8 : 16);
    odd.Us(0x00280101, {bits}).Us(0x00280102, {bits - 1});
    odd.Text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.7").Text(0x00080018, "UI", "1.2.3.4");
    for (const E_TransferSyntax syntax : {EXS_JPEGProcess14, EXS_JPEGProcess14SV1})
      EXPECT_EQ(InspectBytes(Transcode(odd.File(), syntax), "odd").pixel_sha256,
                InspectBytes(odd.File(), "native").pixel_sha256)
          << bits;
  }
}

// The largest difference of rendered grey levels.
int WorstError(const std::string& a, const std::string& b) {
  const Image first = DecodeImage(a, "a"), second = DecodeImage(b, "b");
  int worst = 0;
  for (size_t i = 0; i < first.rgb.size(); ++i) worst = std::max(worst, std::abs(first.rgb[i] - second.rgb[i]));
  return worst;
}

TEST(DicomDcmtk, ReadsLossySyntaxesWithinTheirLoss) {
  const DJ_RPLossy best(/*quality=*/100);
  DicomBuilder wide = Gradient(12);
  wide.Text(0x00281050, "DS", "2048").Text(0x00281051, "DS", "4096");
  // At quality 100 the quantizer is 1 everywhere: the loss is rounding, of at most two levels here.
  EXPECT_LE(WorstError(Gradient(8).File(), Transcode(Gradient(8).File(), EXS_JPEGProcess1, &best)), 2);
  EXPECT_LE(WorstError(wide.File(), Transcode(wide.File(), EXS_JPEGProcess2_4, &best)), 2);
}

TEST(DicomDcmtk, RefusesACompressedFrameOfAnotherSize) {
  std::string file = Transcode(Gradient(16).File(), EXS_JPEGProcess14SV1);
  const size_t rows = file.find(std::string("\x28\x00\x10\x00US\x02\x00", 8));
  ASSERT_NE(rows, std::string::npos);
  file[rows + 8] = 25;
  EXPECT_NE(testing::ErrorOf([&] { DecodeImage(file, "lie"); }).find("32x24"), std::string::npos);
}

TEST(DicomDcmtk, SurvivesCutsAndLiesInsideTheStream) {
  for (const E_TransferSyntax syntax : {EXS_RLELossless, EXS_JPEGProcess14SV1}) {
    const std::string file = Transcode(Gradient(12).File(), syntax);
    const size_t pixels = file.find(std::string("\xE0\x7F\x10\x00OB", 6));
    ASSERT_NE(pixels, std::string::npos);
    for (size_t i = pixels; i < file.size(); i += 7) {
      testing::ErrorOf([&] { DecodeImage(file.substr(0, i), "cut"); });
      std::string bent = file;
      bent[i] ^= 0x55;
      testing::ErrorOf([&] { DecodeImage(bent, "bent"); });
    }
  }
}

}  // namespace
}  // namespace lingshu
