// One function a kind of file.
#include "image/study.h"

#include <fmt/format.h>

#include "base/error.h"
#include "image/inspect.h"
#include "image/preset.h"
#include "image/slide.h"

namespace lingshu {
namespace {

Image WithSquarePixels(const Image& image, const StudyView& view) {
  return view.keeps_aspect ? image : SquarePixels(image);
}

std::vector<Image> ShowSlide(const Slide& slide, const StudyView& view, const std::string& where) {
  if (view.layout == StudyLayout::kSingle) return {slide.Thumbnail(kSlideOverviewSide)};
  const std::vector<SlideTile> tiles = TissueTiles(
      slide, {.level = view.level, .mpp = view.mpp, .tile_px = view.tile_px, .max_tiles = view.slices});
  if (tiles.empty()) throw Error(ErrorCode::kUnsupported, fmt::format("{}: no tile of the slide shows tissue.", where));
  std::vector<Image> images;
  for (const SlideTile& tile : tiles) images.push_back(ReadTile(slide, tile, view.tile_px));
  return images;
}

std::vector<Image> ShowVolume(const Volume& volume, const StudyView& view, const std::string& where) {
  const Tone tone = ToneOf(volume, view.image, where);
  std::vector<int> slices = view.key_slices;
  if (slices.empty() && view.layout == StudyLayout::kSingle) slices = {view.image.slice};
  if (slices.empty()) slices = SampleSlices(volume, view.image, tone, view.slices, view.sampling, where);
  std::vector<Image> images;
  for (const int slice : slices) {
    ImageOptions one = view.image;
    one.slice = slice;
    images.push_back(WithSquarePixels(DrawSlice(volume, one, tone, "volume", where), view));
  }
  return images;
}

// A picture, or the frames of a file that has several: evenly over the loop, or the ones named.
std::vector<Image> ShowPicture(const std::filesystem::path& path, const StudyView& view) {
  if (view.layout == StudyLayout::kSingle && view.key_slices.empty())
    return {WithSquarePixels(ReadImage(path, view.image), view)};
  std::vector<int> frames = view.key_slices;
  const int64_t count = frames.empty() ? InspectImage(path).frames : 0;
  const int64_t shown = std::min<int64_t>(view.slices, count);
  for (int64_t i = 0; i < shown; ++i) frames.push_back(static_cast<int>((2 * i + 1) * count / (2 * shown)));
  std::vector<Image> images;
  for (const int frame : frames) {
    ImageOptions one = view.image;
    one.frame = frame;
    images.push_back(WithSquarePixels(ReadImage(path, one), view));
  }
  return images;
}

}  // namespace

std::vector<Image> ShowStudy(const std::filesystem::path& path, const StudyView& view) {
  if (view.layout != StudyLayout::kSingle && view.slices < 1)
    throw Error(ErrorCode::kUsage, "at least one slice has to be shown.");
  if (!view.image.preset.empty()) FindPreset(view.image.preset);
  const std::string where = path.string();
  std::vector<Image> images;
  if (const std::optional<Slide> slide = OpenIfSlide(path, DicomSlides::kAsSlides)) images = ShowSlide(*slide, view, where);
  else if (const std::optional<Volume> volume = ReadVolume(path, view.series)) images = ShowVolume(*volume, view, where);
  else images = ShowPicture(path, view);
  if (view.layout == StudyLayout::kMontage) return {Montage(images, view.columns)};
  return images;
}

}  // namespace lingshu
