// One function a kind of file.
#include "image/study.h"

#include <fmt/format.h>

#include "base/error.h"
#include "image/decoder.h"
#include "image/detached.h"
#include "image/image_wire.h"
#include "image/preset.h"
#include "image/slide.h"

namespace lingshu {

template <typename Wire>
void Carry(Wire& wire, StudyView& view) {
  auto& [image, layout, series, slices, sampling, key_slices, columns, keeps_aspect, level, mpp, tile_px] = view;
  wire(image, layout, series, slices, sampling, key_slices, columns, keeps_aspect, level, mpp, tile_px);
}

namespace {

Image WithSquarePixels(Image image, const StudyView& view) {
  return view.keeps_aspect ? std::move(image) : SquarePixels(std::move(image));
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
std::vector<Image> ShowPicture(const ImageReader& reader, std::string_view bytes, const StudyView& view, const std::string& where) {
  std::vector<int> frames = view.key_slices;
  if (frames.empty() && view.layout == StudyLayout::kSingle) frames = {view.image.frame};
  const int64_t count = frames.empty() ? NumFrames(reader, bytes, where) : 0;
  const int64_t shown = std::min<int64_t>(view.slices, count);
  for (int64_t i = 0; i < shown; ++i) frames.push_back(static_cast<int>((2 * i + 1) * count / (2 * shown)));
  std::vector<Image> images;
  for (const int frame : frames) {
    ImageOptions one = view.image;
    one.frame = frame;
    images.push_back(WithSquarePixels(reader.open(bytes, one, where), view));
  }
  return images;
}

// Pictures to show; none of a file whose frames may be a series, which a decoder process cannot put together.
struct ShownFile {
  std::vector<Image> images;
  bool may_be_series = false;
};

template <typename Wire>
void Carry(Wire& wire, ShownFile& shown) {
  auto& [images, may_be_series] = shown;
  wire(images, may_be_series);
}

// From a file to its pictures in one call: a volume's voxels stay where they were decoded.
ShownFile ShowFileHere(std::string_view bytes, const StudyView& view, const bool& is_loop, const std::string& where) {
  const ImageReader& reader = ReaderOf(bytes, where);
  if (reader.volume) return {ShowVolume(reader.volume(bytes, where), view, where)};
  if (!is_loop && MayBeSeries(reader, bytes, where)) return {.may_be_series = true};
  return {ShowPicture(reader, bytes, view, where)};
}

const Decoder kShowFile("show", kVolumeLimits, &ShowFileHere);

std::vector<Image> ShowFile(const std::filesystem::path& path, const StudyView& view) {
  const std::string where = path.string();
  if (const std::optional<std::string> joined = JoinDetached(path)) return kShowFile(*joined, view, /*is_loop=*/true, where).images;
  ShownFile shown = kShowFile.OfFile(path, view, /*is_loop=*/false, where);
  if (!shown.may_be_series) return std::move(shown.images);
  if (const std::optional<Volume> volume = ReadSeries(path, view.series)) return ShowVolume(*volume, view, where);
  return kShowFile.OfFile(path, view, /*is_loop=*/true, where).images;
}

}  // namespace

std::vector<Image> ShowStudy(const std::filesystem::path& path, const StudyView& view) {
  if (view.layout != StudyLayout::kSingle && view.slices < 1)
    throw Error(ErrorCode::kUsage, "at least one slice has to be shown.");
  if (!view.image.preset.empty()) FindPreset(view.image.preset);
  const std::string where = path.string();
  std::vector<Image> images;
  if (const std::optional<Slide> slide = OpenIfSlide(path, DicomSlides::kAsSlides)) images = ShowSlide(*slide, view, where);
  else if (std::filesystem::is_directory(path)) images = ShowVolume(*ReadSeries(path, view.series), view, where);
  else images = ShowFile(path, view);
  if (view.layout == StudyLayout::kMontage) return {Montage(images, view.columns)};
  return images;
}

}  // namespace lingshu
