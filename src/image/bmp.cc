// BMP (Windows bitmap, BITMAPINFOHEADER and later), uncompressed: 1, 4, 8 bits with palette, 24 and 32 bits.
//
//   14 bytes  "BM", file size, 2 x 2 reserved, offset of the pixels
//   40 bytes+ header size, width, height (negative: top row first), planes, bits, compression, …, colours used
//   palette   4 bytes a colour: blue, green, red, unused;  rows padded to 4 bytes, bottom row first
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/byte_order.h"
#include "image/limits.h"
#include "image/raster.h"

namespace lingshu {
namespace {

constexpr size_t kHeaders = 54;
constexpr uint32_t kRgb = 0, kBitFields = 3;

uint32_t Little(std::string_view bytes, size_t at, int width) {
  return static_cast<uint32_t>(ReadUint(bytes.data() + at, width));
}

bool DetectBmp(std::string_view prefix) {
  return prefix.starts_with("BM") && prefix.size() >= kHeaders && Little(prefix, 14, 4) >= 40 &&
         Little(prefix, 14, 4) <= 124 && Little(prefix, 26, 2) == 1;
}

void ReadPalette(std::string_view bytes, int bits, Raster& raster, const std::string& where) {
  const size_t header = Little(bytes, 14, 4), used = Little(bytes, 46, 4), all = size_t{1} << bits;
  const size_t count = used == 0 || used > all ? all : used;
  if (14 + header + 4 * count > bytes.size())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: a BMP palette beyond the file.", where));
  for (size_t i = 0; i < count; ++i) {
    const auto* p = reinterpret_cast<const uint8_t*>(bytes.data()) + 14 + header + 4 * i;
    raster.palette.insert(raster.palette.end(), {p[2], p[1], p[0], 255});
  }
}

// One row of the file to samples: palette indices, or blue-green-red turned round.
void ReadRow(const uint8_t* in, int width, int bits, uint8_t* out) {
  for (int x = 0; x < width; ++x) {
    if (bits >= 24) {
      const uint8_t* p = in + x * (bits / 8);
      out[3 * x] = p[2];
      out[3 * x + 1] = p[1];
      out[3 * x + 2] = p[0];
    } else {
      const int per_byte = 8 / bits, shift = 8 - bits * (x % per_byte + 1);
      out[x] = static_cast<uint8_t>(in[x / per_byte] >> shift & ((1 << bits) - 1));
    }
  }
}

Raster DecodeBmp(std::string_view bytes, const ImageOptions& options, const std::string& where) {
  RequireFirstFrame(options, where);
  const auto width = static_cast<int32_t>(Little(bytes, 18, 4)),
             signed_height = static_cast<int32_t>(Little(bytes, 22, 4));
  const int64_t height = signed_height < 0 ? -int64_t{signed_height} : signed_height;
  const int bits = static_cast<int>(Little(bytes, 28, 2));
  const uint32_t compression = Little(bytes, 30, 4);
  CheckDimensions(width, height, where);
  // Bit fields of 32 bits are taken in their usual order; others are rare enough to refuse.
  const bool has_usual_fields = compression == kBitFields && bits == 32 && bytes.size() >= kHeaders + 12 &&
                                Little(bytes, 54, 4) == 0xFF0000 && Little(bytes, 58, 4) == 0xFF00 &&
                                Little(bytes, 62, 4) == 0xFF;
  if ((compression != kRgb && !has_usual_fields) || (bits != 1 && bits != 4 && bits != 8 && bits != 24 && bits != 32))
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: BMP of {} bits, compression {}; known are 1, 4, 8, 24 and 32 bits, uncompressed.",
                            where, bits, compression));
  Raster raster{
      .width = width, .height = static_cast<int>(height), .colours = bits >= 24 ? Colours::kRgb : Colours::kPalette};
  if (bits < 24) ReadPalette(bytes, bits, raster, where);
  const uint64_t stride = (uint64_t(width) * bits + 31) / 32 * 4, first = Little(bytes, 10, 4);
  if (first > bytes.size() || stride * raster.height > bytes.size() - first)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: BMP pixels take {} bytes from byte {}, the file has {}.", where,
                                                 stride * raster.height, first, bytes.size()));
  const size_t row_bytes = size_t(width) * raster.Channels();
  raster.samples.resize(row_bytes * raster.height);
  for (int y = 0; y < raster.height; ++y) {
    const int row = signed_height < 0 ? y : raster.height - 1 - y;
    ReadRow(reinterpret_cast<const uint8_t*>(bytes.data()) + first + stride * row, width, bits,
            raster.samples.data() + row_bytes * y);
  }
  return raster;
}

const Register<ImageReader> kBmp(RasterReader("bmp", "Windows bitmap, uncompressed", &DetectBmp, &DecodeBmp));

}  // namespace
}  // namespace lingshu
