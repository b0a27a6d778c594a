// FreeSurfer's MGH and MGZ volumes (surfer.nmr.mgh.harvard.edu/fswiki/FsTutorial/MghFormat), big-endian, plain or
// gzipped.
//
//   0   int32 version (1)           24  int32 degrees of freedom        42  float32 direction cosines, x y z of each
//   axis 4   int32 width height depth    28  int16 goodRASFlag               78  float32 RAS coordinates of the middle
//       and frames                  30  float32 voxel sizes             284 voxels
//   20  int32 type: 0 uint8, 1 int32, 3 float32, 4 int16
#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/byte_order.h"
#include "image/inflate.h"
#include "image/limits.h"
#include "image/pixel_loops.h"
#include "image/volume.h"

namespace lingshu {
namespace {

constexpr size_t kHeader = 284;

int64_t Int32(std::string_view bytes, size_t at) {
  return static_cast<int32_t>(ReadUint(bytes.data() + at, 4, /*is_big_endian=*/true));
}
float Float32(std::string_view bytes, size_t at) {
  return std::bit_cast<float>(static_cast<uint32_t>(ReadUint(bytes.data() + at, 4, true)));
}

std::optional<VoxelType> TypeOf(int64_t code) {
  switch (code) {
    case 0:
      return VoxelType::kUint8;
    case 1:
      return VoxelType::kInt32;
    case 3:
      return VoxelType::kFloat32;
    case 4:
      return VoxelType::kInt16;
    default:
      return std::nullopt;
  }
}

// There is no magic number; version, type, flag and positive sizes together are one.
bool IsMgh(std::string_view bytes) {
  if (bytes.size() < kHeader || Int32(bytes, 0) != 1 || !TypeOf(Int32(bytes, 20)) ||
      ReadUint(bytes.data() + 28, 2, true) > 1)
    return false;
  for (size_t i = 0; i < 4; ++i)
    if (Int32(bytes, 4 + 4 * i) < 1) return false;
  return true;
}

bool DetectMgh(std::string_view prefix) { return IsMgh(prefix) || IsMgh(InflateGzipPrefix(prefix, kHeader)); }

// float32 throughout, as FreeSurfer and nibabel compute it.
void ReadGeometry(std::string_view bytes, Volume& volume, const std::string& where) {
  const bool is_given = ReadUint(bytes.data() + 28, 2, true) == 1;
  constexpr float kCoronal[9] = {-1, 0, 0, 0, 0, -1, 0, 1, 0};  // what FreeSurfer assumes otherwise
  std::array<float, 3> middle{};
  for (int row = 0; row < 3; ++row) {
    double shift = 0;
    for (int axis = 0; axis < 3; ++axis) {
      const float size = is_given ? Float32(bytes, 30 + 4 * axis) : 1,
                  cosine = is_given ? Float32(bytes, 42 + 12 * axis + 4 * row) : kCoronal[3 * axis + row];
      const float step = cosine * size;
      volume.pixdim[axis] = std::abs(size);
      volume.affine[4 * row + axis] = step;
      shift += static_cast<double>(step) * static_cast<double>(volume.shape[axis]);
    }
    middle[row] = is_given ? Float32(bytes, 78 + 4 * row) : 0;
    volume.affine[4 * row + 3] = static_cast<float>(middle[row] - shift / 2);
  }
  volume.affine[15] = 1;
  for (const double value : volume.affine)
    if (!std::isfinite(value))
      throw Error(ErrorCode::kNonFinite, fmt::format("{}: the MGH geometry is not finite.", where));
}

Volume ReadMgh(std::string_view bytes, const std::string& where) {
  const bool is_gzip = bytes.starts_with("\x1F\x8B");
  const RawBytes header = is_gzip ? InflateGzipPrefix(bytes, kHeader) : RawBytes(bytes.substr(0, kHeader));
  if (!IsMgh(header)) throw Error(ErrorCode::kCorrupt, fmt::format("{}: an MGH header cut short.", where));
  Volume volume;
  for (size_t i = 0; i < (Int32(header, 16) > 1 ? 4 : 3); ++i) volume.shape.push_back(Int32(header, 4 + 4 * i));
  volume.type = *TypeOf(Int32(header, 20));
  const int64_t num_bytes = CheckedVolumeBytes(volume.shape, volume.type, where);
  ReadGeometry(header, volume, where);
  RawBytes inflated;
  if (is_gzip) {
    CheckExpansion(num_bytes, static_cast<int64_t>(bytes.size()), where);
    inflated = InflateGzipPrefix(bytes, static_cast<int64_t>(kHeader) + num_bytes);
    bytes = inflated;
  }
  if (static_cast<int64_t>(bytes.size() - kHeader) < num_bytes)
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: MGH voxels take {} bytes, {} are there.", where, num_bytes, bytes.size() - kHeader));
  volume.voxels.resize(num_bytes);
  CopySwapped(bytes.data() + kHeader, num_bytes, BytesOf(volume.type), volume.voxels.data());
  return volume;
}

const Register<ImageReader> kMgh(
    {.name = "mgh",
     .help = "FreeSurfer volumes, .mgh and .mgz",
     .detect = &DetectMgh,
     .open = [](std::string_view bytes, const ImageOptions& options,
                const std::string& where) { return RenderSlice(ReadMgh(bytes, where), options, "mgh", where); },
     .inspect = [](std::string_view bytes,
                   const std::string& where) { return FactsOfVolume(ReadMgh(bytes, where), "mgh"); },
     .volume = &ReadMgh});

}  // namespace
}  // namespace lingshu
