// Whole slides in DICOM (PS3.3 C.8.12): every level is a file whose frames are tiles, in rows over the whole matrix
// (TILED_FULL) or where their functional groups say (TILED_SPARSE, or nothing).
#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/registry.h"
#include "image/dicom_gray.h"
#include "image/dicom_header.h"
#include "image/dicom_render.h"
#include "image/dicom_tags.h"
#include "image/limits.h"
#include "image/slide.h"

namespace lingshu {
namespace {

constexpr const char* kSlideClass = "1.2.840.10008.5.1.4.1.1.77.1.6";

struct Level {
  std::string bytes;
  DicomFile file;  // views of bytes
  PixelModule module;
  int64_t width = 0, height = 0;
  std::map<std::pair<int64_t, int64_t>, int64_t> frame_at;  // tile row and column to frame

  int64_t TileColumns() const { return (width + module.columns - 1) / module.columns; }
};

// True for the pyramid's own pictures: labels, overviews and thumbnails are of the same class.
bool IsVolume(const DicomDataset& dataset) {
  const std::string_view type = dataset.Bytes(kTagImageType);
  return type.find("LABEL") == std::string_view::npos && type.find("OVERVIEW") == std::string_view::npos &&
         type.find("THUMBNAIL") == std::string_view::npos;
}

void PlaceTiles(Level& level, const std::string& where) {
  const DicomDataset& dataset = level.file.dataset;
  const int64_t columns = level.module.columns, rows = level.module.rows;
  const bool is_full = dataset.Text(kTagDimensionOrganizationType) == "TILED_FULL" ||
                       !dataset.Has(kTagPerFrameFunctionalGroupsSequence);
  for (int64_t frame = 0; frame < level.module.frames; ++frame) {
    std::pair<int64_t, int64_t> place = {frame / level.TileColumns(), frame % level.TileColumns()};
    if (!is_full) {
      const auto group = FunctionalGroup(dataset, kTagPlanePositionSlideSequence, frame);
      const auto x = group ? group->Integer(kTagColumnPositionInTotalMatrix) : std::nullopt,
                 y = group ? group->Integer(kTagRowPositionInTotalMatrix) : std::nullopt;
      if (!x || !y || *x < 1 || *y < 1 || (*x - 1) % columns != 0 || (*y - 1) % rows != 0)
        throw Error(ErrorCode::kUnsupported, fmt::format("{}: tiles of a DICOM slide that are on no grid.", where));
      place = {(*y - 1) / rows, (*x - 1) / columns};
    }
    level.frame_at.emplace(place, frame);  // the first focal plane and optical path
  }
}

std::shared_ptr<Level> ReadLevel(const std::string& path, const std::string& where) {
  auto level = std::make_shared<Level>();
  level->bytes = ReadFile(path, kMaxFileBytes);
  level->file = ParseDicom(level->bytes, where);
  level->module = ReadPixelModule(level->file, where);
  level->width = level->file.dataset.Integer(kTagTotalPixelMatrixColumns).value_or(level->module.columns);
  level->height = level->file.dataset.Integer(kTagTotalPixelMatrixRows).value_or(level->module.rows);
  if (level->width < 1 || level->height < 1 || level->width > 1 << 22 || level->height > 1 << 22)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: a DICOM slide of {}x{} pixels.", where, level->width, level->height));
  PlaceTiles(*level, where);
  return level;
}

// The paths of the series' files beside this one, when it is a slide.
std::vector<std::string> FindLevels(const fs::path& path) {
  std::vector<std::string> levels;
  std::string series;
  DicomHeader own;
  if (!ReadDicomHeader(path.string(), "a file", own) || own.file.dataset.Text(kTagSopClassUid) != kSlideClass) return levels;
  series = own.file.dataset.Text(kTagSeriesInstanceUid);
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path.parent_path().empty() ? "." : path.parent_path(), error)) {
    if (!entry.is_regular_file(error)) continue;
    try {
      DicomHeader other;
      if (!ReadDicomHeader(entry.path().string(), "a file", other)) continue;
      const DicomDataset& dataset = other.file.dataset;
      if (dataset.Text(kTagSopClassUid) == kSlideClass && IsVolume(dataset) && dataset.Text(kTagSeriesInstanceUid) == series)
        levels.push_back(entry.path().string());
    } catch (const Error& failure) {  // a neighbour that cannot be read is no level of this slide
      if (failure.code() == ErrorCode::kInterrupted) throw;
    }
  }
  std::sort(levels.begin(), levels.end());
  return levels;
}

void Read(const Level& level, double downsample, const std::string& where, int64_t x, int64_t y, int width, int height,
          uint8_t* rgb) {
  std::memset(rgb, 255, static_cast<size_t>(width) * height * 3);
  const int64_t left = std::llround(static_cast<double>(x) / downsample), top = std::llround(static_cast<double>(y) / downsample);
  const int64_t tile_width = level.module.columns, tile_height = level.module.rows;
  const int64_t right = std::min(left + width, level.width), bottom = std::min(top + height, level.height);
  for (int64_t row = std::max<int64_t>(0, top) / tile_height; row * tile_height < bottom; ++row)
    for (int64_t column = std::max<int64_t>(0, left) / tile_width; column * tile_width < right; ++column) {
      const auto frame = level.frame_at.find({row, column});
      if (frame == level.frame_at.end()) continue;
      const Image tile = RenderFrame(level.file, level.module, {.frame = static_cast<int>(frame->second)}, where);
      const int64_t x0 = std::max(left, column * tile_width), x1 = std::min(right, (column + 1) * tile_width);
      for (int64_t v = std::max(top, row * tile_height); v < std::min(bottom, (row + 1) * tile_height); ++v)
        std::memcpy(rgb + 3 * ((v - top) * width + x0 - left),
                    tile.Pixel(static_cast<int>(x0 - column * tile_width), static_cast<int>(v - row * tile_height)),
                    static_cast<size_t>(3 * (x1 - x0)));
    }
}

std::optional<OpenedSlide> Open(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return std::nullopt;
  const std::vector<std::string> paths = FindLevels(path);
  if (paths.empty()) return std::nullopt;
  std::vector<std::shared_ptr<Level>> levels;
  for (const std::string& one : paths) levels.push_back(ReadLevel(one, path.string()));
  std::stable_sort(levels.begin(), levels.end(), [](const auto& a, const auto& b) { return a->width > b->width; });
  OpenedSlide opened{.facts = {.vendor = "dicom"}};
  for (const auto& level : levels)
    opened.facts.levels.push_back({level->width, level->height, static_cast<double>(levels[0]->width) / static_cast<double>(level->width)});
  if (const auto measures = FunctionalGroup(levels[0]->file.dataset, kTagPixelMeasuresSequence, 0))
    if (const std::vector<double> spacing = measures->Numbers(kTagPixelSpacing);
        spacing.size() == 2 && spacing[0] > 0 && spacing[1] > 0)
      opened.facts.mpp = {1000 * spacing[1], 1000 * spacing[0]};
  opened.read = [levels, facts = opened.facts, where = path.string()](int level, int64_t x, int64_t y, int width, int height,
                                                                      uint8_t* rgb) {
    Read(*levels.at(level), facts.levels.at(level).downsample, where, x, y, width, height, rgb);
  };
  return opened;
}

const Register<SlideBackend> kDicomSlide({.name = "dicom_slide", .help = "whole slides in DICOM, one file a level", .open = &Open});

}  // namespace
}  // namespace lingshu
