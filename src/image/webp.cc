// WebP (RFC 9649) through libwebp: lossy and lossless, with alpha; of an animation the first frame on its canvas, through
// libwebpdemux.
#include <memory>

#include <fmt/format.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/byte_order.h"
#include "image/limits.h"
#include "image/orientation.h"
#include "image/raster.h"

namespace lingshu {
namespace {

bool DetectWebp(std::string_view prefix) {
  return prefix.size() >= 12 && prefix.starts_with("RIFF") && prefix.substr(8, 4) == "WEBP";
}

// The payload of the first RIFF chunk of that name, or "".
std::string_view FindChunk(std::string_view bytes, std::string_view name) {
  uint64_t i = 12;
  while (i + 8 <= bytes.size()) {
    const uint64_t length = ReadUint(bytes.data() + i + 4, 4);
    if (bytes.substr(i, 4) == name) return bytes.substr(i + 8, length);
    i += 8 + length + length % 2;
  }
  return {};
}

// The decoder keeps two canvases; each is bounded by CheckDimensions.
Raster DecodeFirstFrame(std::string_view bytes, const std::string& where) {
  const WebPData data{reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
  const std::unique_ptr<WebPAnimDecoder, void (*)(WebPAnimDecoder*)> decoder(WebPAnimDecoderNew(&data, nullptr),
                                                                            &WebPAnimDecoderDelete);
  WebPAnimInfo info;
  uint8_t* canvas = nullptr;
  int time_ms = 0;
  if (decoder == nullptr || !WebPAnimDecoderGetInfo(decoder.get(), &info) ||
      !WebPAnimDecoderGetNext(decoder.get(), &canvas, &time_ms))
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: the WebP data are damaged or cut.", where));
  Raster raster{.width = static_cast<int>(info.canvas_width), .height = static_cast<int>(info.canvas_height),
                .colours = Colours::kRgba};
  raster.frames = info.frame_count;
  raster.samples.assign(canvas, canvas + size_t(raster.width) * raster.height * 4);
  raster.orientation = ExifOrientation(FindChunk(bytes, "EXIF"));
  return raster;
}

Raster DecodeWebp(std::string_view bytes, const ImageOptions& options, const std::string& where) {
  RequireFirstFrame(options, where);
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data, bytes.size(), &features) != VP8_STATUS_OK)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: not a readable WebP header.", where));
  CheckDimensions(features.width, features.height, where);
  if (features.has_animation) {
    CheckExpansion(int64_t{features.width} * features.height * 4, bytes.size(), where);
    return DecodeFirstFrame(bytes, where);
  }
  Raster raster{.width = features.width,
                .height = features.height,
                .colours = features.has_alpha ? Colours::kRgba : Colours::kRgb};
  raster.orientation = ExifOrientation(FindChunk(bytes, "EXIF"));
  const int stride = raster.width * raster.Channels();
  CheckExpansion(int64_t{stride} * raster.height, bytes.size(), where);
  raster.samples.resize(size_t(stride) * raster.height);
  const auto decode = features.has_alpha ? &WebPDecodeRGBAInto : &WebPDecodeRGBInto;
  if (decode(data, bytes.size(), raster.samples.data(), raster.samples.size(), stride) == nullptr)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: the WebP data are damaged or cut.", where));
  return raster;
}

const Register<ImageReader> kWebp(RasterReader("webp", "WebP, lossy and lossless (RFC 9649)", &DetectWebp,
                                               &DecodeWebp));

}  // namespace
}  // namespace lingshu
