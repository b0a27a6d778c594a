// Whole slide images: pyramid levels, regions, and the tiles that show tissue. A slide is opened by its path and read
// region by region; it is never in memory whole.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "image/image.h"
#include "image/inspect.h"

namespace lingshu {

struct SlideLevel {
  int64_t width = 0;
  int64_t height = 0;
  double downsample = 1;  // of level 0
};

// Example: {.vendor = "aperio", .levels = {{46000, 32914, 1}, {11500, 8228, 4}}, .mpp = {0.499, 0.499}}
struct SlideFacts {
  std::string vendor;              // whose format it is
  std::vector<SlideLevel> levels;  // the largest first, at least one
  std::optional<std::array<double, 2>> mpp;  // µm a pixel of level 0: across, down
};

// What a backend gives: the facts, and pixels of a level as RGB whose corner lies at (x, y) of level 0; what is beyond the
// slide or was never scanned is white. `read` may be called from any thread.
struct OpenedSlide {
  SlideFacts facts;
  std::function<void(int level, int64_t x, int64_t y, int width, int height, uint8_t* rgb)> read;
};

// A family of files: `open` gives nothing for what is not of it. One file each: slide_openslide.cc, slide_dicom.cc.
struct SlideBackend {
  std::string name;
  std::string help;
  std::function<std::optional<OpenedSlide>(const std::filesystem::path& path)> open;
};

class Slide {
 public:
  // Absent when no backend knows the file as a whole slide. Throws Error(kNotFound | kCorrupt).
  static std::optional<Slide> Open(const std::filesystem::path& path);

  const SlideFacts& facts() const { return facts_; }
  // The level whose pixels are at most `mpp` µm wide, and as coarse as that allows. REQUIRES: facts().mpp.
  int LevelFor(double mpp) const;
  // As OpenedSlide::read. Throws Error(kUsage | kTooLarge | kCorrupt).
  Image Region(int level, int64_t x, int64_t y, int width, int height) const;
  // The whole slide, at most max_side pixels a side.
  Image Thumbnail(int max_side) const;

 private:
  SlideFacts facts_;
  decltype(OpenedSlide::read) read_;
  std::string where_;
};

// Slide::Open for files that may be slides by their first bytes or, where formats are many files, by their names; it costs
// other files one short read. DICOM files are slides to those who show them and objects with frames to all others.
enum class DicomSlides { kAsFrames, kAsSlides };
std::optional<Slide> OpenIfSlide(const std::filesystem::path& path, DicomSlides dicom = DicomSlides::kAsFrames);

// Which tiles: of one level (or the one for `mpp`), on a grid, with at least min_tissue of their area covered.
struct TileOptions {
  int level = 0;
  std::optional<double> mpp;  // in place of the level
  int tile_px = 512;
  double min_tissue = 0.25;
  int max_tiles = 64;  // those with most tissue
};

struct SlideTile {
  int level = 0;
  int64_t x = 0, y = 0;  // of its corner, in pixels of level 0
  double tissue = 0;     // fraction of its area
};

// In reading order. Tissue is what has colour on a thumbnail of at most 2048 pixels a side: the spread of a pixel's three
// channels beyond Otsu's threshold. Throws Error(kUsage).
std::vector<SlideTile> TissueTiles(const Slide& slide, const TileOptions& options);
Image ReadTile(const Slide& slide, const SlideTile& tile, int tile_px);

// What `lingshu inspect` says: format "slide", level 0's size, the pyramid's levels as frames; pixels are hashed where
// level 0 is within the limits of a picture.
FileFacts FactsOfSlide(const Slide& slide);

}  // namespace lingshu
