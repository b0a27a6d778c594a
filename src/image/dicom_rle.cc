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
#include "image/pixel_loops.h"

namespace lingshu {
namespace {

constexpr size_t kMaxSegments = 15;

uint64_t Word(std::string_view stream, size_t offset) { return ReadUint(stream.data() + offset, 4); }

// Writes `count` bytes. Returns false when the segment ends early. Runs are short: 16 bytes are copied at once where there
// is room on both sides, whatever the run's length.
bool UnpackSegment(std::string_view segment, uint8_t* out, size_t count) {
  const auto* in = reinterpret_cast<const uint8_t*>(segment.data());
  const uint8_t *in_end = in + segment.size(), *out_end = out + count;
  while (out < out_end) {
    if (in >= in_end) return false;
    const auto control = static_cast<int8_t>(*in++);
    if (control == -128) continue;
    if (control >= 0) {
      const size_t run = static_cast<size_t>(control) + 1;
      if (run > static_cast<size_t>(in_end - in)) return false;
      if (run <= 16 && in_end - in >= 16 && out_end - out >= 16) std::memcpy(out, in, 16);
      else std::memcpy(out, in, std::min<size_t>(run, out_end - out));
      in += run;
      out += std::min<size_t>(run, out_end - out);
    } else {
      if (in >= in_end) return false;
      const size_t run = std::min<size_t>(1 - control, out_end - out);
      if (out_end - out >= 16 && run <= 16) std::memset(out, *in, 16);
      else std::memset(out, *in, run);
      ++in;
      out += run;
    }
  }
  return true;
}

// Pixels of one bit are packed into bytes, least significant first.
void UnpackBits(const uint8_t* packed, RawSamples& samples) {
  for (size_t i = 0; i < samples.size(); ++i) samples[i] = (packed[i / 8] >> (i % 8)) & 1;
}

void DecodeRle(std::string_view stream, const PixelModule& module, std::string_view, StoredFrame& out,
               const std::string& where) {
  const size_t width = module.BytesPerSample(), step = width * module.samples_per_pixel, num_segments = step;
  const size_t pixels = size_t(module.rows) * module.columns;
  if (num_segments > kMaxSegments)
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: DICOM RLE of {} bytes a pixel; {} are possible.", where, num_segments, kMaxSegments));
  if (stream.size() < 64 || Word(stream, 0) != num_segments)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: a DICOM RLE frame has {} segments, {} expected.", where,
                                                 stream.size() < 64 ? 0 : Word(stream, 0), num_segments));
  const bool is_packed = module.bits_allocated == 1;
  const size_t count = is_packed ? (pixels + 7) / 8 : pixels;
  thread_local RawSamples planes;  // a thread's frames have about one size
  planes.resize(num_segments * count);
  for (size_t s = 0; s < num_segments; ++s) {
    const size_t begin = Word(stream, 4 + 4 * s);
    const size_t end = s + 1 < num_segments ? Word(stream, 8 + 4 * s) : stream.size();
    if (begin < 64 || begin > end || end > stream.size() ||
        !UnpackSegment(stream.substr(begin, end - begin), planes.data() + s * count, count))
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("{}: DICOM RLE segment {} ends early or lies outside its frame.", where, s));
  }
  if (is_packed) return UnpackBits(planes.data(), out.samples);
  // Plane s holds sample s / width, byte s % width counted from the most significant.
  const uint8_t* plane_of[kMaxSegments];
  for (size_t s = 0; s < step; ++s) plane_of[s / width * width + (width - 1 - s % width)] = planes.data() + s * pixels;
  InterleavePlanes(plane_of, static_cast<int>(step), pixels, out.samples.data());
}

// Frames as they are, or deflated: pixels packed as in native data.
void DecodeWhole(std::string_view stream, const PixelModule& module, std::string_view transfer_syntax, StoredFrame& out,
                 const std::string& where) {
  RawBytes inflated;
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
                                 .decode = &DecodeRle,
                                 .fills_everything = true});
const Register<FrameCodec> kWhole({.name = "whole",
                                   .help = "frames uncompressed or deflated, encapsulated",
                                   .accepts =
                                       [](std::string_view syntax, std::string_view) {
                                         return syntax == "1.2.840.10008.1.2.8.1" || syntax == "1.2.840.10008.1.2.1.98";
                                       },
                                   .decode = &DecodeWhole,
                                   .fills_everything = true});

}  // namespace
}  // namespace lingshu
