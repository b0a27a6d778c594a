// MetaImage volumes in one file, .mha (itk.org/Wiki/ITK/MetaIO/Documentation), raw or zlib-compressed.
//
//   ObjectType = Image                        "key = value" lines, in this order at the ends
//   NDims = 3
//   BinaryDataByteOrderMSB = False
//   CompressedData = True
//   TransformMatrix = 1 0 0 0 1 0 0 0 1       the direction of the first axis, then of the second, …, in LPS+
//   Offset = -90 -126 -72                     of voxel 0, in mm
//   ElementSpacing = 2 2 2
//   DimSize = 91 109 91                       fastest first
//   ElementType = MET_UCHAR
//   ElementDataFile = LOCAL                   always last; the voxels follow
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "base/registry.h"
#include "base/strings.h"
#include "image/limits.h"
#include "image/text_header.h"
#include "image/volume.h"

namespace lingshu {
namespace {

struct TypeName {
  std::string_view name;
  VoxelType type;
};
constexpr TypeName kTypes[] = {
    {"MET_CHAR", VoxelType::kInt8},         {"MET_UCHAR", VoxelType::kUint8},   {"MET_SHORT", VoxelType::kInt16},
    {"MET_USHORT", VoxelType::kUint16},     {"MET_INT", VoxelType::kInt32},     {"MET_UINT", VoxelType::kUint32},
    {"MET_LONG", VoxelType::kInt32},        {"MET_ULONG", VoxelType::kUint32},  {"MET_LONG_LONG", VoxelType::kInt64},
    {"MET_ULONG_LONG", VoxelType::kUint64}, {"MET_FLOAT", VoxelType::kFloat32}, {"MET_DOUBLE", VoxelType::kFloat64}};

using Fields = std::map<std::string, std::string>;

// The first line is "ObjectType = Image", or a comment and then that, or NDims where ObjectType is left out.
bool DetectMetaImage(std::string_view prefix) {
  const size_t equals = prefix.substr(0, 64).find('=');
  if (equals == std::string_view::npos) return false;
  const std::string_view key = TrimAscii(prefix.substr(0, equals));
  return (key == "ObjectType" || key == "NDims") && prefix.find("DimSize") != std::string_view::npos;
}

Fields TakeFields(std::string_view& bytes, const std::string& where) {
  const size_t size = bytes.size();
  Fields fields;
  while (true) {
    if (size - bytes.size() > kMaxTextHeaderBytes)
      throw Error(ErrorCode::kTooLarge,
                  fmt::format("{}: the MetaImage header is longer than {} bytes.", where, kMaxTextHeaderBytes));
    const std::string_view line = TakeLine(bytes, where);
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos)
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: a MetaImage header line without \"=\".", where));
    const std::string key(TrimAscii(line.substr(0, equals)));
    fields[key] = TrimAscii(line.substr(equals + 1));
    if (key == "ElementDataFile") return fields;
  }
}

// The value under the first of several names that MetaIO allows for one field, or "".
std::string FirstOf(const Fields& fields, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const auto it = fields.find(name); it != fields.end()) return it->second;
  return "";
}

std::string Required(const Fields& fields, const char* name, const std::string& where) {
  const std::string value = FirstOf(fields, {name});
  if (value.empty()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: MetaImage without \"{}\".", where, name));
  return value;
}

bool IsTrue(const std::string& value) { return !value.empty() && (value[0] == 'T' || value[0] == 't' || value == "1"); }

VoxelType TypeOf(std::string name, const std::string& where) {
  if (name.ends_with("_ARRAY")) name.resize(name.size() - 6);
  for (const TypeName& row : kTypes)
    if (row.name == name) return row.type;
  throw Error(ErrorCode::kUnsupported,
              fmt::format("{}: a MetaImage element type that is not read; known are MET_CHAR to MET_DOUBLE.", where));
}

void ReadGeometry(const Fields& fields, size_t num_axes, Volume& volume, const std::string& where) {
  const size_t in_space = std::min<size_t>(num_axes, 3);
  const auto numbers = [&](std::initializer_list<const char*> names, size_t count, double fallback) {
    const std::string text = FirstOf(fields, names);
    return text.empty() ? std::vector<double>(count, fallback) : ParseNumbers(text, count, *names.begin(), where);
  };
  const std::vector<double> spacing = numbers({"ElementSpacing", "ElementSize"}, num_axes, 1);
  const std::vector<double> origin = numbers({"Offset", "Position", "Origin"}, num_axes, 0);
  std::vector<double> matrix = numbers({"TransformMatrix", "Rotation", "Orientation"}, num_axes * num_axes, 0);
  if (FirstOf(fields, {"TransformMatrix", "Rotation", "Orientation"}).empty())
    for (size_t axis = 0; axis < num_axes; ++axis) matrix[axis * (num_axes + 1)] = 1;
  std::vector<std::array<double, 3>> directions(in_space);
  std::array<double, 3> place{};
  for (size_t axis = 0; axis < in_space; ++axis) {
    for (size_t world = 0; world < in_space; ++world)
      directions[axis][world] = matrix[axis * num_axes + world] * spacing[axis];
    place[axis] = origin[axis];
  }
  SetGeometry(volume, directions, place, /*is_lps=*/true, where);
}

Volume ReadMetaImage(std::string_view bytes, const std::string& where) {
  const Fields fields = TakeFields(bytes, where);
  if (const std::string object = FirstOf(fields, {"ObjectType"}); !object.empty() && object != "Image")
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: a MetaIO object that is no image.", where));
  if (Required(fields, "ElementDataFile", where) != "LOCAL")
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("{}: a MetaImage header whose voxels are in another file.\nHINT: save it as one .mha.", where));
  if (FirstOf(fields, {"BinaryData"}) == "False" || !FirstOf(fields, {"HeaderSize"}).empty())
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: MetaImage with text voxels or a header to skip.", where));
  const int64_t num_axes = ParseIntegers(Required(fields, "NDims", where), 1, "NDims", where)[0];
  if (num_axes < 2 || num_axes > 6)
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: MetaImage with {} axes; 2 to 6 are read.", where, num_axes));
  Volume volume;
  volume.type = TypeOf(Required(fields, "ElementType", where), where);
  volume.shape = ParseIntegers(Required(fields, "DimSize", where), num_axes, "DimSize", where);
  const std::string channels_text = FirstOf(fields, {"ElementNumberOfChannels"});
  const int64_t channels =
      channels_text.empty() ? 1 : ParseIntegers(channels_text, 1, "ElementNumberOfChannels", where)[0];
  if (channels != 1) volume.shape.insert(volume.shape.begin(), channels);
  const int64_t num_bytes = CheckedVolumeBytes(volume.shape, volume.type, where);
  ReadGeometry(fields, static_cast<size_t>(num_axes), volume, where);
  SetVoxels(volume, bytes, IsTrue(FirstOf(fields, {"CompressedData"})) ? VoxelEncoding::kZlib : VoxelEncoding::kRaw,
            IsTrue(FirstOf(fields, {"BinaryDataByteOrderMSB", "ElementByteOrderMSB"})), num_bytes, where);
  if (channels != 1 && volume.type == VoxelType::kUint8 && (channels == 3 || channels == 4)) {
    volume.type = channels == 3 ? VoxelType::kRgb24 : VoxelType::kRgba32;
    volume.shape.erase(volume.shape.begin());
  } else if (channels != 1) {
    MoveFirstAxisLast(volume);
    if (num_axes == 2) volume.shape.insert(volume.shape.begin() + 2, 1);
  }
  return volume;
}

const Register<ImageReader> kMetaImage(
    {.name = "metaimage",
     .help = "MetaImage volumes, .mha, raw or zlib",
     .detect = &DetectMetaImage,
     .open =
         [](std::string_view bytes, const ImageOptions& options, const std::string& where) {
           return RenderSlice(ReadMetaImage(bytes, where), options, "metaimage", where);
         },
     .inspect = [](std::string_view bytes,
                   const std::string& where) { return FactsOfVolume(ReadMetaImage(bytes, where), "metaimage"); },
     .volume = &ReadMetaImage});

}  // namespace
}  // namespace lingshu
