// The modality of DICOM (0008,0060) by the names that questions and tables use.
#pragma once

#include <string>
#include <string_view>

namespace lingshu {

// "CT" to "CT", "MR" to "MRI", "DX" to "X-ray" (kModalities of image.h); "" for codes of none of the twelve.
std::string ModalityName(std::string_view code);

}  // namespace lingshu
