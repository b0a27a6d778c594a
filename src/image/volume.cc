// Slices of volumes in anatomical orientation.
#include "image/volume.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "image/extremes.h"
#include "image/limits.h"
#include "image/modality.h"
#include "image/windowing.h"

namespace lingshu {
namespace {

template <typename T>
double Load(const char* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  return static_cast<double>(value);
}

bool IsColour(VoxelType type) { return type == VoxelType::kRgb24 || type == VoxelType::kRgba32; }

// For each world axis (x, y, z): the voxel axis that runs most along it, and whether it runs towards + there.
struct Orientation {
  std::array<int, 3> voxel_axis;
  std::array<bool, 3> is_positive;
  double max_tilt_degrees = 0;
};

Orientation OrientationOf(const Volume& volume) {
  Orientation orientation{};
  std::array<bool, 3> is_taken{};
  // Columns normalised to unit length; the strongest remaining pairing is taken first, so that each axis is used once.
  double cosine[3][3];
  for (int axis = 0; axis < 3; ++axis) {
    double length = 0;
    for (int world = 0; world < 3; ++world) length = std::hypot(length, volume.affine[4 * world + axis]);
    for (int world = 0; world < 3; ++world)
      cosine[world][axis] = length > 0 ? volume.affine[4 * world + axis] / length : world == axis;
  }
  std::array<bool, 3> is_done{};
  for (int step = 0; step < 3; ++step) {
    int best_world = -1, best_axis = -1;
    for (int world = 0; world < 3; ++world)
      for (int axis = 0; axis < 3; ++axis)
        if (!is_done[world] && !is_taken[axis] &&
            (best_world < 0 || std::abs(cosine[world][axis]) > std::abs(cosine[best_world][best_axis]))) {
          best_world = world;
          best_axis = axis;
        }
    is_done[best_world] = is_taken[best_axis] = true;
    orientation.voxel_axis[best_world] = best_axis;
    orientation.is_positive[best_world] = cosine[best_world][best_axis] >= 0;
    const double tilt = std::acos(std::min(1.0, std::abs(cosine[best_world][best_axis]))) * 180 / M_PI;
    orientation.max_tilt_degrees = std::max(orientation.max_tilt_degrees, tilt);
  }
  return orientation;
}

// One direction of the picture: steps through the voxels of a world axis, towards + or towards -.
struct Walk {
  int64_t start, step, count;
};
Walk WalkAlong(const Volume& volume, const Orientation& orientation, int world, bool towards_positive) {
  const int axis = orientation.voxel_axis[world];
  int64_t stride = 1;
  for (int i = 0; i < axis; ++i) stride *= volume.Axis(i);
  const int64_t count = volume.Axis(axis);
  if (orientation.is_positive[world] == towards_positive) return {0, stride, count};
  return {(count - 1) * stride, -stride, count};
}

Window MeasuredWindow(const Volume& volume, int64_t first, int64_t count, bool may_be_hounsfield, std::string& origin) {
  const int64_t stride = std::max<int64_t>(1, count / kMaxPercentileValues);
  std::vector<float> values;
  for (int64_t i = 0; i < count; i += stride) values.push_back(static_cast<float>(volume.At(first + i)));
  float low = 0, high = 0;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (may_be_hounsfield && low <= -900 && high >= 300) {
    origin = " (default for values that span Hounsfield units)";
    return CtWindow("abdomen");
  }
  origin = " (percentiles 0.5 to 99.5)";
  return PercentileWindow(values);
}

void PutVoxel(const Volume& volume, int64_t index, const Tone& tone, uint8_t* rgb) {
  if (IsColour(volume.type)) {
    std::memcpy(rgb, volume.voxels.data() + index * BytesOf(volume.type), 3);
    return;
  }
  const double value = volume.At(index);
  for (size_t c = 0; c < 3; ++c) {
    rgb[c] = c < tone.windows.size() ? ApplyWindow(value, tone.windows[c], WindowFunction::kLinearExact) : rgb[0];
    if (volume.is_inverted && c < tone.windows.size() && !std::isnan(value)) rgb[c] = 255 - rgb[c];
  }
}

// The image's x runs to the patient's left (-x), or to posterior (-y); its y runs to posterior (-y) or inferior (-z).
struct View {
  const char* name;
  int across, down, normal;  // world axes
  bool across_positive;
};
constexpr View kViews[] = {{"axial", 0, 1, 2, false}, {"coronal", 0, 2, 1, false}, {"sagittal", 1, 2, 0, false}};

}  // namespace

int BytesOf(VoxelType type) {
  static constexpr int kBytes[] = {1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 3, 4};
  return kBytes[static_cast<int>(type)];
}

std::optional<std::pair<double, double>> StoredExtremes(VoxelType type, std::string_view voxels) {
  switch (type) {
    case VoxelType::kUint8: return ExtremesAs<uint8_t>(voxels.data(), voxels.size());
    case VoxelType::kInt8: return ExtremesAs<int8_t>(voxels.data(), voxels.size());
    case VoxelType::kUint16: return ExtremesAs<uint16_t>(voxels.data(), voxels.size());
    case VoxelType::kInt16: return ExtremesAs<int16_t>(voxels.data(), voxels.size());
    case VoxelType::kUint32: return ExtremesAs<uint32_t>(voxels.data(), voxels.size());
    case VoxelType::kInt32: return ExtremesAs<int32_t>(voxels.data(), voxels.size());
    case VoxelType::kUint64: return ExtremesAs<uint64_t>(voxels.data(), voxels.size());
    case VoxelType::kInt64: return ExtremesAs<int64_t>(voxels.data(), voxels.size());
    case VoxelType::kFloat32: return ExtremesAs<float>(voxels.data(), voxels.size());
    case VoxelType::kFloat64: return ExtremesAs<double>(voxels.data(), voxels.size());
    case VoxelType::kRgb24:
    case VoxelType::kRgba32: break;
  }
  return std::nullopt;
}

int64_t Volume::NumVoxels() const {
  int64_t count = 1;
  for (const int64_t axis : shape) count *= axis;
  return count;
}

double Volume::At(int64_t index) const {
  const char* p = voxels.data() + index * BytesOf(type);
  const auto raw = [&] {
    switch (type) {
      case VoxelType::kUint8:
        return Load<uint8_t>(p);
      case VoxelType::kInt8:
        return Load<int8_t>(p);
      case VoxelType::kUint16:
        return Load<uint16_t>(p);
      case VoxelType::kInt16:
        return Load<int16_t>(p);
      case VoxelType::kUint32:
        return Load<uint32_t>(p);
      case VoxelType::kInt32:
        return Load<int32_t>(p);
      case VoxelType::kUint64:
        return Load<uint64_t>(p);
      case VoxelType::kInt64:
        return Load<int64_t>(p);
      case VoxelType::kFloat32:
        return Load<float>(p);
      case VoxelType::kFloat64:
        return Load<double>(p);
      case VoxelType::kRgb24:
      case VoxelType::kRgba32:
        break;
    }
    return std::numeric_limits<double>::quiet_NaN();
  };
  return raw() * scl_slope + scl_inter;
}

int64_t CheckedVolumeBytes(const std::vector<int64_t>& shape, VoxelType type, const std::string& where) {
  int64_t bytes = BytesOf(type);
  for (const int64_t axis : shape) {
    if (axis < 1) throw Error(ErrorCode::kCorrupt, fmt::format("{}: a volume with an axis of {} voxels.", where, axis));
    if (axis > kMaxVolumeBytes / bytes)
      throw Error(ErrorCode::kTooLarge, fmt::format("{}: a volume of more than {} bytes.", where, kMaxVolumeBytes));
    bytes *= axis;
  }
  return bytes;
}

const char* PlaneName(Plane plane) { return kViews[static_cast<int>(plane)].name; }

int64_t NumSlices(const Volume& volume, Plane plane) {
  return volume.Axis(OrientationOf(volume).voxel_axis[kViews[static_cast<int>(plane)].normal]);
}

Tone ToneOf(const Volume& volume, const ImageOptions& options, const std::string& where) {
  if (IsColour(volume.type)) return {.windows = {{.center = 127.5, .width = 255}}, .note = ""};
  const int64_t voxels_3d = volume.Axis(0) * volume.Axis(1) * volume.Axis(2);
  const int64_t first = std::clamp<int64_t>(options.volume, 0, volume.NumVoxels() / voxels_3d - 1) * voxels_3d;
  Tone tone;
  if (!options.preset.empty()) {
    tone = ResolvePreset(FindPreset(options.preset), volume.values, where);
    if (!tone.windows.empty()) return tone;
    tone.note += ", ";
  }
  if (options.window) CheckWindow(*options.window);
  std::string origin;
  const bool is_free = options.preset.empty();
  const Window window = is_free && options.window  ? *options.window
                        : is_free && volume.window ? *volume.window
                                                   : MeasuredWindow(volume, first, voxels_3d, is_free, origin);
  return {.windows = {window}, .note = tone.note + DescribeWindow(window) + origin};
}

Image RenderSlice(const Volume& volume, const ImageOptions& options, const std::string& source,
                  const std::string& where) {
  return DrawSlice(volume, options, ToneOf(volume, options, where), source, where);
}

Image DrawSlice(const Volume& volume, const ImageOptions& options, const Tone& tone, const std::string& source,
                const std::string& where) {
  const int64_t voxels_3d = volume.Axis(0) * volume.Axis(1) * volume.Axis(2),
                num_volumes = volume.NumVoxels() / voxels_3d;
  if (options.volume < 0 || options.volume >= num_volumes)
    throw Error(ErrorCode::kUsage, fmt::format("{}: volume {} was asked for, the file has volumes 0 to {}.", where,
                                               options.volume, num_volumes - 1));
  const View& view = kViews[static_cast<int>(options.plane)];
  const Orientation orientation = OrientationOf(volume);
  const Walk across = WalkAlong(volume, orientation, view.across, view.across_positive);
  const Walk down = WalkAlong(volume, orientation, view.down, /*towards_positive=*/false);
  const Walk normal = WalkAlong(volume, orientation, view.normal, /*towards_positive=*/true);
  const int64_t slice = options.slice < 0 ? normal.count / 2 : options.slice;
  if (slice >= normal.count)
    throw Error(ErrorCode::kUsage, fmt::format("{}: {} slice {} was asked for, the volume has slices 0 to {}.", where,
                                               view.name, slice, normal.count - 1));
  CheckDimensions(across.count, down.count, where);

  Image image{.width = static_cast<int>(across.count),
              .height = static_cast<int>(down.count),
              .modality = ModalityName(volume.values.modality),
              .source = source};
  image.pixel_spacing_mm[0] = volume.pixdim[orientation.voxel_axis[view.down]];
  image.pixel_spacing_mm[1] = volume.pixdim[orientation.voxel_axis[view.across]];
  image.rgb.resize(static_cast<size_t>(image.width) * image.height * 3);
  image.operations.push_back(fmt::format("{} slice {} of {}", view.name, slice, normal.count));
  image.operations.insert(image.operations.end(), volume.notes.begin(), volume.notes.end());
  if (num_volumes > 1) image.operations.push_back(fmt::format("volume {} of {}", options.volume, num_volumes));
  if (orientation.max_tilt_degrees > 1)
    image.operations.push_back(fmt::format("nearest plane, tilted by {:.0f} degrees", orientation.max_tilt_degrees));
  if (volume.scl_slope != 1 || volume.scl_inter != 0)
    image.operations.push_back(fmt::format("slope {:g} intercept {:g}", volume.scl_slope, volume.scl_inter));
  if (!tone.note.empty()) image.operations.push_back(tone.note);
  if (volume.is_inverted) image.operations.push_back("inverted from MONOCHROME1");
  const int64_t first = options.volume * voxels_3d;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      PutVoxel(volume,
               first + normal.start + slice * normal.step + down.start + y * down.step + across.start + x * across.step,
               tone, image.Pixel(x, y));
  return image;
}

FileFacts FactsOfVolume(const Volume& volume, const std::string& format) {
  FileFacts facts{.format = format,
                  .rows = volume.Axis(1),
                  .columns = volume.Axis(0),
                  .frames = volume.NumVoxels() / (volume.Axis(0) * volume.Axis(1)),
                  .bits_stored = 8 * BytesOf(volume.type)};
  facts.shape = volume.shape;
  facts.affine = volume.affine;
  if (volume.pixdim[0] > 0 && volume.pixdim[1] > 0) facts.pixel_spacing_mm = {volume.pixdim[1], volume.pixdim[0]};
  facts.pixel_sha256 = Sha256Hex(volume.voxels);
  if (const auto extremes = StoredExtremes(volume.type, volume.voxels)) {  // slope and intercept keep the order, or turn it round
    const double a = extremes->first * volume.scl_slope + volume.scl_inter,
                 b = extremes->second * volume.scl_slope + volume.scl_inter;
    facts.value_min = std::min(a, b);
    facts.value_max = std::max(a, b);
  }
  return facts;
}

}  // namespace lingshu
