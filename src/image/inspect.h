// What a picture file says of itself, without any identifier of a patient: the answer of `lingshu inspect FILE`.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace lingshu {

// Example: {.format = "dicom", .modality = "CT", .rows = 128, .columns = 128, .frames = 1, .bits_stored = 16,
//           .photometric = "MONOCHROME2", .transfer_syntax = "1.2.840.10008.1.2.1", .pixel_spacing_mm = {0.66, 0.66},
//           .pixel_sha256 = "…", .value_min = -896, .value_max = 1167}
struct FileFacts {
  std::string format;    // the reader's name
  std::string modality;  // DICOM (0008,0060), "" for other formats
  int64_t rows = 0;      // of one frame, or the second axis of a volume
  int64_t columns = 0;   // of one frame, or the first axis of a volume
  int64_t frames = 1;    // frames, pages, or slices times time points of a volume
  int bits_stored = 0;
  std::string photometric;      // DICOM (0028,0004); GRAY, RGB, RGBA, PALETTE, CMYK of other pictures; "" for volumes
  std::string transfer_syntax;  // the DICOM UID
  std::optional<std::array<double, 2>> pixel_spacing_mm;  // row, column; not at the detector
  // SHA-256 of the stored values of the first frame (of all voxels of a volume) after decompression and before any
  // look-up table: little-endian, of the allocated width (1-bit pixels as bytes), row by row, colours interleaved.
  // JPEG's YCbCr counts as the RGB that its decoder gives.
  std::string pixel_sha256;
  // Extremes of the same values after the modality table or rescale slope and intercept; NaN voxels do not count.
  std::optional<double> value_min, value_max;
  std::vector<int64_t> shape;                    // of a volume, fastest axis first
  std::optional<std::array<double, 16>> affine;  // voxel indices to RAS+ millimetres, row-major
};

// Absent facts are null.
Json ToJson(const FileFacts& facts);

// Decodes the first frame, or a whole volume. Throws as ReadImage.
FileFacts InspectImage(const std::filesystem::path& path);
FileFacts InspectBytes(std::string_view bytes, const std::string& where);

}  // namespace lingshu
