// Exif orientation (CIPA DC-008, tag 0x0112): a camera's note of how the stored picture is to be turned.
#pragma once

#include <string_view>

#include "image/image.h"

namespace lingshu {

// The orientation 1…8 in a TIFF-structured Exif block, with or without the leading "Exif\0\0"; 1 when absent or
// malformed.
int ExifOrientation(std::string_view exif);

// Turns the pixels upright, as PIL.ImageOps.exif_transpose. REQUIRES: 1 <= orientation <= 8.
void ApplyOrientation(Image& image, int orientation);

}  // namespace lingshu
