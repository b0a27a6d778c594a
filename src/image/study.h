// From whatever a hospital has (a picture, a DICOM file or a folder of them, a volume, a whole slide) to the pictures that
// a model is shown. render, generate and the server go through here, so that all of them show the same.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "image/image.h"
#include "image/reader.h"
#include "image/view.h"

namespace lingshu {

// kSingle: one slice, frame or overview. kMontage: several side by side. kFrames: the same ones, each a picture.
enum class StudyLayout { kSingle, kMontage, kFrames };
inline std::vector<std::string> EnumNames(StudyLayout*) { return {"single", "montage", "frames"}; }

// Example: {.image = {.plane = Plane::kCoronal, .preset = "lung"}, .layout = StudyLayout::kMontage, .slices = 9}
struct StudyView {
  ImageOptions image;
  StudyLayout layout = StudyLayout::kSingle;
  int series = 0;                                     // of a folder, counted from the one with most slices
  int slices = 9;                                     // of a montage or frames, at most; tiles of a slide
  SliceSampling sampling = SliceSampling::kUniform;
  std::vector<int> key_slices;                        // these and no others, in place of slices and sampling
  int columns = 0;                                    // of a montage; 0: as square as can be
  bool keeps_aspect = false;                          // leaves pixels that are not square as they are
  int level = 0;                                      // of a slide's tiles
  std::optional<double> mpp;                          // µm a pixel of a slide's tiles, in place of the level
  int tile_px = 512;
};

// At least one picture, all of one size where there are several. A cine loop is sampled like a volume; a slide gives its
// tiles with most tissue, or an overview alone. Throws Error(kUsage) for what the file does not have, else as ReadImage and
// ReadVolume.
std::vector<Image> ShowStudy(const std::filesystem::path& path, const StudyView& view);

}  // namespace lingshu
