// Lines, numbers, geometry and voxels of volumes with text headers.
#include "image/text_header.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "image/inflate.h"
#include "image/limits.h"
#include "image/pixel_loops.h"

namespace lingshu {

std::string_view TakeLine(std::string_view& bytes, const std::string& where) {
  const size_t end = bytes.substr(0, kMaxTextHeaderLine).find('\n');
  if (end == std::string_view::npos)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: the text header of the volume does not end.", where));
  std::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::vector<double> ParseNumbers(std::string_view text, size_t count, const std::string& field,
                                 const std::string& where) {
  std::vector<double> numbers;
  const auto fail = [&] {
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"{}\" should hold {} finite numbers.", where, field,
                                                 count == 0 ? std::string("only") : std::to_string(count)));
  };
  size_t at = 0;
  while (true) {
    at = text.find_first_not_of(" \t", at);
    if (at == std::string_view::npos) break;
    const size_t end = std::min(text.find_first_of(" \t", at), text.size());
    double value = 0;
    const auto [last, failure] = std::from_chars(text.data() + at, text.data() + end, value);
    if (failure != std::errc() || last != text.data() + end || !std::isfinite(value)) fail();
    numbers.push_back(value);
    at = end;
  }
  if (numbers.empty() || (count != 0 && numbers.size() != count)) fail();
  return numbers;
}

std::vector<int64_t> ParseIntegers(std::string_view text, size_t count, const std::string& field,
                                   const std::string& where) {
  std::vector<int64_t> integers;
  for (const double number : ParseNumbers(text, count, field, where)) {
    if (number != std::floor(number) || std::abs(number) > 9007199254740992.0)
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"{}\" should hold whole numbers.", where, field));
    integers.push_back(static_cast<int64_t>(number));
  }
  return integers;
}

void SetGeometry(Volume& volume, std::vector<std::array<double, 3>> directions, std::array<double, 3> origin,
                 bool is_lps, const std::string& where) {
  CHECK(directions.size() == 2 || directions.size() == 3) << "directions of " << directions.size() << " axes";
  if (directions.size() == 2) {
    const auto &a = directions[0], &b = directions[1];
    std::array<double, 3> normal = {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
    const double length = std::hypot(normal[0], normal[1], normal[2]);
    for (double& part : normal) part = length > 0 ? part / length : 0;
    directions.push_back(normal);
  }
  volume.affine = {};
  volume.affine[15] = 1;
  for (int world = 0; world < 3; ++world) {
    const double sign = is_lps && world < 2 ? -1 : 1;
    for (int axis = 0; axis < 3; ++axis) volume.affine[4 * world + axis] = sign * directions[axis][world];
    volume.affine[4 * world + 3] = sign * origin[world];
  }
  for (int axis = 0; axis < 3; ++axis)
    volume.pixdim[axis] = std::hypot(directions[axis][0], directions[axis][1], directions[axis][2]);
  for (double& value : volume.affine) {
    value += 0.0;  // no -0
    if (!std::isfinite(value))
      throw Error(ErrorCode::kNonFinite, fmt::format("{}: the geometry of the volume is not finite.", where));
  }
}

namespace {

template <typename T>
void ParseAs(std::string_view text, RawBytes& voxels, const std::string& where) {
  const char *at = text.data(), *end = at + text.size();
  for (size_t i = 0; i + sizeof(T) <= voxels.size(); i += sizeof(T)) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r' || *at == ',')) ++at;
    T value{};
    const auto [last, failure] = std::from_chars(at, end, value);
    if (failure != std::errc())
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: voxel {} of the text is no number of its type.", where, i / sizeof(T)));
    std::memcpy(voxels.data() + i, &value, sizeof value);
    at = last;
  }
}

// Numbers between blanks, fastest axis first. A voxel takes two characters at least, so that the text bounds what is
// allocated.
void SetVoxelsOfText(Volume& volume, std::string_view text, int64_t num_bytes, const std::string& where) {
  if (num_bytes / BytesOf(volume.type) > static_cast<int64_t>(text.size() + 1) / 2)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: the text has fewer voxels than its header says.", where));
  volume.voxels.resize(num_bytes);
  switch (volume.type) {
    case VoxelType::kUint8: return ParseAs<uint8_t>(text, volume.voxels, where);
    case VoxelType::kInt8: return ParseAs<int8_t>(text, volume.voxels, where);
    case VoxelType::kUint16: return ParseAs<uint16_t>(text, volume.voxels, where);
    case VoxelType::kInt16: return ParseAs<int16_t>(text, volume.voxels, where);
    case VoxelType::kUint32: return ParseAs<uint32_t>(text, volume.voxels, where);
    case VoxelType::kInt32: return ParseAs<int32_t>(text, volume.voxels, where);
    case VoxelType::kUint64: return ParseAs<uint64_t>(text, volume.voxels, where);
    case VoxelType::kInt64: return ParseAs<int64_t>(text, volume.voxels, where);
    case VoxelType::kFloat32: return ParseAs<float>(text, volume.voxels, where);
    case VoxelType::kFloat64: return ParseAs<double>(text, volume.voxels, where);
    case VoxelType::kRgb24:
    case VoxelType::kRgba32: break;
  }
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: colours as text.", where));
}

}  // namespace

void SetVoxels(Volume& volume, std::string_view data, VoxelEncoding encoding, bool is_big_endian, int64_t num_bytes,
               const std::string& where) {
  if (encoding == VoxelEncoding::kText) return SetVoxelsOfText(volume, data, num_bytes, where);
  RawBytes inflated;
  if (encoding != VoxelEncoding::kRaw) {
    CheckExpansion(num_bytes, static_cast<int64_t>(data.size()), where);
    inflated =
        encoding == VoxelEncoding::kGzip ? InflateGzipPrefix(data, num_bytes) : InflateZlibPrefix(data, num_bytes);
    data = inflated;
  }
  if (static_cast<int64_t>(data.size()) < num_bytes)
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: the voxels take {} bytes, {} are there.", where, num_bytes, data.size()));
  if (encoding != VoxelEncoding::kRaw) volume.voxels = std::move(inflated);
  volume.voxels.resize(num_bytes);
  const char* from = encoding == VoxelEncoding::kRaw ? data.data() : volume.voxels.data();
  const bool is_swapped = is_big_endian && volume.type != VoxelType::kRgb24 && volume.type != VoxelType::kRgba32;
  CopySwapped(from, num_bytes, is_swapped ? BytesOf(volume.type) : 1, volume.voxels.data());
}

void MoveFirstAxisLast(Volume& volume) {
  CHECK(!volume.shape.empty()) << "a volume without axes";
  const int64_t first = volume.shape[0], others = volume.NumVoxels() / first;
  const size_t width = BytesOf(volume.type);
  RawBytes moved;
  moved.resize(volume.voxels.size());
  for (int64_t i = 0; i < others; ++i)
    for (int64_t component = 0; component < first; ++component)
      std::memcpy(moved.data() + (component * others + i) * width,
                  volume.voxels.data() + (i * first + component) * width, width);
  volume.voxels = std::move(moved);
  std::rotate(volume.shape.begin(), volume.shape.begin() + 1, volume.shape.end());
}

}  // namespace lingshu
