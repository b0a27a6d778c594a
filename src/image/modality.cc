// Defined terms of PS3.3 C.7.3.1.1.1.
#include "image/modality.h"

#include <utility>
#include <vector>

namespace lingshu {

std::string ModalityName(std::string_view code) {
  static const std::vector<std::pair<std::string_view, std::string>> kNames = {{"CR", "X-ray"},
                                                                               {"DX", "X-ray"},
                                                                               {"RG", "X-ray"},
                                                                               {"MG", "X-ray"},
                                                                               {"IO", "X-ray"},
                                                                               {"PX", "X-ray"},
                                                                               {"XA", "X-ray"},
                                                                               {"RF", "X-ray"},
                                                                               {"CT", "CT"},
                                                                               {"MR", "MRI"},
                                                                               {"US", "ultrasound"},
                                                                               {"IVUS", "ultrasound"},
                                                                               {"PT", "PET"},
                                                                               {"OPT", "OCT"},
                                                                               {"IVOCT", "OCT"},
                                                                               {"OP", "fundus photography"},
                                                                               {"DMS", "dermoscopy"},
                                                                               {"GM", "microscopy"},
                                                                               {"SM", "histopathology"},
                                                                               {"ES", "endoscopy"},
                                                                               {"XC", "digital photography"}};
  for (const auto& [known, name] : kNames)
    if (known == code) return name;
  return "";
}

}  // namespace lingshu
