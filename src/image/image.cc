// The modality table of image.h.
#include "image/image.h"

namespace lingshu {

const std::vector<std::string> kModalities = {
    "X-ray",          "CT",         "MRI",       "ultrasound",         "PET", "OCT", "fundus photography", "dermoscopy",
    "histopathology", "microscopy", "endoscopy", "digital photography"};

}  // namespace lingshu
