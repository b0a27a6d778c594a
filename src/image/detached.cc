// A header's own words are kept, but for those that point elsewhere.
#include "image/detached.h"

#include <algorithm>
#include <bit>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "image/byte_order.h"
#include "image/folder_walk.h"
#include "image/limits.h"

namespace lingshu {
namespace {

constexpr int64_t kMaxHeaderBytes = 1 << 20;
constexpr size_t kNifti1 = 348, kNifti2 = 540;

// The file of that name beside the header. Names that lead elsewhere are refused: a header may come from anywhere.
std::string ReadBeside(const fs::path& header, const std::string& name) {
  const fs::path wanted(name);
  if (name.empty() || wanted.has_parent_path() || name == "..")
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: voxels in a file outside the header's folder, in several files, or "
                                                     "under a pattern of names.",
                                                     header.string()));
  return ReadFile(header.parent_path() / wanted, kMaxFileBytes);
}

// "key: value" or "key = value" lines up to an empty line or the end.
std::vector<std::string> HeaderLines(const std::string& bytes) {
  std::vector<std::string> lines;
  for (std::string& line : SplitString(bytes, '\n')) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) break;
    lines.push_back(std::move(line));
  }
  return lines;
}

std::optional<std::string> JoinNrrd(const fs::path& path, const std::string& prefix) {
  std::string header, data_file;
  for (const std::string& line : HeaderLines(prefix)) {
    const size_t colon = line.find(':');
    const std::string key = LowerAscii(TrimAscii(line.substr(0, colon)));
    if (colon != std::string::npos && (key == "data file" || key == "datafile"))
      data_file = TrimAscii(line.substr(colon + 1));
    else header += line + "\n";
  }
  if (data_file.empty()) return std::nullopt;
  return header + "\n" + ReadBeside(path, data_file);
}

std::optional<std::string> JoinMetaImage(const fs::path& path, const std::string& prefix) {
  std::string header;
  for (const std::string& line : HeaderLines(prefix)) {
    const size_t equals = line.find('=');
    if (TrimAscii(line.substr(0, equals)) != "ElementDataFile" || equals == std::string::npos) {
      header += line + "\n";
      continue;
    }
    const std::string data_file(TrimAscii(line.substr(equals + 1)));
    if (data_file == "LOCAL" || data_file == "Local" || data_file == "local") return std::nullopt;
    return header + "ElementDataFile = LOCAL\n" + ReadBeside(path, data_file);
  }
  return std::nullopt;
}

// The header with the magic of a single file and the voxels where that says. Either file may be named.
std::optional<std::string> JoinNifti(const fs::path& path, std::string header) {
  const bool is_1 = header.size() >= kNifti1 && header.substr(344, 4) == std::string_view("ni1\0", 4),
             is_2 = header.size() >= kNifti2 && header.substr(4, 4) == std::string_view("ni2\0", 4);
  if (!is_1 && !is_2) return std::nullopt;
  fs::path voxels_path = path;
  std::string voxels = ReadBeside(path, voxels_path.replace_extension(".img").filename().string());
  const size_t size = is_1 ? kNifti1 : kNifti2, first = size + 4;
  header.resize(size);
  header.append(4, '\0');
  header[is_1 ? 345 : 5] = '+';
  // The offset counts from the voxels' file; in a single file it counts from the header. Version 1 has it as a float.
  const bool is_swapped = static_cast<uint32_t>(ReadUint(header.data(), 4)) != size;
  const int at = is_1 ? 108 : 168, width = is_1 ? 4 : 8;
  uint64_t bits = ReadUint(header.data() + at, width, is_swapped);
  if (is_1) bits = std::bit_cast<uint32_t>(std::bit_cast<float>(static_cast<uint32_t>(bits)) + static_cast<float>(first));
  else bits += first;
  std::string field(width, '\0');
  WriteUint(field.data(), width, bits);
  if (is_swapped) std::reverse(field.begin(), field.end());
  header.replace(at, width, field);
  return header + voxels;
}

}  // namespace

std::optional<std::string> JoinDetached(const fs::path& path) {
  if (!IsFile(path)) return std::nullopt;
  const std::string prefix = ReadPrefix(path.string(), 1024).bytes;
  const auto header_text = [&] { return ReadPrefix(path.string(), kMaxHeaderBytes).bytes; };
  if (prefix.starts_with("NRRD000")) return JoinNrrd(path, header_text());
  if (prefix.starts_with("ObjectType") || prefix.starts_with("NDims") || prefix.starts_with("Comment"))
    return JoinMetaImage(path, header_text());
  if (const auto joined = JoinNifti(path, prefix)) return joined;
  const std::string extension = LowerAscii(path.extension().string());
  const fs::path header = fs::path(path).replace_extension(".hdr");
  if (extension == ".img" && IsFile(header)) return JoinNifti(header, ReadPrefix(header.string(), 1024).bytes);
  return std::nullopt;
}

}  // namespace lingshu
