// Series: the DICOM files of a folder put together as volumes by their geometry, never by their names or numbers.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "image/volume.h"

namespace lingshu {

// One frame with a place: of a file with one picture, or of an enhanced multi-frame object.
struct SliceRef {
  std::string path;
  int64_t frame = 0;
  std::array<double, 3> position{};  // (0020,0032) of its first pixel, LPS mm
  double along_mm = 0;               // position along the normal of the plane
  int64_t acquisition_number = 0;
  int64_t instance_number = 0;
  uint64_t instance_hash = 0;  // of its SOP Instance UID
};

// Slices of one Series Instance UID, one orientation and one size, in order along the normal. Example of ToJson:
//   {"key": "3f9a…", "modality": "CT", "slices": 60, "volumes": 1, "rows": 512, "columns": 512,
//    "pixel_spacing_mm": [0.98, 0.98], "slice_spacing_mm": 3.27, "missing": 2, "duplicates": 1,
//    "problems": ["2 slices are missing: 2 after slice 14", "1 duplicate was left out"]}
struct DicomSeries {
  std::string key;       // 16 digits of a hash: the UID itself goes no further
  std::string modality;  // DICOM code
  int rows = 0;
  int columns = 0;
  std::array<double, 6> orientation{};  // (0020,0037): directions of a row and of a column, LPS
  std::array<double, 2> pixel_spacing_mm{1, 1};
  std::vector<SliceRef> slices;  // volumes * places; the places of the first volume, then of the next
  int64_t volumes = 1;
  std::vector<int64_t> places;  // on the even grid, of the slices of one volume: 0, 1, 4 has two missing
  double slice_spacing_mm = 0;  // 0: one slice
  int64_t duplicates = 0;       // same place, same pixels: left out
  std::vector<std::string> problems;

  int64_t Missing() const { return places.empty() ? 0 : places.back() + 1 - static_cast<int64_t>(places.size()); }
};
Json ToJson(const DicomSeries& series);

struct SeriesFolder {
  std::vector<DicomSeries> series;         // by number of slices, most first
  std::map<std::string, int64_t> skipped;  // reason to number of files
};

// Reads the headers of every file below a folder, a batch at a time on all threads; pixels are looked at only where two
// slices have one place. Files that are no DICOM, have no place in space, or cannot be read are counted by reason; no
// name of a file goes into a reason. A million files that are no slices take the memory of their directories' names, a
// slice takes about 300 bytes. Throws Error(kNotFound) when the folder is absent.
SeriesFolder FindSeries(const std::filesystem::path& folder);
// The same of one file: an enhanced multi-frame object is a series. Bytes of several files are never in memory at once.
SeriesFolder FindSeries(const std::vector<std::filesystem::path>& files);

// Decodes the slices on all threads: voxel (column, row, place), values after the modality scale, RAS affine. Integers
// stay as stored when all slices share one scale, else they become float32. Places without a slice hold NaN, or the
// least value. Throws as ReadImage; messages name no file.
Volume LoadSeries(const DicomSeries& series);

}  // namespace lingshu
