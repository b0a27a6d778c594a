// 8-bit JPEG frames of DICOM (PS3.5 8.2.1, processes 1, 2 and 4) through the JPEG decoder of this room.
#include <fmt/format.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/dicom_frame.h"
#include "image/jpeg.h"

namespace lingshu {
namespace {

bool Accepts(std::string_view syntax, std::string_view stream) {
  if (syntax != "1.2.840.10008.1.2.4.50" && syntax != "1.2.840.10008.1.2.4.51" && syntax != "1.2.840.10008.1.2.4.55")
    return false;
  const JpegHeader header = ReadJpegHeader(stream);
  return header.precision == 8 && header.marker >= 0xC0 && header.marker <= 0xC2;
}

void Decode(std::string_view stream, const PixelModule& module, std::string_view, StoredFrame& out,
            const std::string& where) {
  const JpegHeader header = ReadJpegHeader(stream);
  RequireStreamSize(header.rows, header.columns, header.components, module, where);
  const JpegColours colours = module.photometric == "RGB" ? JpegColours::kAsStored : JpegColours::kByMarkers;
  const Raster raster = DecodeJpegRaster(stream, colours, where);
  if (module.samples_per_pixel == 3) out.photometric = "RGB";
  const size_t width = module.BytesPerSample();  // 8-bit samples may lie in 16 allocated bits
  for (size_t i = 0; i < raster.samples.size(); ++i) out.samples[i * width] = raster.samples[i];
}

const Register<FrameCodec> kJpeg(
    {.name = "jpeg", .help = "JPEG of 8 bits (processes 1, 2, 4)", .accepts = &Accepts, .decode = &Decode});

}  // namespace
}  // namespace lingshu
