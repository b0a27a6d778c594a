// NRRD volumes (teem.sourceforge.net/nrrd/format.html), raw, gzipped or as text; detached data are joined by detached.cc.
//
//   NRRD0004                                  magic and version, 1 to 5
//   # a comment
//   type: short                               field: value, in any order
//   dimension: 3
//   space: left-posterior-superior
//   sizes: 240 240 155                        fastest first
//   space directions: (1,0,0) (0,1,0) (0,0,1) of each axis; "none" for axes that are not in space
//   endian: little
//   encoding: gzip
//   space origin: (-0,-239,0)
//                                             an empty line, then the voxels
#include <algorithm>
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
constexpr TypeName kTypes[] = {{"signed char", VoxelType::kInt8},
                               {"int8", VoxelType::kInt8},
                               {"int8_t", VoxelType::kInt8},
                               {"uchar", VoxelType::kUint8},
                               {"unsigned char", VoxelType::kUint8},
                               {"uint8", VoxelType::kUint8},
                               {"uint8_t", VoxelType::kUint8},
                               {"short", VoxelType::kInt16},
                               {"short int", VoxelType::kInt16},
                               {"signed short", VoxelType::kInt16},
                               {"signed short int", VoxelType::kInt16},
                               {"int16", VoxelType::kInt16},
                               {"int16_t", VoxelType::kInt16},
                               {"ushort", VoxelType::kUint16},
                               {"unsigned short", VoxelType::kUint16},
                               {"unsigned short int", VoxelType::kUint16},
                               {"uint16", VoxelType::kUint16},
                               {"uint16_t", VoxelType::kUint16},
                               {"int", VoxelType::kInt32},
                               {"signed int", VoxelType::kInt32},
                               {"int32", VoxelType::kInt32},
                               {"int32_t", VoxelType::kInt32},
                               {"uint", VoxelType::kUint32},
                               {"unsigned int", VoxelType::kUint32},
                               {"uint32", VoxelType::kUint32},
                               {"uint32_t", VoxelType::kUint32},
                               {"longlong", VoxelType::kInt64},
                               {"long long", VoxelType::kInt64},
                               {"long long int", VoxelType::kInt64},
                               {"signed long long", VoxelType::kInt64},
                               {"int64", VoxelType::kInt64},
                               {"int64_t", VoxelType::kInt64},
                               {"ulonglong", VoxelType::kUint64},
                               {"unsigned long long", VoxelType::kUint64},
                               {"unsigned long long int", VoxelType::kUint64},
                               {"uint64", VoxelType::kUint64},
                               {"uint64_t", VoxelType::kUint64},
                               {"float", VoxelType::kFloat32},
                               {"double", VoxelType::kFloat64}};

struct SpaceName {
  std::string_view name;
  bool is_lps, is_las;
};
constexpr SpaceName kSpaces[] = {{"right-anterior-superior", false, false}, {"ras", false, false},
                                 {"left-posterior-superior", true, false},  {"lps", true, false},
                                 {"left-anterior-superior", false, true},   {"las", false, true}};

using Fields = std::map<std::string, std::string>;

bool DetectNrrd(std::string_view prefix) {
  return prefix.size() > 9 && prefix.starts_with("NRRD000") && prefix[7] >= '1' && prefix[7] <= '5' &&
         (prefix[8] == '\n' || prefix[8] == '\r');
}

// Takes the header off `bytes`. Key/value pairs ("key:=value") are free text and are not kept.
Fields TakeFields(std::string_view& bytes, const std::string& where) {
  const size_t size = bytes.size();
  Fields fields;
  TakeLine(bytes, where);
  while (true) {
    if (size - bytes.size() > kMaxTextHeaderBytes)
      throw Error(ErrorCode::kTooLarge,
                  fmt::format("{}: the NRRD header is longer than {} bytes.", where, kMaxTextHeaderBytes));
    const std::string_view line = TakeLine(bytes, where);
    if (line.empty()) return fields;
    const size_t colon = line.find(':');
    if (line[0] == '#' || colon == std::string_view::npos || line.substr(colon, 2) == ":=") continue;
    fields[LowerAscii(TrimAscii(line.substr(0, colon)))] = TrimAscii(line.substr(colon + 1));
  }
}

const std::string& Required(const Fields& fields, const std::string& name, const std::string& where) {
  const auto it = fields.find(name);
  if (it == fields.end()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: NRRD without \"{}\".", where, name));
  return it->second;
}

std::string Optional(const Fields& fields, const std::string& name) {
  const auto it = fields.find(name);
  return it == fields.end() ? "" : it->second;
}

VoxelType TypeOf(const std::string& name, const std::string& where) {
  for (const TypeName& row : kTypes)
    if (row.name == name) return row.type;
  throw Error(
      ErrorCode::kUnsupported,
      fmt::format("{}: an NRRD type that is not read; known are integers of 8 to 64 bits, float and double.", where));
}

VoxelEncoding EncodingOf(const Fields& fields, const std::string& where) {
  const std::string name = LowerAscii(Required(fields, "encoding", where));
  if (name == "raw") return VoxelEncoding::kRaw;
  if (name == "gzip" || name == "gz") return VoxelEncoding::kGzip;
  if (name == "ascii" || name == "text" || name == "txt") return VoxelEncoding::kText;
  throw Error(ErrorCode::kUnsupported,
              fmt::format("{}: an NRRD encoding that is not read; known are raw, gzip and ascii.", where));
}

// "(1,0,0) none (0,1,0)": one entry an axis, absent for "none".
std::vector<std::optional<std::array<double, 3>>> ParseVectors(std::string_view text, const std::string& field,
                                                               const std::string& where) {
  std::vector<std::optional<std::array<double, 3>>> vectors;
  for (size_t at = 0; (at = text.find_first_not_of(" \t", at)) != std::string_view::npos;) {
    if (text.substr(at, 4) == "none") {
      vectors.emplace_back();
      at += 4;
      continue;
    }
    const size_t end = text.find(')', at);
    if (text[at] != '(' || end == std::string_view::npos || vectors.size() > 16)
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"{}\" should hold vectors like (1,0,0).", where, field));
    const std::string inside = ReplaceAll(std::string(text.substr(at + 1, end - at - 1)), ",", " ");
    const std::vector<double> numbers = ParseNumbers(inside, 3, field, where);
    vectors.push_back(std::array<double, 3>{numbers[0], numbers[1], numbers[2]});
    at = end + 1;
  }
  return vectors;
}

// Without "space" neither left nor right is known: axes are taken as left, posterior, superior, as ITK does.
void ReadGeometry(const Fields& fields, size_t num_axes, std::vector<size_t>& in_space, Volume& volume,
                  const std::string& where) {
  std::vector<std::array<double, 3>> directions;
  SpaceName space{"", true, false};
  const std::string space_name = LowerAscii(Optional(fields, "space"));
  if (!space_name.empty()) {
    const auto* known = std::find_if(std::begin(kSpaces), std::end(kSpaces),
                                     [&](const SpaceName& row) { return row.name == space_name; });
    if (known == std::end(kSpaces))
      throw Error(ErrorCode::kUnsupported,
                  fmt::format("{}: an NRRD space that is not read; known are right-anterior-superior, "
                              "left-posterior-superior and left-anterior-superior.",
                              where));
    space = *known;
  } else {
    volume.notes.push_back("orientation not in the file; axes taken as left, posterior, superior");
  }
  std::array<double, 3> origin{};
  if (const std::string text = Optional(fields, "space directions"); !text.empty()) {
    const auto vectors = ParseVectors(text, "space directions", where);
    if (vectors.size() != num_axes)
      throw Error(ErrorCode::kCorrupt,
                  fmt::format("{}: NRRD with {} space directions for {} axes.", where, vectors.size(), num_axes));
    for (size_t axis = 0; axis < num_axes; ++axis) {
      if (!vectors[axis]) continue;
      in_space.push_back(axis);
      directions.push_back(*vectors[axis]);
    }
    if (const std::string place = Optional(fields, "space origin"); !place.empty())
      if (const auto vector = ParseVectors(place, "space origin", where); vector.size() == 1 && vector[0])
        origin = *vector[0];
  } else {
    std::vector<double> spacings(num_axes, 1);
    if (const std::string given = Optional(fields, "spacings"); !given.empty()) {
      // "nan" marks axes without spacing.
      spacings = ParseNumbers(ReplaceAll(LowerAscii(given), "nan", "0"), num_axes, "spacings", where);
    }
    const bool has_component_axis = num_axes == 4 && Optional(fields, "kinds").find("color") != std::string::npos;
    for (size_t axis = has_component_axis ? 1 : 0; axis < num_axes && directions.size() < 3; ++axis) {
      in_space.push_back(axis);
      std::array<double, 3> direction{};
      direction[directions.size()] = spacings[axis] > 0 ? spacings[axis] : 1;
      directions.push_back(direction);
    }
  }
  if (directions.size() < 2 || directions.size() > 3)
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: NRRD with {} axes in space; known are 2 and 3.", where, directions.size()));
  if (space.is_las) {  // the first component alone runs the other way
    for (auto& direction : directions) direction[0] = -direction[0];
    origin[0] = -origin[0];
  }
  SetGeometry(volume, directions, origin, space.is_lps, where);
}

// A first axis of 3 or 4 bytes that is not in space is a colour; other such axes become volumes of a series.
void ArrangeAxes(const std::vector<size_t>& in_space, Volume& volume, const std::string& where) {
  const size_t first = in_space.front();
  for (size_t i = 0; i < in_space.size(); ++i)
    if (in_space[i] != first + i)
      throw Error(ErrorCode::kUnsupported, fmt::format("{}: NRRD axes in space that do not follow each other.", where));
  if (first == 1 && volume.type == VoxelType::kUint8 && (volume.shape[0] == 3 || volume.shape[0] == 4)) {
    volume.type = volume.shape[0] == 3 ? VoxelType::kRgb24 : VoxelType::kRgba32;
    volume.shape.erase(volume.shape.begin());
    return;
  }
  for (size_t i = 0; i < first; ++i) MoveFirstAxisLast(volume);
  if (in_space.size() == 2 && volume.shape.size() > 2) volume.shape.insert(volume.shape.begin() + 2, 1);
}

Volume ReadNrrd(std::string_view bytes, const std::string& where) {
  const Fields fields = TakeFields(bytes, where);
  if (!Optional(fields, "data file").empty() || !Optional(fields, "datafile").empty())
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("{}: an NRRD header whose voxels are in another file.\nHINT: save it as one .nrrd.", where));
  for (const char* name : {"line skip", "lineskip", "byte skip", "byteskip"})
    if (const std::string skip = Optional(fields, name); !skip.empty() && skip != "0")
      throw Error(ErrorCode::kUnsupported, fmt::format("{}: NRRD that skips lines or bytes.", where));
  const int64_t num_axes = ParseIntegers(Required(fields, "dimension", where), 1, "dimension", where)[0];
  if (num_axes < 2 || num_axes > 7)
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: NRRD with {} axes; 2 to 7 are read.", where, num_axes));
  Volume volume;
  volume.type = TypeOf(LowerAscii(Required(fields, "type", where)), where);
  volume.shape = ParseIntegers(Required(fields, "sizes", where), num_axes, "sizes", where);
  const int64_t num_bytes = CheckedVolumeBytes(volume.shape, volume.type, where);
  const std::string endian = LowerAscii(Optional(fields, "endian"));
  const VoxelEncoding encoding = EncodingOf(fields, where);
  if (encoding != VoxelEncoding::kText && BytesOf(volume.type) > 1 && endian != "little" && endian != "big")
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: NRRD without a byte order.", where));
  std::vector<size_t> in_space;
  ReadGeometry(fields, static_cast<size_t>(num_axes), in_space, volume, where);
  SetVoxels(volume, bytes, encoding, endian == "big", num_bytes, where);
  ArrangeAxes(in_space, volume, where);
  return volume;
}

const Register<ImageReader> kNrrd(
    {.name = "nrrd",
     .help = "NRRD volumes, raw, gzip or ascii",
     .detect = &DetectNrrd,
     .open = [](std::string_view bytes, const ImageOptions& options,
                const std::string& where) { return RenderSlice(ReadNrrd(bytes, where), options, "nrrd", where); },
     .inspect = [](std::string_view bytes,
                   const std::string& where) { return FactsOfVolume(ReadNrrd(bytes, where), "nrrd"); },
     .volume = &ReadNrrd});

}  // namespace
}  // namespace lingshu
