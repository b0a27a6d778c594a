// Phantoms: images of the twelve modalities drawn from physical or procedural models, with exact ground truth. They
// need no data set and no patient, so that training, evaluation and tests run anywhere and every answer can be checked.
//
// A phantom is two pure functions of a seed: DrawTruth decides what is in the picture and where, DrawPhantom paints it.
// Clearing `lesions` of a truth paints the same picture without its finding: elsewhere only what a finding displaces,
// shadows or blurs into differs.
//
// Left and right. X-ray, CT, MRI and PET are displayed by radiological convention: the patient's left is on the right
// of the image, and `side` ("left", "right", "left lobe") is the patient's. In the other modalities `side` ("left",
// "upper left") is the image's. In fundus photographs the optic disc of a right eye lies on the right of the image.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "image/image.h"

namespace lingshu {

// An ellipse in pixels whose border may undulate. y points down, angle in radians from x towards y; pixel (i, j) has
// its centre at (i, j). `wobble` is the relative depth of the undulation, `phase` its place around the border.
struct PhantomShape {
  double x = 0, y = 0;
  double radius_x = 0, radius_y = 0;
  double angle = 0;
  double wobble = 0, phase = 0;
};

// One instance of the finding: the part of `outline` that lies inside `within`, when that is set (radius_x > 0).
struct PhantomLesion {
  PhantomShape outline;
  PhantomShape within;
};

struct PhantomBox {
  int x = 0, y = 0, width = 0, height = 0;  // pixels; width 0 when there is no finding
};

// Example: {.modality = "CT", .seed = 7, .size = 128, .pixel_spacing_mm = 3.0, .organ = "liver", .plane = "axial",
//           .technique = "soft-tissue window", .finding = "cyst", .side = "right lobe", .size_class = "large",
//           .size_mm = 61, .count = 1, .lesions = {…}, .box = {31, 50, 20, 21}}
struct PhantomTruth {
  std::string modality;  // a name of kModalities
  uint64_t seed = 0;
  int scene = 0;   // which of the modality's scenes (organ and plane)
  int size = 128;  // width and height of the image
  double pixel_spacing_mm = 1;
  std::string organ;       // "liver"
  std::string plane;       // plane, projection or eye: "axial", "frontal", "right eye"; "" where it has no meaning
  std::string technique;   // "T2-weighted", "lung window"; "" where there is nothing to say
  std::string finding;     // "cyst"; "" is a normal picture
  std::string side;        // see above; "" without a finding, or where it has no side
  std::string size_class;  // "small" or "large"; "" where all have one size
  double size_mm = 0;      // diameter of the largest instance: the longest, or by area where it is clipped
  int count = 0;
  std::vector<PhantomLesion> lesions;  // `count` of them
  PhantomBox box;                      // encloses the mask
};

// The seed's lowest bit says whether there is a finding (1) or not (0): a caller can balance presence exactly.
// Throws Error(kUsage) for an unknown modality, Error(kTooLarge) for a size outside 112…160.
PhantomTruth DrawTruth(const std::string& modality, uint64_t seed, int size = 128);

// The picture: grey modalities have r = g = b. At most a few milliseconds; safe from any thread.
Image DrawPhantom(const PhantomTruth& truth);

// 255 inside the finding and 0 elsewhere, size × size, row-major.
std::vector<uint8_t> PhantomMask(const PhantomTruth& truth);

// A spec names a phantom: "phantom:<modality key>:<seed>", or "phantom:<modality key>:<seed>:<size>"; the keys are
//   x_ray ct mri ultrasound pet oct fundus dermoscopy histopathology microscopy endoscopy photography.
// These throw Error(kUsage) naming the known keys, or the form that was expected.
std::string PhantomSpec(const PhantomTruth& truth);
PhantomTruth TruthOfSpec(std::string_view spec);
Image DrawPhantomSpec(std::string_view spec);

}  // namespace lingshu
