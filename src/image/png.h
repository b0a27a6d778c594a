// Writing PNG; reading goes through reader.h.
#pragma once

#include <string>

#include "image/image.h"

namespace lingshu {

// 8-bit RGB PNG, one fixed setting of filter and compression: the same pixels give the same bytes.
// Throws Error(kTooLarge) beyond the limits of limits.h.
std::string EncodePng(const Image& image);

}  // namespace lingshu
