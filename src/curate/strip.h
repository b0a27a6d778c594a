// Taking everything out of a picture file that is not picture, without touching its compressed data.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lingshu {

// JPEG (ITU-T T.81): keeps tables, frame and scans, JFIF and Adobe's colour transform; takes out Exif, XMP, ICC
// profiles, comments and whatever follows the end. nullopt when the segments are not as the standard says.
std::optional<std::string> StripJpeg(std::string_view bytes);

// PNG (ISO/IEC 15948): keeps the header, palette, transparency, physical size and image data.
std::optional<std::string> StripPng(std::string_view bytes);

}  // namespace lingshu
