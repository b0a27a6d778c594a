// One frame of a DICOM file as its stored values: decompressed, unpacked, interleaved, before any look-up table.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "image/dicom_dataset.h"
#include "image/raw_buffer.h"

namespace lingshu {

// The image pixel module (PS3.3 C.7.6.3), checked: rows * columns within the limits, bits consistent.
struct PixelModule {
  int rows = 0;
  int columns = 0;
  int samples_per_pixel = 1;  // 1 or 3
  int bits_allocated = 16;    // 1, 8, 16, 32 or 64
  int bits_stored = 16;
  int high_bit = 15;
  bool is_signed = false;
  bool is_planar = false;  // colour by plane
  bool is_float = false;   // (7FE0,0008) or (7FE0,0009)
  int64_t frames = 1;
  std::string photometric;

  // Of one unpacked frame: 1-bit pixels take a byte.
  int BytesPerSample() const { return bits_allocated <= 8 ? 1 : bits_allocated / 8; }
  int64_t NumSamples() const { return int64_t{rows} * columns * samples_per_pixel; }
  int64_t FrameBytes() const { return NumSamples() * BytesPerSample(); }
};

// Throws Error(kUnsupported) when the file holds no picture or one of a kind that is not read, Error(kCorrupt |
// kTooLarge) for values that cannot be.
PixelModule ReadPixelModule(const DicomFile& file, const std::string& where);

struct StoredFrame {
  RawSamples samples;            // FrameBytes(), little-endian, unused bits cleared or sign extended
  std::string photometric;       // the module's, or RGB where the decoder has converted
  int precision = 0;             // bits of a sample in the compressed stream, where the decoder says
  bool is_sign_extended = false;  // by the decoder, from the stream's own precision: nothing is left to put right
};

// REQUIRES: module is of this file. Throws Error(kUsage) for a frame that is not there, else as ReadPixelModule.
StoredFrame DecodeFrame(const DicomFile& file, const PixelModule& module, int64_t frame, const std::string& where);

// Where a frame's values lie in the file just as DecodeFrame gives them, but for unused bits: its first byte; else absent.
// For series, which read such frames right to their place. `file` is of ParseDicomHeader, file_bytes the file's size.
std::optional<int64_t> NativePlace(const DicomFile& file, const PixelModule& module, int64_t frame, int64_t file_bytes);
// Puts the unused bits of such values right, as DecodeFrame does.
void TidyNative(const PixelModule& module, uint8_t* samples, size_t num_bytes);

// A decoder of encapsulated frames.
struct FrameCodec {
  std::string name;
  std::string help;
  std::function<bool(std::string_view transfer_syntax, std::string_view stream)> accepts;
  // Fills out.samples (already of FrameBytes(), zeros unless fills_everything), and out.photometric where it changes.
  std::function<void(std::string_view stream, const PixelModule& module, std::string_view transfer_syntax,
                     StoredFrame& out, const std::string& where)>
      decode;
  bool fills_everything = false;  // or throws: a sample that it does not write would be whatever lay in memory
};

// Size and precision in the frame header (SOFn) of a JPEG or JPEG-LS stream; zeros when there is none.
struct JpegHeader {
  int marker = 0;  // 0xC0…0xCF or 0xF7
  int precision = 0;
  int rows = 0;
  int columns = 0;
  int components = 0;
};
JpegHeader ReadJpegHeader(std::string_view stream);

// Throws Error(kCorrupt) when a compressed stream has another size than its data set says.
void RequireStreamSize(int rows, int columns, int components, const PixelModule& module, const std::string& where);

}  // namespace lingshu
