// Slides through OpenSlide: Aperio SVS, Hamamatsu, Leica, Mirax, Philips, Ventana and others, and tiled TIFF.
#include <openslide/openslide.h>

#include <charconv>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "base/error.h"
#include "base/registry.h"
#include "image/folder_walk.h"
#include "image/limits.h"
#include "image/slide.h"

namespace lingshu {
namespace {

using Handle = std::shared_ptr<openslide_t>;

std::optional<double> Property(openslide_t* slide, const char* name) {
  const char* text = openslide_get_property_value(slide, name);
  double value = 0;
  if (text == nullptr || std::from_chars(text, text + std::strlen(text), value).ec != std::errc() || !(value > 0))
    return std::nullopt;
  return value;
}

// Premultiplied ARGB in the machine's order to RGB on white; what was never scanned is transparent.
void Read(const Handle& slide, const std::string& where, int level, int64_t x, int64_t y, int width, int height,
          uint8_t* rgb) {
  std::vector<uint32_t> argb(static_cast<size_t>(width) * height);
  openslide_read_region(slide.get(), argb.data(), x, y, level, width, height);
  if (openslide_get_error(slide.get()) != nullptr)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: the slide's pixels are damaged or cut.", where));
  for (const uint32_t pixel : argb) {
    const uint32_t white = 255 - (pixel >> 24);
    for (const int shift : {16, 8, 0}) *rgb++ = static_cast<uint8_t>((pixel >> shift & 0xFF) + white);
  }
}

// Nothing for a TIFF of one level that is within the limits of a picture: the TIFF reader has more to say of it.
std::optional<OpenedSlide> Open(const std::filesystem::path& path) {
  // DICOM is for dicom_slide, whose parser is our own; asking OpenSlide of every CT slice would take longer than reading it.
  if (ReadPrefix(path.string(), 132).bytes.substr(0, 132).ends_with("DICM")) return std::nullopt;
  const char* vendor = openslide_detect_vendor(path.c_str());
  if (vendor == nullptr) return std::nullopt;
  const bool is_tiff = std::string_view(vendor) == "generic-tiff";
  const Handle slide(openslide_open(path.c_str()), [](openslide_t* opened) {
    if (opened != nullptr) openslide_close(opened);
  });
  if (slide == nullptr || openslide_get_error(slide.get()) != nullptr) {
    if (is_tiff) return std::nullopt;
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: a whole slide ({}) that cannot be opened.", path.string(), vendor));
  }
  OpenedSlide opened{.facts = {.vendor = vendor}};
  for (int32_t level = 0; level < openslide_get_level_count(slide.get()); ++level) {
    SlideLevel one{.downsample = openslide_get_level_downsample(slide.get(), level)};
    openslide_get_level_dimensions(slide.get(), level, &one.width, &one.height);
    opened.facts.levels.push_back(one);
  }
  if (opened.facts.levels.empty()) return std::nullopt;
  const SlideLevel& full = opened.facts.levels[0];
  if (is_tiff && opened.facts.levels.size() == 1 && full.width <= kMaxSide && full.height <= kMaxSide &&
      full.width * full.height <= kMaxPixels)
    return std::nullopt;
  const auto across = Property(slide.get(), OPENSLIDE_PROPERTY_NAME_MPP_X),
             down = Property(slide.get(), OPENSLIDE_PROPERTY_NAME_MPP_Y);
  if (across && down) opened.facts.mpp = {*across, *down};
  opened.read = [slide, where = path.string()](int level, int64_t x, int64_t y, int width, int height, uint8_t* rgb) {
    Read(slide, where, level, x, y, width, height, rgb);
  };
  return opened;
}

const Register<SlideBackend> kOpenSlide({.name = "openslide",
                                         .help = "SVS and other scanners' whole slides, tiled pyramidal TIFF",
                                         .open = &Open});

}  // namespace
}  // namespace lingshu
