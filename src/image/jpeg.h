// 8-bit JPEG to samples, for the JPEG reader and for JPEG frames inside DICOM and TIFF.
#pragma once

#include <string>
#include <string_view>

#include "image/raster.h"

namespace lingshu {

enum class JpegColours {
  kByMarkers,  // as JFIF and Adobe markers and component names say
  kAsStored,   // three components are RGB unless an Adobe marker says otherwise: DICOM with photometric interpretation
               // RGB
};

// Grey, RGB or CMYK samples. Throws Error(kCorrupt | kTooLarge | kUnsupported).
Raster DecodeJpegRaster(std::string_view bytes, JpegColours colours, const std::string& where);

}  // namespace lingshu
