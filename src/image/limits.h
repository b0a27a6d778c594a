// Limits on pictures, checked from headers before anything is allocated: a few hundred bytes must not cost gigabytes.
#pragma once

#include <cstdint>
#include <string>

namespace lingshu {

inline constexpr int64_t kMaxSide = 16384;
inline constexpr int64_t kMaxPixels = 100'000'000;         // one raster picture
inline constexpr int64_t kMaxFramePixels = 128'000'000;    // one DICOM frame
inline constexpr int64_t kMaxVolumeBytes = 2'000'000'000;  // voxels of one volume, or an inflated data set
inline constexpr int64_t kMaxFileBytes = 2'000'000'000;

// Throws Error(kCorrupt) when a side is below 1, Error(kTooLarge) beyond kMaxSide or max_pixels. `where` names the
// file.
void CheckDimensions(int64_t width, int64_t height, const std::string& where, int64_t max_pixels = kMaxPixels);

// Throws Error(kCorrupt) when more than 64 MiB are promised by less than a 5,000th of them: no real encoder gets there,
// and a lying header is not worth the memory.
void CheckExpansion(int64_t decoded_bytes, int64_t encoded_bytes, const std::string& where);

}  // namespace lingshu
