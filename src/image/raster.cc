// From stored samples to 8-bit RGB.
#include "image/raster.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "image/extremes.h"
#include "image/orientation.h"
#include "image/windowing.h"

namespace lingshu {
namespace {

struct ColoursRow {
  const char* name;
  int channels;
};
const ColoursRow& RowOf(Colours colours) {
  static const std::array<ColoursRow, 6> rows = {
      {{"GRAY", 1}, {"GRAY_ALPHA", 2}, {"RGB", 3}, {"RGBA", 4}, {"PALETTE", 1}, {"CMYK", 4}}};
  return rows.at(static_cast<size_t>(colours));
}

// round(a * b / 255) without division, as Pillow's MULDIV255.
uint8_t MulDiv255(int a, int b) {
  const int t = a * b + 128;
  return static_cast<uint8_t>((t + (t >> 8)) >> 8);
}

uint8_t OnWhite(int value, int alpha) {
  const int t = 255 * (255 - alpha) + value * alpha + 128;
  return static_cast<uint8_t>((t + (t >> 8)) >> 8);
}

// Floating-point values have no scale of their own: from the least to the greatest that is finite; what is not is black.
void FloatsToEightBits(Raster& raster, std::vector<std::string>& operations) {
  const size_t n = raster.samples.size() / 4;
  const auto value_of = [&](size_t i) {
    float value;
    std::memcpy(&value, raster.samples.data() + 4 * i, 4);
    return value;
  };
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (size_t i = 0; i < n; ++i)
    if (const float value = value_of(i); std::isfinite(value)) {
      low = std::min<double>(low, value);
      high = std::max<double>(high, value);
    }
  const Window window{.center = (low + high) / 2, .width = high > low ? high - low : 1};
  for (size_t i = 0; i < n; ++i) {
    const float value = value_of(i);
    raster.samples[i] = std::isfinite(value) ? ApplyWindow(value, window, WindowFunction::kLinearExact) : 0;
  }
  raster.samples.resize(n);
  operations.push_back(low <= high ? fmt::format("values {:g} to {:g} as grey levels", low, high) : "no finite values");
}

// Brings samples to 8 bits over the full range; palette indices stay indices.
void ToEightBits(Raster& raster, std::vector<std::string>& operations) {
  if (raster.bits_stored == 32) {
    FloatsToEightBits(raster, operations);
  } else if (raster.bits_stored > 8) {
    const size_t n = raster.samples.size() / 2;
    for (size_t i = 0; i < n; ++i) raster.samples[i] = raster.samples[2 * i + 1];
    raster.samples.resize(n);
    operations.push_back("high byte of 16 bits");
  } else if (raster.bits_stored < 8 && raster.colours != Colours::kPalette) {
    const int top = (1 << raster.bits_stored) - 1;
    for (uint8_t& sample : raster.samples) sample = static_cast<uint8_t>(std::min<int>(sample, top) * 255 / top);
  }
  raster.bits_stored = 8;
}

void ConvertPixels(const Raster& raster, uint8_t* rgb, const std::string& where) {
  const uint8_t* in = raster.samples.data();
  const int channels = raster.Channels();
  const size_t pixels = static_cast<size_t>(raster.width) * raster.height;
  for (size_t i = 0; i < pixels; ++i, in += channels, rgb += 3) {
    switch (raster.colours) {
      case Colours::kGray:
        rgb[0] = rgb[1] = rgb[2] = raster.is_white_zero ? 255 - in[0] : in[0];
        break;
      case Colours::kGrayAlpha:
        rgb[0] = rgb[1] = rgb[2] = OnWhite(in[0], in[1]);
        break;
      case Colours::kRgb:
        std::memcpy(rgb, in, 3);
        break;
      case Colours::kRgba:
        for (int c = 0; c < 3; ++c) rgb[c] = OnWhite(in[c], in[3]);
        break;
      case Colours::kPalette: {
        if (4 * size_t{in[0]} + 3 >= raster.palette.size())
          throw Error(ErrorCode::kCorrupt, fmt::format("{}: a pixel has palette index {}, the palette has {} colours.",
                                                       where, in[0], raster.palette.size() / 4));
        const uint8_t* colour = raster.palette.data() + 4 * in[0];
        for (int c = 0; c < 3; ++c) rgb[c] = OnWhite(colour[c], colour[3]);
        break;
      }
      case Colours::kCmyk:
        for (int c = 0; c < 3; ++c)
          rgb[c] = static_cast<uint8_t>(std::max(0, 255 - in[3] - MulDiv255(in[c], 255 - in[3])));
        break;
    }
  }
}

bool HasAlpha(const Raster& raster) {
  if (raster.colours == Colours::kGrayAlpha || raster.colours == Colours::kRgba) return true;
  for (size_t i = 3; i < raster.palette.size(); i += 4)
    if (raster.palette[i] != 255) return true;
  return false;
}

}  // namespace

int Raster::Channels() const { return RowOf(colours).channels; }

Image RasterToImage(Raster raster, const std::string& source, const std::string& where) {
  const size_t pixels = static_cast<size_t>(raster.width) * raster.height;
  CHECK(raster.samples.size() == pixels * raster.Channels() * raster.BytesPerSample()) << source << " samples";
  Image image{.width = raster.width, .height = raster.height, .source = source};
  std::copy_n(raster.pixel_spacing_mm, 2, image.pixel_spacing_mm);
  ToEightBits(raster, image.operations);
  if (raster.colours == Colours::kRgb) {
    image.rgb = std::move(raster.samples);
  } else {
    image.rgb.resize(pixels * 3);
    ConvertPixels(raster, image.rgb.data(), where);
  }
  if (raster.colours == Colours::kCmyk) image.operations.push_back("CMYK to RGB");
  if (HasAlpha(raster)) image.operations.push_back("alpha composited on white");
  ApplyOrientation(image, raster.orientation);
  return image;
}

FileFacts FactsOfRaster(const Raster& raster, const std::string& format) {
  FileFacts facts{.format = format,
                  .rows = raster.height,
                  .columns = raster.width,
                  .frames = raster.frames,
                  .bits_stored = raster.bits_stored,
                  .photometric = RowOf(raster.colours).name};
  facts.pixel_sha256 = Sha256Hex({reinterpret_cast<const char*>(raster.samples.data()), raster.samples.size()});
  if (raster.pixel_spacing_mm[0] > 0) facts.pixel_spacing_mm = {raster.pixel_spacing_mm[0], raster.pixel_spacing_mm[1]};
  const std::vector<uint8_t>& samples = raster.samples;
  const auto extremes = raster.bits_stored == 32  ? ExtremesAs<float>(samples.data(), samples.size())
                        : raster.bits_stored > 8 ? ExtremesAs<uint16_t>(samples.data(), samples.size())
                                                 : ExtremesAs<uint8_t>(samples.data(), samples.size());
  if (extremes) {
    facts.value_min = extremes->first;
    facts.value_max = extremes->second;
  }
  return facts;
}

ImageReader RasterReader(const std::string& name, const std::string& help, bool (*detect)(std::string_view),
                         Raster (*decode)(std::string_view, const ImageOptions&, const std::string&)) {
  return {.name = name,
          .help = help,
          .detect = detect,
          .open = [=](std::string_view bytes, const ImageOptions& options,
                      const std::string& where) { return RasterToImage(decode(bytes, options, where), name, where); },
          .inspect = [=](std::string_view bytes,
                         const std::string& where) { return FactsOfRaster(decode(bytes, {}, where), name); }};
}

void RequireFirstFrame(const ImageOptions& options, const std::string& where) {
  if (options.frame != 0)
    throw Error(ErrorCode::kUsage,
                fmt::format("{}: frame {} was asked for, the file has one picture, frame 0.", where, options.frame));
}

}  // namespace lingshu
