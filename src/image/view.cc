// SliceSampling by cumulated content, montage, aspect.
#include "image/view.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "base/threads.h"
#include "image/decoder.h"
#include "image/detached.h"
#include "image/image_wire.h"
#include "image/limits.h"
#include "image/resize.h"
#include "image/series.h"

namespace lingshu {
namespace {

// Standard deviation of the grey levels; of every fourth where there are plenty.
double ContentOf(const Image& image) {
  double sum = 0, squares = 0;
  int64_t count = 0;
  const int step = std::min(image.width, image.height) >= 64 ? 2 : 1;
  for (int y = 0; y < image.height; y += step)
    for (int x = 0; x < image.width; x += step, ++count) {
      const double gray = image.Pixel(x, y)[1];
      sum += gray;
      squares += gray * gray;
    }
  const double mean = sum / static_cast<double>(count);
  return std::sqrt(std::max(0.0, squares / static_cast<double>(count) - mean * mean));
}

// The slices at which the cumulated weight passes the middles of `count` equal shares.
std::vector<int> SampleByWeight(const std::vector<double>& weights, int count) {
  double total = 0;
  for (const double weight : weights) total += weight;
  std::vector<int> slices;
  double passed = 0;
  size_t slice = 0;
  for (int i = 0; i < count; ++i) {
    const double goal = (i + 0.5) / count * total;
    while (slice + 1 < weights.size() && passed + weights[slice] < goal) passed += weights[slice++];
    if (slices.empty() || slices.back() != static_cast<int>(slice)) slices.push_back(static_cast<int>(slice));
  }
  return slices;
}

// A volume; or of a DICOM file with several frames that a volume may be put together from them.
struct VolumeAnswer {
  std::optional<Volume> volume;
  bool may_be_series = false;
};

template <typename Wire>
void Carry(Wire& wire, VolumeAnswer& answer) {
  auto& [volume, may_be_series] = answer;
  wire(volume, may_be_series);
}

VolumeAnswer ReadVolumeHere(std::string_view bytes, const std::string& where) {
  const ImageReader& reader = ReaderOf(bytes, where);
  if (reader.volume) return {reader.volume(bytes, where)};
  return {std::nullopt, MayBeSeries(reader, bytes, where)};
}

const Decoder kVolume("volume", kVolumeLimits, &ReadVolumeHere);

}  // namespace

bool MayBeSeries(const ImageReader& reader, std::string_view bytes, const std::string& where) {
  return reader.name == "dicom" && NumFrames(reader, bytes, where) > 1;
}

std::optional<Volume> ReadSeries(const fs::path& path, int series) {
  const bool is_folder = fs::is_directory(path);
  const SeriesFolder found = is_folder ? FindSeries(path) : FindSeries(std::vector<fs::path>{path});
  if (!is_folder && found.series.empty()) return std::nullopt;
  if (series < 0 || series >= static_cast<int>(found.series.size()))
    throw Error(ErrorCode::kUsage, fmt::format("{}: series {} was asked for; there are {} DICOM series with a place in "
                                               "space.",
                                               path.string(), series, found.series.size()));
  return LoadSeries(found.series[series]);
}

std::optional<Volume> ReadVolume(const fs::path& path, int series) {
  if (fs::is_directory(path)) return ReadSeries(path, series);
  const std::optional<std::string> joined = JoinDetached(path);
  VolumeAnswer answer = joined ? kVolume(*joined, path.string()) : kVolume.OfFile(path, path.string());
  if (answer.may_be_series) return ReadSeries(path, series);
  return std::move(answer.volume);
}

std::vector<int> SampleSlices(const Volume& volume, const ImageOptions& options, const Tone& tone, int count,
                              SliceSampling sampling, const std::string& where) {
  CHECK(count >= 1) << "no slices asked for";
  std::vector<double> weights(NumSlices(volume, options.plane), 1.0);
  if (sampling == SliceSampling::kContent) {
    ParallelFor(static_cast<int64_t>(weights.size()), [&](int64_t i) {
      ImageOptions one = options;
      one.slice = static_cast<int>(i);
      weights[i] = ContentOf(DrawSlice(volume, one, tone, "", where));
    });
    if (std::all_of(weights.begin(), weights.end(), [](double w) { return w == 0; }))
      std::fill(weights.begin(), weights.end(), 1.0);
  }
  return SampleByWeight(weights, count);
}

Image Montage(const std::vector<Image>& tiles, int columns) {
  CHECK(!tiles.empty()) << "a montage of nothing";
  const auto count = static_cast<int>(tiles.size());
  if (columns <= 0) columns = static_cast<int>(std::ceil(std::sqrt(count)));
  columns = std::min(columns, count);
  const int rows = (count + columns - 1) / columns;
  const Image& first = tiles[0];
  CheckDimensions(int64_t{first.width} * columns, int64_t{first.height} * rows, "a montage");
  Image image = first;
  image.width = first.width * columns;
  image.height = first.height * rows;
  image.rgb.assign(static_cast<size_t>(image.width) * image.height * 3, 0);
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    const Image& tile = tiles[i];
    CHECK(tile.width == first.width && tile.height == first.height) << "tiles of different sizes";
    for (int y = 0; y < tile.height; ++y)
      std::memcpy(image.Pixel(i % columns * tile.width, i / columns * tile.height + y), tile.Pixel(0, y),
                  static_cast<size_t>(tile.width) * 3);
    names.push_back(tile.operations.empty() ? "" : tile.operations[0]);
  }
  if (!image.operations.empty())
    image.operations[0] = fmt::format("montage of {} columns and {} rows, left to right, then down: {}", columns, rows,
                                      JoinStrings(names, ", "));
  return image;
}

Image SquarePixels(Image image) {
  const double down = image.pixel_spacing_mm[0], across = image.pixel_spacing_mm[1];
  if (!(down > 0) || !(across > 0) || std::abs(down - across) <= 0.01 * std::min(down, across)) return image;
  const double size = std::min(down, across);
  const auto side = [&](int pixels, double spacing) {
    return static_cast<int>(std::clamp(std::round(pixels * spacing / size), 1.0, double{kMaxSide}));
  };
  Image square = ResizePil(image, side(image.width, across), side(image.height, down));
  square.pixel_spacing_mm[0] = square.pixel_spacing_mm[1] = size;
  square.operations.push_back(
      fmt::format("resized from {}x{} to square pixels of {:.3g} mm", image.width, image.height, size));
  return square;
}

std::string DescribePixels(const Image& image) {
  return (image.modality.empty() ? "" : image.modality + ": ") + JoinStrings(image.operations, "; ");
}

}  // namespace lingshu
