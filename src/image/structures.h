// Structures that somebody has outlined, as masks on the pictures that they were outlined on: DICOM segmentations
// (PS3.3 C.8.20: binary, fractional, label maps) and radiotherapy structure sets (C.8.8.5, C.8.8.6).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "image/mask.h"

namespace lingshu {

// One structure on one picture. Example: {.object = "8f3a…", .label = "GTV mass", .path = "…/000031.dcm", .frame = 0,
//   .modality = "PET", .mask = {128 x 128}}
struct StructureOutline {
  std::string object;    // 16 digits of a hash of the segmentation's or structure set's UID
  std::string label;     // the structure's name in plain words
  std::string path;      // of the picture
  int64_t frame = 0;     // of the picture's file
  std::string modality;  // of the picture, by kModalities' names
  Mask mask;             // never empty
};

// Calls `each` with every outline of every object below the folder whose pictures are there too, object after object in
// the order of the files, structures and slices in the order of the object. A picture is found by the instance that the
// object refers to, else by its place in space; masks of another grid are resampled to the nearest pixel. Fractional
// segments count as inside from one half. Returns what was left out and why, with how often; no name of a file or a
// structure is in a reason. Throws Error(kNotFound) when the folder is absent.
std::map<std::string, int64_t> ForEachOutline(const std::filesystem::path& folder,
                                              const std::function<void(StructureOutline)>& each);

}  // namespace lingshu
