// NIfTI-1 and NIfTI-2 volumes, plain or gzipped, either byte order (nifti1.h, nifti2.h; Cox et al. 2004).
//
//   offset (1 / 2)   field            meaning
//   0 / 0            sizeof_hdr       348 or 540; tells the version and the byte order
//   40 / 16          dim[8]           int16 / int64: number of axes, then their sizes
//   70 / 12          datatype         voxel type
//   76 / 104         pixdim[8]        float32 / float64; pixdim[0] is qfac
//   108 / 168        vox_offset       float32 / int64
//   112, 116 / 176, 184  scl_slope, scl_inter
//   124, 128 / 192, 200  cal_max, cal_min
//   123 / 500        xyzt_units
//   252, 254 / 344, 348  qform_code, sform_code
//   256… / 352…      quatern b c d, qoffset x y z
//   280… / 400…      srow_x, srow_y, srow_z
//   344 / 4          magic            "n+1" / "n+2"
#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/inflate.h"
#include "image/limits.h"
#include "image/pixel_loops.h"
#include "image/reader.h"
#include "image/volume.h"

namespace lingshu {
namespace {

constexpr size_t kHeader1 = 348, kHeader2 = 540;

struct TypeRow {
  int code;
  VoxelType type;
};
constexpr TypeRow kTypes[] = {{2, VoxelType::kUint8},    {4, VoxelType::kInt16},     {8, VoxelType::kInt32},
                              {16, VoxelType::kFloat32}, {64, VoxelType::kFloat64},  {128, VoxelType::kRgb24},
                              {256, VoxelType::kInt8},   {512, VoxelType::kUint16},  {768, VoxelType::kUint32},
                              {1024, VoxelType::kInt64}, {1280, VoxelType::kUint64}, {2304, VoxelType::kRgba32}};

class Header {
 public:
  // REQUIRES: IsNifti(bytes).
  explicit Header(std::string_view bytes) : bytes_(bytes) {
    is_2_ = Read<int32_t>(0) == kHeader2 || Swapped(0) == kHeader2;
    is_swapped_ = Read<int32_t>(0) != (is_2_ ? kHeader2 : kHeader1);
  }

  // Fields by their offsets in the two versions; the types of version 1 are narrower.
  int64_t Int(size_t at1, size_t at2) const { return is_2_ ? Get<int64_t>(at2) : Get<int16_t>(at1); }
  double Real(size_t at1, size_t at2) const { return is_2_ ? Get<double>(at2) : Get<float>(at1); }
  int64_t Dim(int i) const { return Int(40 + 2 * i, 16 + 8 * i); }
  double Pixdim(int i) const { return Real(76 + 4 * i, 104 + 8 * i); }
  int Datatype() const { return Get<int16_t>(is_2_ ? 12 : 70); }
  int QformCode() const { return is_2_ ? Get<int32_t>(344) : Get<int16_t>(252); }
  int SformCode() const { return is_2_ ? Get<int32_t>(348) : Get<int16_t>(254); }
  double Quatern(int i) const { return Real(256 + 4 * i, 352 + 8 * i); }  // b c d, then the offsets x y z
  double Srow(int i) const { return Real(280 + 4 * i, 400 + 8 * i); }
  double VoxOffset() const { return is_2_ ? static_cast<double>(Get<int64_t>(168)) : Get<float>(108); }
  int Units() const { return is_2_ ? Get<int32_t>(500) & 7 : Get<uint8_t>(123) & 7; }
  bool IsSwapped() const { return is_swapped_; }
  size_t Size() const { return is_2_ ? kHeader2 : kHeader1; }

 private:
  template <typename T>
  T Read(size_t at) const {
    T value;
    std::memcpy(&value, bytes_.data() + at, sizeof value);
    return value;
  }
  int32_t Swapped(size_t at) const { return __builtin_bswap32(Read<int32_t>(at)); }
  template <typename T>
  T Get(size_t at) const {
    char raw[sizeof(T)];
    std::memcpy(raw, bytes_.data() + at, sizeof raw);
    if (is_swapped_) std::reverse(raw, raw + sizeof raw);
    T value;
    std::memcpy(&value, raw, sizeof value);
    return value;
  }

  std::string_view bytes_;
  bool is_2_ = false, is_swapped_ = false;
};

bool IsNifti(std::string_view bytes) {
  if (bytes.size() >= kHeader1 &&
      (bytes.substr(344, 4) == std::string_view("n+1\0", 4) || bytes.substr(344, 4) == std::string_view("ni1\0", 4)))
    return true;
  return bytes.size() >= kHeader2 &&
         (bytes.substr(4, 4) == std::string_view("n+2\0", 4) || bytes.substr(4, 4) == std::string_view("ni2\0", 4));
}

bool DetectNifti(std::string_view prefix) { return IsNifti(prefix) || IsNifti(InflateGzipPrefix(prefix, kHeader2)); }

// Method 2 of nifti1.h: a unit quaternion, voxel sizes, and offsets.
std::array<double, 16> QformAffine(const Header& header) {
  const double b = header.Quatern(0), c = header.Quatern(1), d = header.Quatern(2);
  const double a = std::sqrt(std::max(0.0, 1 - b * b - c * c - d * d));
  const double qfac = header.Pixdim(0) < 0 ? -1 : 1;
  const double size[3] = {header.Pixdim(1), header.Pixdim(2), header.Pixdim(3) * qfac};
  const double r[3][3] = {{a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)},
                          {2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)},
                          {2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c}};
  std::array<double, 16> affine{};
  for (int row = 0; row < 3; ++row) {
    for (int column = 0; column < 3; ++column) affine[4 * row + column] = r[row][column] * size[column];
    affine[4 * row + 3] = header.Quatern(3 + row);
  }
  affine[15] = 1;
  return affine;
}

// Neither transform is given: voxel sizes around the middle, x towards the left, as nibabel and the Analyze convention.
std::array<double, 16> BaseAffine(const Volume& volume) {
  std::array<double, 16> affine{};
  for (int axis = 0; axis < 3; ++axis) {
    const double size = volume.pixdim[axis] * (axis == 0 ? -1 : 1);
    affine[5 * axis] = size;
    affine[4 * axis + 3] = -size * (static_cast<double>(volume.Axis(axis)) - 1) / 2;
  }
  affine[15] = 1;
  return affine;
}

std::array<double, 16> AffineOf(const Header& header, const Volume& volume, const std::string& where) {
  std::array<double, 16> affine{};
  if (header.SformCode() > 0) {
    for (int i = 0; i < 12; ++i) affine[i] = header.Srow(i);
    affine[15] = 1;
  } else if (header.QformCode() > 0) {
    affine = QformAffine(header);
  } else {
    affine = BaseAffine(volume);
  }
  for (const double value : affine)
    if (!std::isfinite(value))
      throw Error(ErrorCode::kNonFinite, fmt::format("{}: the NIfTI affine is not finite.", where));
  return affine;
}

VoxelType TypeOf(const Header& header, const std::string& where) {
  for (const TypeRow& row : kTypes)
    if (row.code == header.Datatype()) return row.type;
  throw Error(
      ErrorCode::kUnsupported,
      fmt::format("{}: NIfTI datatype {}; known are integers of 8 to 64 bits, float32, float64, RGB24 and RGBA32.",
                  where, header.Datatype()));
}

// Everything but the voxels.
Volume ReadHeader(const Header& header, const std::string& where) {
  Volume volume;
  const int64_t num_axes = header.Dim(0);
  if (num_axes < 1 || num_axes > 7)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: NIfTI with {} axes; 1 to 7 are possible.", where, num_axes));
  for (int i = 1; i <= num_axes; ++i) volume.shape.push_back(header.Dim(i));
  volume.type = TypeOf(header, where);
  const double unit = header.Units() == 1 ? 1000 : header.Units() == 3 ? 0.001 : 1;  // metres, micrometres, millimetres
  for (int i = 0; i < 3; ++i) volume.pixdim[i] = i < num_axes ? std::abs(header.Pixdim(i + 1)) : 1;
  volume.affine = AffineOf(header, volume, where);
  for (double& size : volume.pixdim) size = std::isfinite(size) ? size * unit : 0;
  const double slope = header.Real(112, 176), inter = header.Real(116, 184);
  if (slope != 0 && std::isfinite(slope)) {
    volume.scl_slope = slope;
    volume.scl_inter = std::isfinite(inter) ? inter : 0;
  }
  const double high = header.Real(124, 192), low = header.Real(128, 200);
  if (std::isfinite(low) && std::isfinite(high) && high > low)
    volume.window = Window{.center = (low + high) / 2, .width = high - low};
  return volume;
}

// `inflated` holds the bytes where they had to be inflated, and becomes the voxels.
void ReadVoxels(std::string_view bytes, RawBytes& inflated, const Header& header, Volume& volume, int64_t num_bytes,
                const std::string& where) {
  const double offset = header.VoxOffset();
  if (!(offset >= static_cast<double>(header.Size())) || offset > static_cast<double>(bytes.size()))
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: NIfTI voxels begin at byte {:g} of {}.", where, offset, bytes.size()));
  const auto first = static_cast<size_t>(offset);
  if (num_bytes > static_cast<int64_t>(bytes.size() - first))
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: NIfTI voxels take {} bytes, {} are there.", where, num_bytes, bytes.size() - first));
  const char* from = bytes.data() + first;
  if (!inflated.empty()) {
    volume.voxels = std::move(inflated);
    volume.voxels.DropFront(first);
    from = volume.voxels.data();
  }
  volume.voxels.resize(num_bytes);
  const bool is_swapped = header.IsSwapped() && volume.type != VoxelType::kRgb24 && volume.type != VoxelType::kRgba32;
  CopySwapped(from, num_bytes, is_swapped ? BytesOf(volume.type) : 1, volume.voxels.data());
}

Volume ReadNifti(std::string_view bytes, const std::string& where) {
  RawBytes inflated;
  const bool is_gzip = bytes.starts_with("\x1F\x8B");
  const RawBytes held = is_gzip ? InflateGzipPrefix(bytes, kHeader2) : RawBytes(bytes.substr(0, kHeader2));
  const std::string_view prefix = held;
  if (!IsNifti(prefix)) throw Error(ErrorCode::kCorrupt, fmt::format("{}: a NIfTI header cut short.", where));
  if (prefix.substr(344, 3) == "ni1" || prefix.substr(4, 3) == "ni2")
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("{}: a NIfTI header whose voxels are in another file.\nHINT: join the pair into one .nii.", where));
  const Header header(prefix);
  Volume volume = ReadHeader(header, where);
  const int64_t num_bytes = CheckedVolumeBytes(volume.shape, volume.type, where);
  if (is_gzip) {
    // Inflation stops where the header says that the voxels end.
    const double offset = std::clamp(header.VoxOffset(), 0.0, 1e9);
    CheckExpansion(num_bytes, static_cast<int64_t>(bytes.size()), where);
    inflated = InflateGzipPrefix(bytes, static_cast<int64_t>(offset) + num_bytes);
    bytes = inflated;
  }
  ReadVoxels(bytes, inflated, header, volume, num_bytes, where);
  return volume;
}

const Register<ImageReader> kNifti(
    {.name = "nifti",
     .help = "NIfTI-1 and NIfTI-2 volumes, .nii and .nii.gz",
     .detect = &DetectNifti,
     .open = [](std::string_view bytes, const ImageOptions& options,
                const std::string& where) { return RenderSlice(ReadNifti(bytes, where), options, "nifti", where); },
     .inspect = [](std::string_view bytes,
                   const std::string& where) { return FactsOfVolume(ReadNifti(bytes, where), "nifti"); },
     .volume = &ReadNifti});

}  // namespace
}  // namespace lingshu
