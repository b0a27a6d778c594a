// The eight orientations of Exif as one mapping of pixels.
#include "image/orientation.h"

#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "image/byte_order.h"

namespace lingshu {
namespace {

// Bounded reads of a TIFF structure in its own byte order; out of range reads give 0.
struct TiffBytes {
  std::string_view bytes;
  bool is_big_endian;
  uint32_t At(uint64_t offset, int width) const {
    if (offset + width > bytes.size()) return 0;
    return static_cast<uint32_t>(ReadUint(bytes.data() + offset, width, is_big_endian));
  }
};

}  // namespace

int ExifOrientation(std::string_view exif) {
  if (exif.substr(0, 6) == std::string_view("Exif\0\0", 6)) exif.remove_prefix(6);
  const bool is_big_endian = exif.substr(0, 2) == "MM";
  if (!is_big_endian && exif.substr(0, 2) != "II") return 1;
  const TiffBytes tiff{exif, is_big_endian};
  const uint64_t directory = tiff.At(4, 4);
  const uint32_t count = tiff.At(directory, 2);
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t entry = directory + 2 + 12 * uint64_t{i};
    if (tiff.At(entry, 2) != 0x0112) continue;
    const uint32_t orientation = tiff.At(entry + 8, 2);
    return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
  }
  return 1;
}

void ApplyOrientation(Image& image, int orientation) {
  CHECK(orientation >= 1 && orientation <= 8) << "orientation " << orientation;
  if (orientation == 1) return;
  // 5…8 swap the axes; the stored column runs backwards in 2, 3, 7, 8 and the stored row in 3, 4, 6, 7.
  const bool is_transposed = orientation >= 5;
  const bool flips_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool flips_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image turned = image;
  if (is_transposed) {
    std::swap(turned.width, turned.height);
    std::swap(turned.pixel_spacing_mm[0], turned.pixel_spacing_mm[1]);
  }
  for (int y = 0; y < turned.height; ++y) {
    for (int x = 0; x < turned.width; ++x) {
      const int stored_x = is_transposed ? y : x;
      const int stored_y = is_transposed ? x : y;
      std::memcpy(turned.Pixel(x, y),
                  image.Pixel(flips_x ? image.width - 1 - stored_x : stored_x,
                              flips_y ? image.height - 1 - stored_y : stored_y),
                  3);
    }
  }
  turned.operations.push_back(fmt::format("exif orientation {}", orientation));
  image = std::move(turned);
}

}  // namespace lingshu
