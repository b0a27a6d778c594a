// Raster: what the decoders of everyday formats (JPEG, PNG, WebP, TIFF, GIF, BMP) have in common, and its one way to
// RGB.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "image/image.h"
#include "image/inspect.h"
#include "image/reader.h"

namespace lingshu {

enum class Colours { kGray, kGrayAlpha, kRgb, kRgba, kPalette, kCmyk };

// Samples as stored, decompressed, interleaved, row-major, of 8 bits, of 16 bits little-endian, or float32 (kGray alone).
struct Raster {
  int width = 0;
  int height = 0;
  Colours colours = Colours::kRgb;
  int bits_stored = 8;         // below 8: one sample a byte, unscaled; 32: float32
  bool is_white_zero = false;  // TIFF's WhiteIsZero
  std::vector<uint8_t> samples;
  std::vector<uint8_t> palette;  // kPalette: RGBA of each index
  int orientation = 1;           // Exif
  int64_t frames = 1;
  double pixel_spacing_mm[2] = {0, 0};

  int BytesPerSample() const { return bits_stored > 16 ? 4 : bits_stored > 8 ? 2 : 1; }
  int Channels() const;
};

// Rules, in this order, each recorded in Image::operations when it applies:
//   float32 is spread from its least to its greatest finite value, which are said; 16-bit samples keep their high byte; fewer than 8 bits spread over 0…255; CMYK to RGB as Pillow;
//   alpha is composited on white, as Qwen's own preprocessing (qwen_vl_utils) does; the Exif orientation is applied.
// A palette index beyond the palette is Error(kCorrupt).
Image RasterToImage(Raster raster, const std::string& source, const std::string& where);

FileFacts FactsOfRaster(const Raster& raster, const std::string& format);

// Keeps a decoder whole in one function: `decode` gives the page or frame that the options name.
ImageReader RasterReader(const std::string& name, const std::string& help, bool (*detect)(std::string_view),
                         Raster (*decode)(std::string_view bytes, const ImageOptions& options,
                                          const std::string& where));

// Throws Error(kUsage) unless frame 0 is asked of a format that has one picture.
void RequireFirstFrame(const ImageOptions& options, const std::string& where);

}  // namespace lingshu
