// What the two kinds of objects with outlines, segmentations and structure sets, have in common: planes in space, the
// pictures that they belong to, and pieces of structures. Only structures.cc and its two readers include it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "image/dicom_dataset.h"
#include "image/mask.h"

namespace lingshu {

// Where the pixels of a picture lie: position of the first one, directions of a row and of a column, mm between rows and
// between columns.
struct PixelPlane {
  std::array<double, 3> position{};
  std::array<double, 6> orientation{};
  std::array<double, 2> spacing_mm{};

  std::array<double, 3> Normal() const;
  // Millimetres of a point from the plane, along the normal.
  double DistanceTo(const std::array<double, 3>& point) const;
  // Column and row of a point's foot on the plane, fractions included.
  std::array<double, 2> PixelOf(const std::array<double, 3>& point) const;
  std::array<double, 3> PointOf(double column, double row) const;
};
// Of one frame; absent when any part is missing or cannot be.
std::optional<PixelPlane> PlaneOf(const DicomDataset& dataset, int64_t frame);

struct Picture {
  std::string path, modality;
  int64_t frame = 0;
  int columns = 0, rows = 0;
  std::optional<PixelPlane> plane;
};

// The pictures of a folder, by instance and by place.
class PictureIndex {
 public:
  void Add(uint64_t instance_hash, Picture picture);
  // Of frame `frame` of an instance, or nullptr.
  const Picture* Find(uint64_t instance_hash, int64_t frame) const;
  // A picture in the plane itself, to 0.5 mm and 0.5 degrees, or nullptr. Where several are, the first.
  const Picture* FindInPlane(const PixelPlane& plane) const;

 private:
  std::vector<Picture> pictures_;
  std::unordered_multimap<uint64_t, size_t> by_instance_;
};

uint64_t InstanceHash(const DicomDataset& dataset, uint32_t tag);

// A label without what is no plain word: letters, digits, blanks and - _ ( ) , . / + % survive, 64 of them at most.
std::string CleanLabel(std::string_view text);

struct Piece {
  std::string label;
  const Picture* picture = nullptr;
  Mask mask;
};
using PieceSink = std::function<void(Piece)>;
using SkipCount = std::function<void(const char* reason)>;

// A segmentation. Throws as DecodeFrame.
void ReadSegmentation(const DicomFile& file, const PictureIndex& pictures, const PieceSink& sink, const SkipCount& skip);
// A structure set.
void ReadStructureSet(const DicomFile& file, const PictureIndex& pictures, const PieceSink& sink, const SkipCount& skip);

}  // namespace lingshu
