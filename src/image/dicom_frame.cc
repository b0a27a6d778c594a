// Native pixel data are unpacked here; encapsulated frames are put together from fragments and handed to a FrameCodec.
#include "image/dicom_frame.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/byte_order.h"
#include "image/decoder.h"
#include "image/dicom_object.h"
#include "image/limits.h"
#include "image/dicom_tags.h"
#include "image/pixel_loops.h"

namespace lingshu {

template <typename Wire>
void Carry(Wire& wire, PixelModule& module) {
  auto& [rows, columns, samples_per_pixel, bits_allocated, bits_stored, high_bit, is_signed, is_planar, is_float, frames,
         photometric] = module;
  wire(rows, columns, samples_per_pixel, bits_allocated, bits_stored, high_bit, is_signed, is_planar, is_float, frames,
       photometric);
}

template <typename Wire>
void Carry(Wire& wire, StoredFrame& frame) {
  auto& [samples, photometric, precision, is_sign_extended] = frame;
  wire(samples, photometric, precision, is_sign_extended);
}

namespace {

constexpr int64_t kMaxFrames = 1 << 24;

int RequiredWord(const DicomDataset& dataset, uint32_t tag, const char* name, const std::string& where) {
  const std::optional<int64_t> value = dataset.Integer(tag);
  if (!value) throw Error(ErrorCode::kCorrupt, fmt::format("{}: DICOM pixel data without {}.", where, name));
  return static_cast<int>(*value);
}

void CheckBits(PixelModule& module, const std::string& where) {
  const auto is_one_of = [&](std::initializer_list<int> values) {
    return std::count(values.begin(), values.end(), module.bits_allocated) > 0;
  };
  if (module.is_float ? !is_one_of({32, 64}) : !is_one_of({1, 8, 16, 32}))
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: DICOM Bits Allocated is {}; known are 1, 8, 16 and 32, and 64 for floating point.",
                            where, module.bits_allocated));
  if (module.bits_stored < 1 || module.bits_stored > module.bits_allocated)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: DICOM Bits Stored is {} of {} allocated.", where,
                                                 module.bits_stored, module.bits_allocated));
  if (module.high_bit >= module.bits_allocated || module.high_bit < module.bits_stored - 1)
    module.high_bit = module.bits_stored - 1;
}

// Where each frame begins, in bytes from the first fragment's item header (PS3.5 A.4); empty when the file has no
// table.
std::vector<uint64_t> FrameOffsets(const DicomFile& file) {
  std::vector<uint64_t> offsets;
  const std::string_view extended = file.dataset.Bytes(kTagExtendedOffsetTable);
  const std::string_view table = extended.empty() ? file.offset_table : extended;
  const int width = extended.empty() ? 4 : 8;
  for (size_t i = 0; i + width <= table.size(); i += width) offsets.push_back(ReadUint(table.data() + i, width));
  return offsets;
}

bool EndsJpeg(std::string_view fragment) {
  const std::string_view tail = fragment.substr(fragment.size() < 10 ? 0 : fragment.size() - 10);
  return tail.find("\xFF\xD9") != std::string_view::npos;
}

// The index of each frame's first fragment. One frame: all fragments. As many fragments as frames: one each. Else the
// offset table decides, or, for JPEG streams, their end markers.
std::vector<size_t> FrameStarts(const DicomFile& file, int64_t frames, const std::string& where) {
  const size_t n = file.fragments.size();
  std::vector<size_t> starts = {0};
  if (frames == 1) return starts;
  if (static_cast<int64_t>(n) == frames) {
    for (size_t i = 1; i < n; ++i) starts.push_back(i);
    return starts;
  }
  const std::vector<uint64_t> offsets = FrameOffsets(file);
  uint64_t position = 0;
  for (size_t i = 0; i < n; ++i) {
    const bool is_start = offsets.empty() ? i > 0 && EndsJpeg(file.fragments[i - 1])
                                          : starts.size() < offsets.size() && position == offsets[starts.size()];
    if (i > 0 && is_start) starts.push_back(i);
    position += 8 + file.fragments[i].size();
  }
  if (static_cast<int64_t>(starts.size()) != frames)
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: {} DICOM frames cannot be told apart in {} fragments.", where, frames, n));
  return starts;
}

// The compressed stream of a frame: its fragment, or all of them in `joined`.
std::string_view FrameStream(const DicomFile& file, int64_t frames, int64_t frame, std::string& joined, const std::string& where) {
  if (file.fragments.empty())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: DICOM pixel data without fragments.", where));
  const std::vector<size_t> starts = FrameStarts(file, frames, where);
  const size_t first = starts[frame], end = frame + 1 < frames ? starts[frame + 1] : file.fragments.size();
  if (end == first + 1) return file.fragments[first];
  for (size_t i = first; i < end; ++i) joined += file.fragments[i];
  return joined;
}

StoredFrame DecodeStream(std::string_view stream, const PixelModule& module, const std::string& transfer_syntax,
                         const std::string& where) {
  std::vector<std::string> names;
  constexpr std::string_view kJpegs = "1.2.840.10008.1.2.4.";  // with 50 to 81: JPEG and JPEG-LS, all of which begin with a marker
  const bool is_jpeg = transfer_syntax.starts_with(kJpegs) && transfer_syntax.size() == kJpegs.size() + 2 && transfer_syntax[kJpegs.size()] < '9';
  if (is_jpeg && !stream.starts_with("\xFF\xD8"))
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: a frame of the transfer syntax {} begins with no marker of it.", where, transfer_syntax));
  for (const FrameCodec& codec : Registry<FrameCodec>::Get().All()) {
    names.push_back(codec.name);
    if (!codec.accepts(transfer_syntax, stream)) continue;
    CheckExpansion(module.FrameBytes(), static_cast<int64_t>(stream.size()), where);
    StoredFrame out{.photometric = module.photometric};
    out.samples.resize(module.FrameBytes());
    if (!codec.fills_everything) std::fill(out.samples.begin(), out.samples.end(), uint8_t{0});
    codec.decode(stream, module, transfer_syntax, out, where);
    return out;
  }
  throw Error(ErrorCode::kUnsupported,
              fmt::format("{}: DICOM transfer syntax {} is not read by this build.\nKnown decoders: {}.", where,
                          transfer_syntax, JoinStrings(names, ", ")));
}

// Where a whole file is not decoded in a decoder process, as in a series, its compressed streams are.
const Decoder kDecodeStream("dicom_stream", kPictureLimits, &DecodeStream);

StoredFrame DecodeEncapsulated(const DicomFile& file, const PixelModule& module, int64_t frame, const std::string& where) {
  std::string joined;
  StoredFrame out = kDecodeStream(FrameStream(file, module.frames, frame, joined, where), module, file.transfer_syntax, where);
  if (static_cast<int64_t>(out.samples.size()) != module.FrameBytes())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: a decoder gave {} bytes, {} expected.", where, out.samples.size(),
                                                 module.FrameBytes()));
  return out;
}

void UnpackBits(std::string_view bytes, int64_t first_bit, RawSamples& samples) {
  for (size_t i = 0; i < samples.size(); ++i) {
    const int64_t bit = first_bit + static_cast<int64_t>(i);
    samples[i] = (static_cast<uint8_t>(bytes[bit / 8]) >> (bit % 8)) & 1;
  }
}

// Y1 Y2 Cb Cr to Y1 Cb Cr Y2 Cb Cr (PS3.3 C.7.6.3.1.2).
void Expand422(std::string_view bytes, RawSamples& samples) {
  for (size_t i = 0; i < samples.size() / 6; ++i) {
    const auto* in = reinterpret_cast<const uint8_t*>(bytes.data()) + 4 * i;
    const uint8_t two[6] = {in[0], in[2], in[3], in[1], in[2], in[3]};
    std::memcpy(samples.data() + 6 * i, two, 6);
  }
}

void Interleave(const PixelModule& module, RawSamples& samples) {
  const size_t width = module.BytesPerSample(), pixels = samples.size() / width / module.samples_per_pixel;
  const RawSamples planes = samples;
  for (int c = 0; c < module.samples_per_pixel; ++c)
    for (size_t i = 0; i < pixels; ++i)
      std::memcpy(samples.data() + (i * module.samples_per_pixel + c) * width, planes.data() + (c * pixels + i) * width,
                  width);
}

void DecodeNative(const DicomFile& file, const PixelModule& module, int64_t frame, StoredFrame& out,
                  const std::string& where) {
  const uint32_t tag = !module.is_float              ? kTagPixelData
                       : module.bits_allocated == 32 ? kTagFloatPixelData
                                                     : kTagDoubleFloatPixelData;
  const bool is_422 = module.photometric == "YBR_FULL_422" || module.photometric == "YBR_PARTIAL_422";
  const int64_t frame_bits = module.NumSamples() * module.bits_allocated * (is_422 ? 2 : 3) / 3;
  // Both factors are bounded (128 Mpx * 3 * 64 bits, 2^24 frames): no overflow.
  const int64_t expected = (frame_bits * module.frames + 7) / 8;
  std::string_view bytes = file.dataset.Bytes(tag);
  if (static_cast<int64_t>(bytes.size()) < expected)
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: DICOM pixel data of {} bytes, {} expected for {} frames of {}x{}.", where,
                            bytes.size(), expected, module.frames, module.columns, module.rows));
  std::string swapped;
  const int swap = !file.dataset.IsBigEndian()    ? 1
                   : module.bits_allocated > 8    ? module.bits_allocated / 8
                   : file.dataset.IsVr(tag, "OW") ? 2
                                                  : 1;
  if (swap > 1) {
    swapped = bytes.substr(0, bytes.size() / swap * swap);
    for (size_t i = 0; i < swapped.size(); i += swap) std::reverse(swapped.begin() + i, swapped.begin() + i + swap);
    bytes = swapped;
  }
  if (module.bits_allocated == 1) {
    out.samples.resize(module.FrameBytes());
    return UnpackBits(bytes, frame * frame_bits, out.samples);
  }
  bytes.remove_prefix(frame * frame_bits / 8);
  if (is_422) {
    out.samples.resize(module.FrameBytes());
    return Expand422(bytes, out.samples);
  }
  out.samples.resize(module.FrameBytes());
  std::memcpy(out.samples.data(), bytes.data(), out.samples.size());
  if (module.is_planar) Interleave(module, out.samples);
}

// Bits above bits_stored may hold anything (overlays, in old files) and a signed value may lack its sign there: both
// are put right, so that a sample is its value in the allocated width. A compressed stream that holds no bits as high as
// High Bit holds the values unshifted; JPEG 2000 and JPEG-LS are left as decoded, where a lossy value may be above the
// range of bits_stored.
void NormalizeBits(const PixelModule& module, int precision, bool is_sign_extended, uint8_t* samples, size_t num_bytes) {
  if (module.is_float || module.bits_allocated == 1 || module.bits_stored == module.bits_allocated) return;
  const bool is_unshifted = precision != 0 && precision <= module.high_bit;
  const int high_bit = is_unshifted ? module.bits_stored - 1 : module.high_bit;
  if (is_sign_extended && high_bit == module.bits_stored - 1) return;
  const int width = module.BytesPerSample();
  KeepBits(samples, num_bytes, width, 8 * width - (high_bit + 1), 8 * width - module.bits_stored, module.is_signed);
}

}  // namespace

PixelModule ReadPixelModule(const DicomFile& file, const std::string& where) {
  const DicomDataset& dataset = file.dataset;
  const bool is_float = dataset.Has(kTagFloatPixelData) || dataset.Has(kTagDoubleFloatPixelData);
  if (!is_float && !file.is_encapsulated && !dataset.Has(kTagPixelData))
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: {}", where, DescribeWithoutPixels(dataset)));
  if (is_float && file.is_encapsulated)
    throw Error(ErrorCode::kCorrupt, where + ": DICOM floating-point pixels beside compressed ones.");
  PixelModule module{.rows = RequiredWord(dataset, kTagRows, "Rows", where),
                     .columns = RequiredWord(dataset, kTagColumns, "Columns", where),
                     .is_float = is_float};
  CheckDimensions(module.columns, module.rows, where, kMaxFramePixels);
  module.samples_per_pixel = static_cast<int>(dataset.Integer(kTagSamplesPerPixel).value_or(1));
  if (module.samples_per_pixel != 1 && module.samples_per_pixel != 3)
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: DICOM Samples per Pixel is {}; known are 1 and 3.", where, module.samples_per_pixel));
  module.bits_allocated = RequiredWord(dataset, kTagBitsAllocated, "Bits Allocated", where);
  module.bits_stored = static_cast<int>(dataset.Integer(kTagBitsStored).value_or(module.bits_allocated));
  module.high_bit = static_cast<int>(dataset.Integer(kTagHighBit).value_or(module.bits_stored - 1));
  CheckBits(module, where);
  if (module.bits_allocated == 1 && module.samples_per_pixel != 1)
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: DICOM colour of one bit a sample.", where));
  module.is_signed = dataset.Integer(kTagPixelRepresentation).value_or(0) == 1;
  module.is_planar = module.samples_per_pixel == 3 && dataset.Integer(kTagPlanarConfiguration).value_or(0) == 1;
  module.frames = dataset.Integer(kTagNumberOfFrames).value_or(1);
  if (module.frames == 0) module.frames = 1;  // written by some senders of single pictures
  if (module.frames < 0 || module.frames > kMaxFrames)
    throw Error(ErrorCode::kTooLarge,
                fmt::format("{}: DICOM Number of Frames is {}; the limit is {}.", where, module.frames, kMaxFrames));
  module.photometric = dataset.Text(kTagPhotometricInterpretation);
  if ((module.photometric == "YBR_FULL_422" || module.photometric == "YBR_PARTIAL_422") && !file.is_encapsulated &&
      (module.bits_allocated != 8 || module.samples_per_pixel != 3 || module.columns % 2 != 0))
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: DICOM {} needs three samples of 8 bits and an even number of columns.", where,
                            module.photometric));
  return module;
}

StoredFrame DecodeFrame(const DicomFile& file, const PixelModule& module, int64_t frame, const std::string& where) {
  if (frame < 0 || frame >= module.frames)
    throw Error(ErrorCode::kUsage, fmt::format("{}: frame {} was asked for, the file has frames 0 to {}.", where, frame,
                                               module.frames - 1));
  constexpr std::string_view kNative[] = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99",
                                          "1.2.840.10008.1.2.2"};
  if (!file.is_encapsulated && std::find(std::begin(kNative), std::end(kNative), file.transfer_syntax) == std::end(kNative))
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: native pixels in the transfer syntax {}, which is not known.", where,
                                                     file.transfer_syntax));
  StoredFrame out{.photometric = module.photometric};
  if (file.is_encapsulated) out = DecodeEncapsulated(file, module, frame, where);
  else DecodeNative(file, module, frame, out, where);
  NormalizeBits(module, out.precision, out.is_sign_extended, out.samples.data(), out.samples.size());
  return out;
}

std::optional<int64_t> NativePlace(const DicomFile& file, const PixelModule& module, int64_t frame, int64_t file_bytes) {
  const bool is_plain = file.transfer_syntax == "1.2.840.10008.1.2" || file.transfer_syntax == "1.2.840.10008.1.2.1";
  if (!is_plain || file.is_encapsulated || file.pixels_begin < 0 || module.bits_allocated == 1 || module.samples_per_pixel != 1)
    return std::nullopt;
  const int64_t end = file.pixels_begin + module.FrameBytes() * module.frames;  // bounded as in DecodeNative
  if (frame < 0 || frame >= module.frames || end > file.pixels_end || file.pixels_end > file_bytes) return std::nullopt;
  return file.pixels_begin + frame * module.FrameBytes();
}

void TidyNative(const PixelModule& module, uint8_t* samples, size_t num_bytes) {
  NormalizeBits(module, /*precision=*/0, /*is_sign_extended=*/false, samples, num_bytes);
}

JpegHeader ReadJpegHeader(std::string_view stream) {
  const auto byte = [&](size_t i) { return i < stream.size() ? static_cast<uint8_t>(stream[i]) : 0; };
  size_t i = 2;
  while (i + 9 < stream.size()) {
    if (byte(i) != 0xFF) return {};
    const int marker = byte(i + 1);
    if (marker == 0xFF) {  // fill bytes
      ++i;
      continue;
    }
    const bool is_frame =
        marker == 0xF7 || (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC);
    if (is_frame)
      return {marker, byte(i + 4), byte(i + 5) << 8 | byte(i + 6), byte(i + 7) << 8 | byte(i + 8), byte(i + 9)};
    i += 2 + (byte(i + 2) << 8 | byte(i + 3));
  }
  return {};
}

void RequireStreamSize(int rows, int columns, int components, const PixelModule& module, const std::string& where) {
  if (rows != module.rows || columns != module.columns || components != module.samples_per_pixel)
    throw Error(
        ErrorCode::kCorrupt,
        fmt::format("{}: the compressed frame is {}x{} with {} components, the DICOM data set says {}x{} with {}.",
                    where, columns, rows, components, module.columns, module.rows, module.samples_per_pixel));
}

}  // namespace lingshu
