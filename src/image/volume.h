// Volume: what readers of volumes have in common: a grid of voxels with an affine, and the one way from it to a slice.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "image/image.h"
#include "image/inspect.h"
#include "image/preset.h"
#include "image/raw_buffer.h"
#include "image/reader.h"

namespace lingshu {

enum class VoxelType {
  kUint8,
  kInt8,
  kUint16,
  kInt16,
  kUint32,
  kInt32,
  kUint64,
  kInt64,
  kFloat32,
  kFloat64,
  kRgb24,
  kRgba32
};
int BytesOf(VoxelType type);
// The least and the greatest of voxels as stored that are no NaN; absent for colours, and where there are none.
std::optional<std::pair<double, double>> StoredExtremes(VoxelType type, std::string_view voxels);

struct Volume {
  std::vector<int64_t> shape;  // 1 to 7 axes, fastest first; axes beyond the third are volumes of a series
  VoxelType type = VoxelType::kInt16;
  RawBytes voxels;     // little-endian, exactly the product of shape
  double scl_slope = 1;
  double scl_inter = 0;
  std::array<double, 16> affine{};  // voxel indices to RAS+ mm, row-major
  std::array<double, 3> pixdim{};   // mm along each voxel axis
  std::optional<Window> window;     // the file's own display range
  ValueFacts values;                // what the voxels measure, where the file says
  bool is_inverted = false;         // MONOCHROME1: low values are bright
  std::vector<std::string> notes;   // what a reader had to assume; goes with every picture of the volume

  int64_t Axis(size_t i) const { return i < shape.size() ? shape[i] : 1; }
  int64_t NumVoxels() const;
  double At(int64_t index) const;  // scaled value; colours give NaN
};

// The product of a shape in 64 bits, times the bytes of a voxel. Throws Error(kCorrupt) for axes below 1,
// Error(kTooLarge) beyond the limits of limits.h.
int64_t CheckedVolumeBytes(const std::vector<int64_t>& shape, VoxelType type, const std::string& where);

// How voxels become grey levels or colours: the preset, or the window, which is, in this order: the caller's, the
// file's, soft tissue (40/400) when values span Hounsfield units (below -900 and above 300), else percentiles of the
// volume. Throws Error(kUsage | kUnsupported).
Tone ToneOf(const Volume& volume, const ImageOptions& options, const std::string& where);

// The slices along the plane's normal.
int64_t NumSlices(const Volume& volume, Plane plane);
const char* PlaneName(Plane plane);

// A slice in the radiological view: axial with anterior up and the patient's right at the image's left, coronal with
// superior up and right at left, sagittal with superior up and anterior at left. Oblique volumes keep their grid: the
// plane is the nearest. Throws Error(kUsage) for a slice or volume that is not there.
Image DrawSlice(const Volume& volume, const ImageOptions& options, const Tone& tone, const std::string& source,
                const std::string& where);

// DrawSlice with ToneOf.
Image RenderSlice(const Volume& volume, const ImageOptions& options, const std::string& source,
                  const std::string& where);

FileFacts FactsOfVolume(const Volume& volume, const std::string& format);

}  // namespace lingshu
