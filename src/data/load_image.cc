// LoadImage: the one place that turns an ImageRef into pixels. Forms of path:
//   blob:<sha256>            the store of a curated folder
//   phantom:<modality>:<n>   drawn
//   scan.png                 a file
//   brain.nii.gz#axial:12    slice 12 of a volume along that plane's normal
//   run.dcm#3                frame 3 of a file with several
//   images.zip#a/b.jpg       a member of an archive
//   test.parquet#image.bytes:12   a cell of a table, in row 12
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "data/phantom.h"
#include "data/shards.h"
#include "data/source.h"
#include "data/table.h"
#include "data/zip.h"
#include "image/reader.h"

namespace lingshu {
namespace {

constexpr std::string_view kBlobPrefix = "blob:";
constexpr std::string_view kPhantomPrefix = "phantom:";

int ParseIndex(std::string_view text, const std::string& path) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0)
    throw Error(
        ErrorCode::kUsage,
        fmt::format("{}: expected a frame (#3) or a slice (#axial:12, #coronal:5, #sagittal:7) after '#'.", path));
  return value;
}

ImageOptions ParseFragment(std::string_view fragment, const std::string& path) {
  constexpr std::pair<std::string_view, Plane> kPlanes[] = {
      {"axial:", Plane::kAxial}, {"coronal:", Plane::kCoronal}, {"sagittal:", Plane::kSagittal}};
  ImageOptions options;
  for (const auto& [prefix, plane] : kPlanes)
    if (fragment.starts_with(prefix)) {
      options.plane = plane;
      options.slice = ParseIndex(fragment.substr(prefix.size()), path);
      return options;
    }
  options.frame = ParseIndex(fragment, path);
  return options;
}

// What stands behind the '#' in a file that holds many pictures; empty for other files.
std::optional<std::string> ReadInside(const fs::path& file, std::string_view inside, const std::string& path) {
  if (file.extension() == ".zip") return ReadZipMember(file, std::string(inside));
  if (file.extension() != ".parquet") return std::nullopt;
  const size_t colon = inside.rfind(':');
  if (colon == std::string_view::npos) throw Error(ErrorCode::kUsage, path + ": expected a column and a row after '#'.");
  return TableFormatOf(file).bytes(file, std::string(inside.substr(0, colon)), ParseIndex(inside.substr(colon + 1), path));
}

}  // namespace

ImagePtr LoadImage(const ImageRef& ref, const fs::path& blob_folder) {
  const std::string& path = ref.path;
  if (path.starts_with(kPhantomPrefix)) return std::make_shared<Image>(DrawPhantomSpec(path));
  if (path.starts_with(kBlobPrefix)) return std::make_shared<Image>(ReadImage(BlobPath(blob_folder, ref)));
  const fs::path file = blob_folder / path;  // an absolute path stays as it is
  if (const size_t first = path.find('#'); first != std::string::npos)
    if (const auto bytes = ReadInside(blob_folder / path.substr(0, first), std::string_view(path).substr(first + 1), path))
      return std::make_shared<Image>(DecodeImage(*bytes, path));
  const size_t hash = path.rfind('#');
  if (hash == std::string::npos || fs::exists(file)) return std::make_shared<Image>(ReadImage(file));
  return std::make_shared<Image>(
      ReadImage(blob_folder / path.substr(0, hash), ParseFragment(std::string_view(path).substr(hash + 1), path)));
}

}  // namespace lingshu
