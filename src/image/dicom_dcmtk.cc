// Lossy JPEG frames of DICOM with more than 8 bits through DCMTK's codecs. DCMTK never sees the file: it gets a data set
// of the pixel module alone, already checked, with one frame's stream.
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmjpeg/djdecode.h>

#include <mutex>

#include <fmt/format.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/dicom_frame.h"

namespace lingshu {
namespace {

struct Syntax {
  std::string_view uid;
  E_TransferSyntax dcmtk;
};
constexpr Syntax kSyntaxes[] = {{"1.2.840.10008.1.2.4.50", EXS_JPEGProcess1},
                                {"1.2.840.10008.1.2.4.51", EXS_JPEGProcess2_4},
                                {"1.2.840.10008.1.2.4.53", EXS_JPEGProcess6_8},
                                {"1.2.840.10008.1.2.4.55", EXS_JPEGProcess10_12}};

const Syntax* FindSyntax(std::string_view uid) {
  for (const Syntax& syntax : kSyntaxes)
    if (syntax.uid == uid) return &syntax;
  return nullptr;
}

// What the JPEG part does with 8 bits stays with it; both parts agree on who takes what by the frame header.
bool Accepts(std::string_view uid, std::string_view stream) {
  const JpegHeader header = ReadJpegHeader(stream);
  return FindSyntax(uid) != nullptr && header.precision != 8 && header.marker >= 0xC0 && header.marker <= 0xC2;
}

void RegisterCodecsOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);  // its warnings would go to stderr
    DJDecoderRegistration::registerCodecs();
  });
}

void Put(DcmDataset& dataset, const DcmTagKey& key, int value) {
  // With the VR given here DCMTK needs no dictionary file.
  dataset.putAndInsertUint16(DcmTag(key, DcmVR(EVR_US)), static_cast<Uint16>(value));
}

// A data set of one frame; owns the pixel data it returns a pointer to.
DcmPixelData* BuildDataset(DcmDataset& dataset, std::string_view stream, const PixelModule& module,
                           E_TransferSyntax syntax) {
  Put(dataset, DCM_Rows, module.rows);
  Put(dataset, DCM_Columns, module.columns);
  Put(dataset, DCM_SamplesPerPixel, module.samples_per_pixel);
  Put(dataset, DCM_BitsAllocated, module.bits_allocated);
  Put(dataset, DCM_BitsStored, module.bits_stored);
  Put(dataset, DCM_HighBit, module.high_bit);
  Put(dataset, DCM_PixelRepresentation, module.is_signed ? 1 : 0);
  if (module.samples_per_pixel > 1) Put(dataset, DCM_PlanarConfiguration, 0);
  dataset.putAndInsertString(DcmTag(DCM_PhotometricInterpretation, DcmVR(EVR_CS)), module.photometric.c_str());
  dataset.putAndInsertString(DcmTag(DCM_NumberOfFrames, DcmVR(EVR_IS)), "1");
  const DcmTag item_tag(DCM_Item, DcmVR(EVR_OB));
  auto* sequence = new DcmPixelSequence(DcmTag(DCM_PixelData, DcmVR(EVR_OB)));
  sequence->insert(new DcmPixelItem(item_tag));  // no offset table
  auto* fragment = new DcmPixelItem(item_tag);
  std::string even(stream);
  if (even.size() % 2 != 0) even += '\0';
  fragment->putUint8Array(reinterpret_cast<const Uint8*>(even.data()), even.size());
  sequence->insert(fragment);
  auto* pixels = new DcmPixelData(DcmTag(DCM_PixelData, DcmVR(EVR_OB)));
  pixels->putOriginalRepresentation(syntax, nullptr, sequence);
  dataset.insert(pixels, OFTrue);
  return pixels;
}

void Decode(std::string_view stream, const PixelModule& module, std::string_view uid, StoredFrame& out,
            const std::string& where) {
  const JpegHeader header = ReadJpegHeader(stream);
  if (header.marker == 0)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: a compressed DICOM frame without a JPEG frame header.", where));
  RequireStreamSize(header.rows, header.columns, header.components, module, where);
  if (module.bits_allocated != 8 && module.bits_allocated != 16)
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: JPEG in DICOM with {} bits allocated; known are 8 and 16.",
                                                     where, module.bits_allocated));
  RegisterCodecsOnce();
  DcmDataset dataset;
  DcmPixelData* pixels = BuildDataset(dataset, stream, module, FindSyntax(uid)->dcmtk);
  OFString photometric;
  Uint32 fragment = 0;
  const size_t num_bytes = out.samples.size();
  out.samples.resize(num_bytes + num_bytes % 2);  // it wants room for an even number
  const OFCondition status = pixels->getUncompressedFrame(&dataset, 0, fragment, out.samples.data(),
                                                          static_cast<Uint32>(out.samples.size()), photometric);
  out.samples.resize(num_bytes);
  if (status.bad())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: DICOM frame, {}: {}.", where, uid, status.text()));
  out.photometric = photometric.c_str();
  out.precision = header.precision;
}

const Register<FrameCodec> kDcmtk(
    {.name = "dcmtk", .help = "lossy JPEG of 12 bits", .accepts = &Accepts, .decode = &Decode});

}  // namespace
}  // namespace lingshu
