// Geometry of PS3.3 C.7.6.2.1.1: a slice's place is Image Position (Patient) along the normal of its plane.
#include "image/series.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/strings.h"
#include "base/threads.h"
#include "image/dicom_dataset.h"
#include "image/dicom_frame.h"
#include "image/dicom_gray.h"
#include "image/dicom_header.h"
#include "image/dicom_object.h"
#include "image/dicom_tags.h"
#include "image/folder_walk.h"
#include "image/limits.h"

namespace lingshu {
namespace {

constexpr int64_t kMaxSlices = 16384;  // of one series
constexpr double kSamePlaceMm = 1e-3;

using Vector = std::array<double, 3>;

double Dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

Vector NormalOf(const std::array<double, 6>& o) {
  return {o[1] * o[5] - o[2] * o[4], o[2] * o[3] - o[0] * o[5], o[0] * o[4] - o[1] * o[3]};
}

std::vector<double> PlaceOf(const DicomDataset& dataset, uint32_t group, uint32_t tag, int64_t frame) {
  if (const std::vector<double> own = dataset.Numbers(tag); !own.empty()) return own;
  if (const auto item = FunctionalGroup(dataset, group, frame)) return item->Numbers(tag);
  return {};
}

// Unit directions at right angles, or absent.
std::optional<std::array<double, 6>> OrientationOf(const std::vector<double>& numbers) {
  if (numbers.size() != 6) return std::nullopt;
  std::array<double, 6> o{};
  std::copy(numbers.begin(), numbers.end(), o.begin());
  const Vector row = {o[0], o[1], o[2]}, column = {o[3], o[4], o[5]};
  const bool is_unit = std::abs(Dot(row, row) - 1) < 0.01 && std::abs(Dot(column, column) - 1) < 0.01;
  if (!is_unit || std::abs(Dot(row, column)) > 0.01) return std::nullopt;
  return o;
}

// One slice as its file's header has it, before slices are told apart by series.
struct FoundSlice {
  SliceRef slice;
  std::array<double, 6> orientation{};
  std::optional<std::array<double, 2>> pixel_spacing_mm;
};
struct FoundFile {
  std::string skipped;  // the reason, when there are no slices
  std::string uid;      // a hash of the series' UID
  std::string modality;
  int rows = 0, columns = 0;
  std::vector<FoundSlice> slices;
};

// Appends the frames of a file whose header has been parsed. Returns the reason when it is no part of a series.
std::string FindFrames(const std::string& path, const DicomFile& file, FoundFile& found) {
  const PixelModule module = ReadPixelModule(file, "a file");
  if (module.samples_per_pixel != 1) return "colour pictures";
  const DicomDataset& dataset = file.dataset;
  if (IsDerivedObject(dataset)) return "segmentations and maps";
  const std::vector<double> offsets = dataset.Numbers(kTagGridFrameOffsetVector);
  const bool is_dose = module.frames > 1 && static_cast<int64_t>(offsets.size()) == module.frames;
  if (module.frames > kMaxSlices) return "too many frames";
  if (module.frames > 1 && !is_dose && dataset.Has(kTagImagePositionPatient)) return "several frames at one place";
  found.uid = Sha256Hex("series " + dataset.Text(kTagSeriesInstanceUid)).substr(0, 32);
  found.modality = dataset.Text(kTagModality);
  found.rows = module.rows;
  found.columns = module.columns;
  for (int64_t frame = 0; frame < module.frames; ++frame) {
    const std::vector<double> place = PlaceOf(dataset, kTagPlanePositionSequence, kTagImagePositionPatient, frame);
    const auto orientation =
        OrientationOf(PlaceOf(dataset, kTagPlaneOrientationSequence, kTagImageOrientationPatient, frame));
    if (place.size() != 3 || !orientation) return "no place in space";
    FoundSlice one{.slice = {.path = path, .frame = frame, .position = {place[0], place[1], place[2]}},
                   .orientation = *orientation};
    const Vector normal = NormalOf(*orientation);
    if (is_dose)
      for (int i = 0; i < 3; ++i) one.slice.position[i] += normal[i] * (offsets[frame] - offsets[0]);
    one.slice.along_mm = Dot(one.slice.position, normal);
    one.slice.acquisition_number = dataset.Integer(kTagAcquisitionNumber).value_or(0);
    one.slice.instance_number = dataset.Integer(kTagInstanceNumber).value_or(0);
    one.slice.instance_hash = HashBytes(dataset.Text(kTagSopInstanceUid));
    const std::vector<double> spacing = PlaceOf(dataset, kTagPixelMeasuresSequence, kTagPixelSpacing, frame);
    if (spacing.size() == 2 && spacing[0] > 0 && spacing[1] > 0)
      one.pixel_spacing_mm = std::array<double, 2>{spacing[0], spacing[1]};
    found.slices.push_back(std::move(one));
  }
  return "";
}

FoundFile FindInFile(const std::string& path) {
  constexpr const char* kUnreadable = "cannot be read, or has no pixels";
  FoundFile found;
  try {
    DicomHeader header;
    if (!ReadDicomHeader(path, "a file", header)) return {.skipped = "not DICOM"};
    found.skipped = header.file.pixels_end > header.file_bytes ? kUnreadable : FindFrames(path, header.file, found);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInterrupted) throw;
    return {.skipped = kUnreadable};
  }
  if (!found.skipped.empty()) found.slices.clear();
  return found;
}

// Of the stored bytes, compressed or not, and the frame's number: what copies of a file have in common.
uint64_t PixelHash(const SliceRef& slice) {
  const std::string bytes = ReadFile(slice.path, kMaxFileBytes);
  const DicomFile file = ParseDicom(bytes, "a file");
  const std::string_view pixels =
      file.is_encapsulated && !file.fragments.empty() ? file.fragments.back() : file.dataset.Bytes(kTagPixelData);
  return HashBytes(pixels, static_cast<uint64_t>(slice.frame));
}

// Groups files by series, orientation to three digits, size and spacing.
class Collector {
 public:
  void Add(FoundFile found) {
    if (!found.skipped.empty()) {
      ++folder_.skipped[found.skipped];
      return;
    }
    for (FoundSlice& one : found.slices) AddSlice(found, one);
  }

  SeriesFolder Finish() {
    std::map<std::string, int> groups_of_uid;
    for (const auto& [key, series] : groups_) ++groups_of_uid[uid_of_.at(key)];
    for (auto& [key, series] : groups_) {
      if (const int groups = groups_of_uid.at(uid_of_.at(key)); groups > 1)
        series.problems.push_back(
            fmt::format("the series mixes {} orientations or sizes; each is a volume of its own", groups));
      Arrange(series);
      folder_.series.push_back(std::move(series));
    }
    std::stable_sort(folder_.series.begin(), folder_.series.end(),
                     [](const DicomSeries& a, const DicomSeries& b) { return a.slices.size() > b.slices.size(); });
    return std::move(folder_);
  }

 private:
  void AddSlice(const FoundFile& file, FoundSlice& found) {
    std::string key = file.uid + fmt::format("/{}x{}", file.columns, file.rows);
    for (const double part : found.orientation) key += fmt::format("/{:.0f}", 500 * part + 0.0);
    if (found.pixel_spacing_mm)
      key += fmt::format("/{:.3g}/{:.3g}", (*found.pixel_spacing_mm)[0], (*found.pixel_spacing_mm)[1]);
    DicomSeries& series = groups_[key];
    if (series.slices.empty()) {
      uid_of_[key] = file.uid;
      series.key = Sha256Hex(key).substr(0, 16);
      series.modality = file.modality;
      series.rows = file.rows;
      series.columns = file.columns;
      series.orientation = found.orientation;
      if (found.pixel_spacing_mm) series.pixel_spacing_mm = *found.pixel_spacing_mm;
      else series.problems.push_back("no pixel spacing; 1 mm assumed");
    }
    if (static_cast<int64_t>(series.slices.size()) >= kMaxSlices) {
      ++folder_.skipped[fmt::format("slices beyond the {} of a series", kMaxSlices)];
      return;
    }
    series.slices.push_back(std::move(found.slice));
  }

  static void Arrange(DicomSeries& series) {
    std::stable_sort(series.slices.begin(), series.slices.end(), [](const SliceRef& a, const SliceRef& b) {
      if (std::abs(a.along_mm - b.along_mm) > kSamePlaceMm) return a.along_mm < b.along_mm;
      return std::pair(a.acquisition_number, a.instance_number) < std::pair(b.acquisition_number, b.instance_number);
    });
    Places places;
    for (SliceRef& slice : series.slices) {
      if (places.empty() || slice.along_mm - places.back()[0].along_mm > kSamePlaceMm) places.emplace_back();
      places.back().push_back(std::move(slice));
    }
    for (std::vector<SliceRef>& place : places)
      if (place.size() > 1) series.duplicates += DropCopies(place);
    if (series.duplicates > 0) series.problems.push_back(fmt::format("{} duplicates were left out", series.duplicates));
    SplitVolumes(places, series);
    MeasureSpacing(series);
  }

  using Places = std::vector<std::vector<SliceRef>>;

  static int64_t DropCopies(std::vector<SliceRef>& place) {
    std::vector<SliceRef> kept;
    std::vector<uint64_t> hashes;
    int64_t copies = 0;
    for (SliceRef& slice : place) {
      const uint64_t hash = PixelHash(slice);
      bool is_copy = false;
      for (size_t i = 0; i < kept.size(); ++i) is_copy |= hashes[i] == hash && kept[i].frame == slice.frame;
      if (is_copy) {
        ++copies;
        continue;
      }
      hashes.push_back(hash);
      kept.push_back(std::move(slice));
    }
    place = std::move(kept);
    return copies;
  }

  // Where the slices of an acquisition have one place each, the one with most slices; else 0 is returned.
  static int64_t LongestAcquisition(const Places& places, size_t& num_acquisitions) {
    std::map<int64_t, int64_t> counts;
    bool is_ambiguous = false;
    for (const auto& place : places) {
      std::map<int64_t, int> here;
      for (const SliceRef& slice : place) {
        ++counts[slice.acquisition_number];
        is_ambiguous |= ++here[slice.acquisition_number] > 1;
      }
    }
    num_acquisitions = counts.size();
    if (counts.size() < 2 || is_ambiguous) return -1;
    return std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
             return a.second < b.second;
           })->first;
  }

  // Time points, echoes and the like: as many pictures at every place are as many volumes.
  static void SplitVolumes(Places& places, DicomSeries& series) {
    const auto counts = [&] {
      size_t least = SIZE_MAX, most = 0;
      for (const auto& place : places) {
        least = std::min(least, place.size());
        most = std::max(most, place.size());
      }
      return std::pair(least, most);
    };
    auto [least, most] = counts();
    size_t num_acquisitions = 0;
    const int64_t longest = LongestAcquisition(places, num_acquisitions);
    if (least != most && longest >= 0) {
      for (auto& place : places)
        std::erase_if(place, [&](const SliceRef& slice) { return slice.acquisition_number != longest; });
      std::erase_if(places, [](const auto& place) { return place.empty(); });
      series.problems.push_back(
          fmt::format("the series mixes {} acquisitions; the one with most slices was taken", num_acquisitions));
      std::tie(least, most) = counts();
    } else if (num_acquisitions > 1) {
      series.problems.push_back(fmt::format("the series has slices of {} acquisitions", num_acquisitions));
    }
    const size_t volumes = least == most ? most : 1;
    if (least != most)
      series.problems.push_back(
          fmt::format("{} to {} different pictures at one place; the first of each was taken", least, most));
    series.volumes = static_cast<int64_t>(volumes);
    series.slices.clear();
    for (size_t volume = 0; volume < volumes; ++volume)
      for (const auto& place : places) series.slices.push_back(place[volume]);
  }

  static void MeasureSpacing(DicomSeries& series) {
    const int64_t count = static_cast<int64_t>(series.slices.size()) / series.volumes;
    for (int64_t i = 0; i < count; ++i) series.places.push_back(i);
    if (count < 2) return;
    std::vector<double> steps;
    for (int64_t i = 1; i < count; ++i) steps.push_back(series.slices[i].along_mm - series.slices[i - 1].along_mm);
    std::vector<double> sorted = steps;
    std::nth_element(sorted.begin(), sorted.begin() + sorted.size() / 2, sorted.end());
    series.slice_spacing_mm = sorted[sorted.size() / 2];
    const auto [shortest, longest] = std::minmax_element(steps.begin(), steps.end());
    std::vector<std::string> gaps;
    std::vector<int64_t> on_grid = {0};
    for (size_t i = 0; i < steps.size(); ++i) {
      const double ratio = steps[i] / series.slice_spacing_mm, whole = std::round(ratio);
      if (std::abs(ratio - whole) > 0.1 || whole < 1 || whole > kMaxSlices) {
        series.problems.push_back(
            fmt::format("slices lie {:.4g} to {:.4g} mm apart; shown as if evenly spaced", *shortest, *longest));
        series.slice_spacing_mm =
            (series.slices[count - 1].along_mm - series.slices[0].along_mm) / static_cast<double>(count - 1);
        return;
      }
      on_grid.push_back(on_grid.back() + static_cast<int64_t>(whole));
      if (whole > 1) gaps.push_back(fmt::format("{} after slice {}", whole - 1, on_grid[i]));
    }
    if (gaps.empty()) return;
    const int64_t missing = on_grid.back() + 1 - count;
    series.problems.push_back(
        fmt::format("{} slices are missing: {}{}", missing,
                    JoinStrings({gaps.begin(), gaps.begin() + std::min<size_t>(8, gaps.size())}, ", "),
                    gaps.size() > 8 ? ", …" : ""));
    // A few are left empty; were most of them missing, the grid would be mostly nothing.
    if (missing <= count + 16) series.places = on_grid;
  }

  SeriesFolder folder_;
  std::map<std::string, DicomSeries> groups_;
  std::map<std::string, std::string> uid_of_;
};

}  // namespace

Json ToJson(const DicomSeries& series) {
  return {{"key", series.key},
          {"modality", series.modality},
          {"slices", series.places.size()},
          {"volumes", series.volumes},
          {"rows", series.rows},
          {"columns", series.columns},
          {"pixel_spacing_mm", series.pixel_spacing_mm},
          {"slice_spacing_mm", series.slice_spacing_mm},
          {"missing", series.Missing()},
          {"duplicates", series.duplicates},
          {"problems", series.problems}};
}

namespace {

// Headers are read a batch at a time on all threads, and added in the order of the files.
class BatchedCollector {
 public:
  void Add(const std::string& path) {
    batch_.push_back(path);
    if (batch_.size() == 1024) Flush();
  }
  SeriesFolder Finish() {
    Flush();
    return collector_.Finish();
  }

 private:
  void Flush() {
    std::vector<FoundFile> found(batch_.size());
    ParallelFor(static_cast<int64_t>(batch_.size()), [&](int64_t i) { found[i] = FindInFile(batch_[i]); });
    for (FoundFile& file : found) collector_.Add(std::move(file));
    batch_.clear();
  }

  std::vector<std::string> batch_;
  Collector collector_;
};

}  // namespace

SeriesFolder FindSeries(const std::vector<fs::path>& files) {
  BatchedCollector collector;
  for (const fs::path& file : files) collector.Add(file.string());
  return collector.Finish();
}

SeriesFolder FindSeries(const fs::path& folder) {
  BatchedCollector collector;
  ForEachFile(folder, [&](const std::string& path) { collector.Add(path); });
  return collector.Finish();
}

}  // namespace lingshu
