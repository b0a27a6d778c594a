// A frame of a parsed DICOM file as the model sees it.
#pragma once

#include <string>

#include "image/dicom_frame.h"
#include "image/image.h"
#include "image/reader.h"

namespace lingshu {

// Frame options.frame, by the rules of dicom_gray.h for one sample a pixel. REQUIRES: module is of this file. Throws as
// DecodeFrame, and Error(kUnsupported) for colours that are not known.
Image RenderFrame(const DicomFile& file, const PixelModule& module, const ImageOptions& options, const std::string& where);

}  // namespace lingshu
