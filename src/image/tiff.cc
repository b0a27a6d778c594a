// TIFF 6.0 through libtiff: strips and tiles, every compression that libtiff knows, pages as frames. Grey and RGB of 8
// and 16 bits, and grey float32, keep their stored samples; everything else (palette, CMYK, YCbCr, 1 and 4 bits) goes through libtiff's
// own conversion to RGBA.
#include <tiffio.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/limits.h"
#include "image/raster.h"

namespace lingshu {
namespace {

constexpr int kMaxPages = 10000;

struct Source {
  std::string_view bytes;
  uint64_t position = 0;
};

tmsize_t ReadBytes(thandle_t handle, void* out, tmsize_t n) {
  auto* source = static_cast<Source*>(handle);
  const uint64_t left = source->position < source->bytes.size() ? source->bytes.size() - source->position : 0;
  const auto taken = std::min<uint64_t>(left, static_cast<uint64_t>(n));
  std::memcpy(out, source->bytes.data() + std::min<uint64_t>(source->position, source->bytes.size()), taken);
  source->position += taken;
  return static_cast<tmsize_t>(taken);
}
tmsize_t WriteNothing(thandle_t, void*, tmsize_t) { return 0; }
toff_t Seek(thandle_t handle, toff_t offset, int whence) {
  auto* source = static_cast<Source*>(handle);
  source->position = whence == SEEK_SET   ? offset
                     : whence == SEEK_CUR ? source->position + offset
                                          : source->bytes.size() + offset;
  return source->position;
}
int Close(thandle_t) { return 0; }
toff_t Size(thandle_t handle) { return static_cast<Source*>(handle)->bytes.size(); }
int Quiet(TIFF*, void*, const char*, const char*, va_list) { return 1; }

using Tiff = std::unique_ptr<TIFF, void (*)(TIFF*)>;

Tiff OpenTiff(Source& source) {
  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  TIFFOpenOptionsSetErrorHandlerExtR(options, &Quiet, nullptr);
  TIFFOpenOptionsSetWarningHandlerExtR(options, &Quiet, nullptr);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options, tmsize_t{1} << 30);
  // "m" refuses memory mapping: the bytes are in memory already.
  Tiff tiff(TIFFClientOpenExt("memory", "rm", &source, &ReadBytes, &WriteNothing, &Seek, &Close, &Size, nullptr,
                              nullptr, options),
            &TIFFClose);
  TIFFOpenOptionsFree(options);
  return tiff;
}

int Field(TIFF* tiff, uint32_t tag) {
  uint16_t value = 0;
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

// The last sample is alpha that colours have not been multiplied by.
bool HasStraightAlpha(TIFF* tiff) {
  uint16_t count = 0, *kinds = nullptr;
  return TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds) && count == 1 && kinds[0] != EXTRASAMPLE_ASSOCALPHA;
}

[[noreturn]] void FailCut(const std::string& where) {
  throw Error(ErrorCode::kCorrupt, fmt::format("{}: the TIFF data are damaged or cut.", where));
}

// Where a strip or tile lies, and which samples it has: all of them, or those of one plane.
struct Part {
  int x = 0, y = 0, width = 0, height = 0;
  int plane = -1;
};

void CopyPart(const std::vector<uint8_t>& from, const Part& part, int row_pixels, Raster& raster) {
  const size_t sample = raster.BytesPerSample(), channels = raster.Channels();
  const int width = std::min(part.width, raster.width - part.x), height = std::min(part.height, raster.height - part.y);
  for (int y = 0; y < height; ++y) {
    uint8_t* to = raster.samples.data() + ((size_t(part.y) + y) * raster.width + part.x) * channels * sample;
    if (part.plane < 0) {
      std::memcpy(to, from.data() + size_t(y) * row_pixels * channels * sample, width * channels * sample);
      continue;
    }
    for (int x = 0; x < width; ++x)
      std::memcpy(to + (x * channels + part.plane) * sample, from.data() + (size_t(y) * row_pixels + x) * sample, sample);
  }
}

// Samples as stored, of strips or tiles, interleaved or by plane; libtiff gives 16-bit samples in the machine's order,
// which is little-endian.
void ReadSamples(TIFF* tiff, Raster& raster, const std::string& where) {
  const bool is_tiled = TIFFIsTiled(tiff), is_planar = Field(tiff, TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
  uint32_t width = raster.width, height = 0;
  if (is_tiled) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &height);
  } else {
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &height);
    height = std::min<uint32_t>(height, raster.height);
  }
  CheckDimensions(width, height, where);
  const int planes = is_planar ? raster.Channels() : 1;
  const size_t part_bytes = size_t(width) * height * raster.BytesPerSample() * (is_planar ? 1 : raster.Channels());
  if (static_cast<size_t>(is_tiled ? TIFFTileSize(tiff) : TIFFStripSize(tiff)) != part_bytes) FailCut(where);
  std::vector<uint8_t> bytes(part_bytes);
  raster.samples.assign(size_t(raster.width) * raster.height * raster.Channels() * raster.BytesPerSample(), 0);
  for (int plane = 0; plane < planes; ++plane)
    for (int y = 0; y < raster.height; y += static_cast<int>(height))
      for (int x = 0; x < raster.width; x += static_cast<int>(width)) {
        const Part part{x, y, static_cast<int>(width), static_cast<int>(height), is_planar ? plane : -1};
        const int rows = is_tiled ? part.height : std::min(part.height, raster.height - y);
        const auto needed = static_cast<tmsize_t>(part_bytes / height * rows);
        const tmsize_t got = is_tiled ? TIFFReadEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, plane), bytes.data(), needed)
                                      : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, y, plane), bytes.data(), needed);
        if (got < needed) FailCut(where);
        CopyPart(bytes, part, part.width, raster);
      }
}

void ReadAsRgba(TIFF* tiff, Raster& raster, const std::string& where) {
  raster.bits_stored = 8;
  std::vector<uint32_t> pixels(size_t(raster.width) * raster.height);
  char reason[1024] = "";
  if (!TIFFRGBAImageOK(tiff, reason))
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: a TIFF of a kind that is not read.", where));
  if (!TIFFReadRGBAImageOriented(tiff, raster.width, raster.height, pixels.data(), ORIENTATION_TOPLEFT,
                                 /*stop_on_error=*/1))
    FailCut(where);
  const bool is_opaque =
      std::all_of(pixels.begin(), pixels.end(), [](uint32_t pixel) { return TIFFGetA(pixel) == 255; });
  raster.colours = is_opaque ? Colours::kRgb : Colours::kRgba;
  raster.samples.resize(pixels.size() * raster.Channels());
  uint8_t* out = raster.samples.data();
  for (const uint32_t pixel : pixels) {
    const int alpha = TIFFGetA(pixel);
    // libtiff multiplies colours by alpha; they are divided again, since compositing comes later.
    const auto straight = [&](int value) {
      return static_cast<uint8_t>(alpha == 0 ? 0 : std::min(255, (value * 255 + alpha / 2) / alpha));
    };
    *out++ = straight(TIFFGetR(pixel));
    *out++ = straight(TIFFGetG(pixel));
    *out++ = straight(TIFFGetB(pixel));
    if (!is_opaque) *out++ = static_cast<uint8_t>(alpha);
  }
}

bool DetectTiff(std::string_view prefix) {
  const std::string_view magic = prefix.substr(0, 4);
  return magic == std::string_view("II*\0", 4) || magic == std::string_view("MM\0*", 4) ||
         magic == std::string_view("II+\0", 4) || magic == std::string_view("MM\0+", 4);
}

Raster DecodeTiff(std::string_view bytes, const ImageOptions& options, const std::string& where) {
  Source source{bytes};
  const Tiff tiff = OpenTiff(source);
  if (tiff == nullptr) throw Error(ErrorCode::kCorrupt, fmt::format("{}: not a readable TIFF header.", where));
  Raster raster;
  raster.frames = std::min<int64_t>(TIFFNumberOfDirectories(tiff.get()), kMaxPages);
  if (options.frame < 0 || options.frame >= raster.frames ||
      !TIFFSetDirectory(tiff.get(), static_cast<tdir_t>(options.frame)))
    throw Error(ErrorCode::kUsage, fmt::format("{}: page {} was asked for, the file has pages 0 to {}.", where,
                                               options.frame, raster.frames - 1));
  uint32_t width = 0, height = 0;
  TIFFGetField(tiff.get(), TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff.get(), TIFFTAG_IMAGELENGTH, &height);
  CheckDimensions(width, height, where);
  raster.width = static_cast<int>(width);
  raster.height = static_cast<int>(height);
  raster.bits_stored = Field(tiff.get(), TIFFTAG_BITSPERSAMPLE);
  const int samples = Field(tiff.get(), TIFFTAG_SAMPLESPERPIXEL), photometric = Field(tiff.get(), TIFFTAG_PHOTOMETRIC);
  CheckExpansion(int64_t{width} * height * std::max(1, samples), static_cast<int64_t>(bytes.size()), where);
  const bool is_gray = (samples == 1 && (photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE)) ||
                       (samples == 2 && photometric == PHOTOMETRIC_MINISBLACK && HasStraightAlpha(tiff.get()));
  const int format = Field(tiff.get(), TIFFTAG_SAMPLEFORMAT);
  const bool is_float = raster.bits_stored == 32 && format == SAMPLEFORMAT_IEEEFP && is_gray && samples == 1;
  const bool is_plain = is_float || ((raster.bits_stored == 8 || raster.bits_stored == 16) && format == SAMPLEFORMAT_UINT);
  if (!is_plain || !(is_gray || (samples == 3 && photometric == PHOTOMETRIC_RGB))) {
    ReadAsRgba(tiff.get(), raster, where);
    return raster;
  }
  raster.colours = !is_gray ? Colours::kRgb : samples == 2 ? Colours::kGrayAlpha : Colours::kGray;
  raster.is_white_zero = photometric == PHOTOMETRIC_MINISWHITE;
  const int orientation = Field(tiff.get(), TIFFTAG_ORIENTATION);
  if (orientation >= 1 && orientation <= 8) raster.orientation = orientation;
  ReadSamples(tiff.get(), raster, where);
  return raster;
}

const Register<ImageReader> kTiff(RasterReader("tiff", "TIFF, pages as frames (TIFF 6.0, BigTIFF)", &DetectTiff,
                                               &DecodeTiff));

}  // namespace
}  // namespace lingshu
