// The one check of dimensions that every reader calls.
#include "image/limits.h"

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {

void CheckDimensions(int64_t width, int64_t height, const std::string& where, int64_t max_pixels) {
  if (width < 1 || height < 1)
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: expected at least 1x1 pixels, the header says {}x{}.", where, width, height));
  // Sides are bounded first, so the product cannot overflow.
  if (width > kMaxSide || height > kMaxSide || width * height > max_pixels)
    throw Error(ErrorCode::kTooLarge,
                fmt::format("{}: {}x{} pixels; the limits are {} a side and {} in all.\nHINT: scale it down, "
                            "or cut tiles from it.",
                            where, width, height, kMaxSide, max_pixels));
}

void CheckExpansion(int64_t decoded_bytes, int64_t encoded_bytes, const std::string& where) {
  if (decoded_bytes > (int64_t{64} << 20) && decoded_bytes / 5000 > encoded_bytes)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: the header promises {} bytes of pixels, {} bytes of data follow.",
                                                 where, decoded_bytes, encoded_bytes));
}

}  // namespace lingshu
