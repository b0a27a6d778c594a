// DICOM RLE Lossless (PS3.5 Annex G): a header of 64 bytes with up to 15 segment offsets, then one PackBits segment for
// each byte of each sample, most significant first (of eight pixels, where they have one bit). Also the frame-wise
// deflate of PS3.5 A.4.15 and the encapsulated uncompressed syntax.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/byte_order.h"
#include "image/dicom_frame.h"
#include "image/inflate.h"

namespace lingshu {
namespace {

uint64_t Word(std::string_view stream, size_t offset) { return ReadUint(stream.data() + offset, 4); }

// Writes `count` bytes at out, out + step, … Returns false when the segment ends early.
bool UnpackSegment(std::string_view in, uint8_t* out, size_t step, size_t count) {
  size_t i = 0, n = 0;
  while (n < count) {
    if (i >= in.size()) return false;
    const auto control = static_cast<int8_t>(in[i++]);
    if (control == -128) continue;
    const size_t run = control >= 0 ? control + 1 : 1 - control;
    if (i + (control >= 0 ? run : 1) > in.size()) return false;
    for (size_t k = 0; k < run && n < count; ++k, ++n)
      out[n * step] = static_cast<uint8_t>(control >= 0 ? in[i + k] : in[i]);
    i += control >= 0 ? run : 1;
  }
  return true;
}

// Pixels of one bit are packed into bytes, least significant first.
void UnpackBits(const uint8_t* packed, std::vector<uint8_t>& samples) {
  for (size_t i = 0; i < samples.size(); ++i) samples[i] = (packed[i / 8] >> (i % 8)) & 1;
}

void DecodeRle(std::string_view stream, const PixelModule& module, std::string_view, StoredFrame& out,
               const std::string& where) {
  const size_t width = module.BytesPerSample(), step = width * module.samples_per_pixel, num_segments = step;
  const size_t pixels = size_t(module.rows) * module.columns;
  if (stream.size() < 64 || Word(stream, 0) != num_segments)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: a DICOM RLE frame has {} segments, {} expected.", where,
                                                 stream.size() < 64 ? 0 : Word(stream, 0), num_segments));
  const bool is_packed = module.bits_allocated == 1;
  std::vector<uint8_t> packed(is_packed ? (pixels + 7) / 8 : 0);
  const size_t count = is_packed ? packed.size() : pixels;
  for (size_t s = 0; s < num_segments; ++s) {
    const size_t begin = Word(stream, 4 + 4 * s);
    const size_t end = s + 1 < num_segments ? Word(stream, 8 + 4 * s) : stream.size();
    // Segment s holds sample s / width, byte s % width counted from the most significant.
    uint8_t* first = is_packed ? packed.data() : out.samples.data() + s / width * width + (width - 1 - s % width);
    if (begin < 64 || begin > end || end > stream.size() ||
        !UnpackSegment(stream.substr(begin, end - begin), first, step, count))
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("{}: DICOM RLE segment {} ends early or lies outside its frame.", where, s));
  }
  if (is_packed) UnpackBits(packed.data(), out.samples);
}

// Frames as they are, or deflated: pixels packed as in native data.
void DecodeWhole(std::string_view stream, const PixelModule& module, std::string_view transfer_syntax, StoredFrame& out,
                 const std::string& where) {
  std::string inflated;
  const int64_t expected = (module.NumSamples() * module.bits_allocated + 7) / 8;
  if (transfer_syntax == "1.2.840.10008.1.2.8.1") {
    inflated = InflateRaw(stream, expected + 16, where);
    stream = inflated;
  }
  if (static_cast<int64_t>(stream.size()) < expected)
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: a DICOM frame of {} bytes, {} expected.", where, stream.size(), expected));
  if (module.bits_allocated == 1) return UnpackBits(reinterpret_cast<const uint8_t*>(stream.data()), out.samples);
  std::memcpy(out.samples.data(), stream.data(), out.samples.size());
}

const Register<FrameCodec> kRle({.name = "rle",
                                 .help = "RLE Lossless (PS3.5 Annex G)",
                                 .accepts = [](std::string_view syntax,
                                               std::string_view) { return syntax == "1.2.840.10008.1.2.5"; },
                                 .decode = &DecodeRle});
const Register<FrameCodec> kWhole({.name = "whole",
                                   .help = "frames uncompressed or deflated, encapsulated",
                                   .accepts =
                                       [](std::string_view syntax, std::string_view) {
                                         return syntax == "1.2.840.10008.1.2.8.1" || syntax == "1.2.840.10008.1.2.1.98";
                                       },
                                   .decode = &DecodeWhole});

}  // namespace
}  // namespace lingshu
