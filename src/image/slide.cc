// Regions, thumbnails and tissue over whatever backend has opened the slide.
#include "image/slide.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/registry.h"
#include "base/strings.h"
#include "image/folder_walk.h"
#include "image/limits.h"
#include "image/resize.h"

namespace lingshu {
namespace {

constexpr int kThumbnailSide = 2048;

int Spread(const uint8_t* rgb) {
  return std::max({rgb[0], rgb[1], rgb[2]}) - std::min({rgb[0], rgb[1], rgb[2]});
}

// Otsu (1979): the level that splits a histogram so that the two parts' means lie furthest apart.
int OtsuThreshold(const std::array<int64_t, 256>& histogram) {
  double total = 0, sum = 0;
  for (int i = 0; i < 256; ++i) {
    total += static_cast<double>(histogram[i]);
    sum += static_cast<double>(i * histogram[i]);
  }
  double below = 0, sum_below = 0, best = -1;
  int threshold = 0;
  for (int i = 0; i < 255; ++i) {
    below += static_cast<double>(histogram[i]);
    sum_below += static_cast<double>(i * histogram[i]);
    if (below == 0 || below == total) continue;
    const double apart = sum_below / below - (sum - sum_below) / (total - below);
    const double between = below * (total - below) * apart * apart;
    if (between > best) {
      best = between;
      threshold = i;
    }
  }
  return threshold;
}

}  // namespace

std::optional<Slide> Slide::Open(const std::filesystem::path& path) {
  for (const SlideBackend& backend : Registry<SlideBackend>::Get().All()) {
    std::optional<OpenedSlide> opened = backend.open(path);
    if (!opened) continue;
    Slide slide;
    slide.where_ = path.string();
    slide.facts_ = std::move(opened->facts);
    slide.read_ = std::move(opened->read);
    if (slide.facts_.levels.empty())
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: a slide without levels.", slide.where_));
    for (const SlideLevel& level : slide.facts_.levels)
      if (level.width < 1 || level.height < 1 || !(level.downsample > 0))
        throw Error(ErrorCode::kCorrupt, fmt::format("{}: a level of the slide has no size.", slide.where_));
    return slide;
  }
  return std::nullopt;
}

std::optional<Slide> OpenIfSlide(const std::filesystem::path& path, DicomSlides dicom) {
  const std::string extension = LowerAscii(path.extension().string());
  static constexpr std::string_view kIndexFiles[] = {".mrxs", ".vms", ".vmu"};
  if (std::find(std::begin(kIndexFiles), std::end(kIndexFiles), extension) == std::end(kIndexFiles)) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;
    const std::string prefix = ReadPrefix(path.string(), 132).bytes, magic = prefix.substr(0, 4);
    const bool is_tiff = magic == std::string_view("II*\0", 4) || magic == std::string_view("MM\0*", 4) ||
                         magic == std::string_view("II+\0", 4) || magic == std::string_view("MM\0+", 4);
    const bool is_dicom = dicom == DicomSlides::kAsSlides && prefix.size() == 132 && prefix.ends_with("DICM");
    if (!is_tiff && !is_dicom) return std::nullopt;
  }
  return Slide::Open(path);
}

int Slide::LevelFor(double mpp) const {
  CHECK(facts_.mpp.has_value()) << "a slide without mpp";
  int best = 0;
  for (int level = 0; level < static_cast<int>(facts_.levels.size()); ++level)
    if ((*facts_.mpp)[0] * facts_.levels[level].downsample <= mpp * 1.01) best = level;
  return best;
}

Image Slide::Region(int level, int64_t x, int64_t y, int width, int height) const {
  if (level < 0 || level >= static_cast<int>(facts_.levels.size()))
    throw Error(ErrorCode::kUsage, fmt::format("{}: level {} was asked for, the slide has levels 0 to {}.", where_, level,
                                               facts_.levels.size() - 1));
  CheckDimensions(width, height, where_);
  Image image{.width = width, .height = height, .modality = "histopathology", .source = "slide"};
  image.rgb.resize(static_cast<size_t>(width) * height * 3);
  read_(level, x, y, width, height, image.rgb.data());
  const SlideLevel& one = facts_.levels[level];
  if (facts_.mpp) {
    image.pixel_spacing_mm[0] = (*facts_.mpp)[1] * one.downsample / 1000;
    image.pixel_spacing_mm[1] = (*facts_.mpp)[0] * one.downsample / 1000;
  }
  image.operations.push_back(fmt::format(
      "slide level {} of {}, downsample {:.4g}{}, {}x{} pixels at {},{}", level, facts_.levels.size(), one.downsample,
      facts_.mpp ? fmt::format(", {:.4g} um a pixel", (*facts_.mpp)[0] * one.downsample) : "", width, height, x, y));
  return image;
}

Image Slide::Thumbnail(int max_side) const {
  // The smallest level that is not smaller than the thumbnail, then down by area.
  int level = 0;
  for (int i = 0; i < static_cast<int>(facts_.levels.size()); ++i)
    if (std::max(facts_.levels[i].width, facts_.levels[i].height) >= max_side) level = i;
  const SlideLevel& one = facts_.levels[level];
  if (one.width > kMaxSide || one.height > kMaxSide || one.width * one.height > kMaxPixels)
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: the slide's smallest fitting level is {}x{}.\nHINT: read tiles of it.",
                                                  where_, one.width, one.height));
  Image whole = Region(level, 0, 0, static_cast<int>(one.width), static_cast<int>(one.height));
  const double scale = std::min(1.0, static_cast<double>(max_side) / static_cast<double>(std::max(whole.width, whole.height)));
  if (scale == 1.0) return whole;
  const int width = std::max(1, static_cast<int>(std::lround(whole.width * scale))),
            height = std::max(1, static_cast<int>(std::lround(whole.height * scale)));
  Image small = ResizePil(whole, width, height);
  small.operations.push_back(fmt::format("resized to {}x{}", width, height));
  return small;
}

std::vector<SlideTile> TissueTiles(const Slide& slide, const TileOptions& options) {
  if (options.tile_px < 1 || options.max_tiles < 1)
    throw Error(ErrorCode::kUsage, "tiles of a slide need a size and a number above 0.");
  if (options.mpp && !slide.facts().mpp)
    throw Error(ErrorCode::kUsage, "the slide does not say how large its pixels are.\nHINT: name a level.");
  const int level = options.mpp ? slide.LevelFor(*options.mpp) : options.level;
  if (level < 0 || level >= static_cast<int>(slide.facts().levels.size()))
    throw Error(ErrorCode::kUsage,
                fmt::format("level {} was asked for, the slide has levels 0 to {}.", level, slide.facts().levels.size() - 1));
  const Image thumbnail = slide.Thumbnail(kThumbnailSide);
  std::array<int64_t, 256> histogram{};
  for (size_t i = 0; i < thumbnail.rgb.size(); i += 3) ++histogram[Spread(thumbnail.rgb.data() + i)];
  const int threshold = std::clamp(OtsuThreshold(histogram), 8, 40);
  const SlideLevel &full = slide.facts().levels[0], &one = slide.facts().levels[level];
  const double tile = options.tile_px * one.downsample, scale = static_cast<double>(thumbnail.width) / static_cast<double>(full.width);
  std::vector<SlideTile> tiles;
  for (int64_t row = 0; row * tile < static_cast<double>(full.height); ++row)
    for (int64_t column = 0; column * tile < static_cast<double>(full.width); ++column) {
      const int x0 = static_cast<int>(column * tile * scale), y0 = static_cast<int>(row * tile * scale);
      const int x1 = std::max(x0 + 1, static_cast<int>((column + 1) * tile * scale)),
                y1 = std::max(y0 + 1, static_cast<int>((row + 1) * tile * scale));
      int64_t tissue = 0;
      for (int y = y0; y < std::min(y1, thumbnail.height); ++y)
        for (int x = x0; x < std::min(x1, thumbnail.width); ++x) tissue += Spread(thumbnail.Pixel(x, y)) > threshold;
      const double fraction = static_cast<double>(tissue) / (static_cast<double>(x1 - x0) * (y1 - y0));
      if (fraction >= options.min_tissue)
        tiles.push_back({level, std::llround(column * tile), std::llround(row * tile), fraction});
    }
  if (static_cast<int>(tiles.size()) > options.max_tiles) {
    std::stable_sort(tiles.begin(), tiles.end(), [](const SlideTile& a, const SlideTile& b) { return a.tissue > b.tissue; });
    tiles.resize(options.max_tiles);
    std::sort(tiles.begin(), tiles.end(),
              [](const SlideTile& a, const SlideTile& b) { return std::pair(a.y, a.x) < std::pair(b.y, b.x); });
  }
  return tiles;
}

Image ReadTile(const Slide& slide, const SlideTile& tile, int tile_px) {
  Image image = slide.Region(tile.level, tile.x, tile.y, tile_px, tile_px);
  image.operations.push_back(fmt::format("{:.0f} % tissue", 100 * tile.tissue));
  return image;
}

FileFacts FactsOfSlide(const Slide& slide) {
  const SlideLevel& full = slide.facts().levels[0];
  FileFacts facts{.format = "slide",
                  .modality = "SM",
                  .rows = full.height,
                  .columns = full.width,
                  .frames = static_cast<int64_t>(slide.facts().levels.size()),
                  .bits_stored = 8,
                  .photometric = "RGB"};
  if (slide.facts().mpp) facts.pixel_spacing_mm = {(*slide.facts().mpp)[1] / 1000, (*slide.facts().mpp)[0] / 1000};
  if (full.width > kMaxSide || full.height > kMaxSide || full.width * full.height > kMaxPixels) return facts;
  const Image whole = slide.Region(0, 0, 0, static_cast<int>(full.width), static_cast<int>(full.height));
  facts.pixel_sha256 = Sha256Hex({reinterpret_cast<const char*>(whole.rgb.data()), whole.rgb.size()});
  const auto [low, high] = std::minmax_element(whole.rgb.begin(), whole.rgb.end());
  facts.value_min = *low;
  facts.value_max = *high;
  return facts;
}

}  // namespace lingshu
