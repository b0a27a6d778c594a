// Image: pixels with their physical meaning. The first of the nine nouns; every reader makes one, every consumer takes
// one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace lingshu {

// 8-bit RGB, interleaved, row-major: what the model's preprocessor takes. Wider pixels have been windowed by the
// reader, and `operations` says how. Immutable once shared; views must not outlive it. Example: a CT slice at the brain
// preset
//   {.width = 512, .height = 512, .modality = "CT", .pixel_spacing_mm = {0.49, 0.49}, .source = "dicom",
//    .operations = {"rescale slope 1 intercept -1024", "window center 40 width 80"}}
struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;             // height * width * 3
  std::string modality;                 // one of kModalities' names, or "" when unknown
  double pixel_spacing_mm[2] = {0, 0};  // row, column; 0 when unknown
  std::string source;                   // reader's name: "jpeg", "dicom", "nifti", "phantom:ct"
  std::vector<std::string> operations;  // what was done from stored values to these pixels, in order

  const uint8_t* Pixel(int x, int y) const { return rgb.data() + 3 * (static_cast<size_t>(y) * width + x); }
  uint8_t* Pixel(int x, int y) { return rgb.data() + 3 * (static_cast<size_t>(y) * width + x); }
};

using ImagePtr = std::shared_ptr<const Image>;

// The twelve modalities of the paper (§1, "over 12"), by the names used in questions, samples and tables.
extern const std::vector<std::string> kModalities;
// = {"X-ray", "CT", "MRI", "ultrasound", "PET", "OCT", "fundus photography", "dermoscopy", "histopathology",
// "microscopy",
//    "endoscopy", "digital photography"}

}  // namespace lingshu
