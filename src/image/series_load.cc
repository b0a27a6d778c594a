// A series' slices to one volume.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/threads.h"
#include "image/byte_order.h"
#include "image/dicom_dataset.h"
#include "image/dicom_frame.h"
#include "image/dicom_gray.h"
#include "image/dicom_tags.h"
#include "image/folder_walk.h"
#include "image/huge_pages.h"
#include "image/limits.h"
#include "image/series.h"
#include "image/suv.h"
#include "image/text_header.h"

namespace lingshu {
namespace {

// What the header of a slice says of its voxels, known for all slices before any is decoded.
struct SliceFacts {
  PixelModule module;
  ModalityScale scale;
  bool is_inverted = false;  // MONOCHROME1
};

// A file of the series with the numbers of the slices that are its frames.
struct SliceFile {
  std::string path;
  std::vector<int64_t> slices;
};

std::vector<SliceFile> GroupByFile(const DicomSeries& series) {
  std::map<std::string_view, size_t> place_of;
  std::vector<SliceFile> files;
  for (size_t i = 0; i < series.slices.size(); ++i) {
    const auto [it, is_new] = place_of.emplace(series.slices[i].path, files.size());
    if (is_new) files.push_back({series.slices[i].path, {}});
    files[it->second].slices.push_back(static_cast<int64_t>(i));
  }
  return files;
}

// A file that is read and parsed, its header alone or the whole; messages name the slice, since files are named after
// patients.
struct OpenFile {
  enum class Extent { kHeader, kWhole };
  std::string where, bytes;
  DicomFile file;

  OpenFile(const SliceFile& slice_file, const DicomSeries& series, Extent extent)
      : where(fmt::format("series {}, slice {}", series.key, slice_file.slices.front())) {
    try {
      if (extent == Extent::kHeader) bytes = ReadPrefix(slice_file.path, 64 << 10).bytes;
      if (extent == Extent::kHeader && ParsesAsHeader()) return;
      bytes = std::move(Spare());
      ReadInto(slice_file.path, kMaxFileBytes, bytes);
    } catch (const Error& error) {
      throw Error(error.code(), where + ": the file cannot be read any more.");
    }
    file = ParseDicom(bytes, where);
  }
  OpenFile(OpenFile&&) = delete;
  ~OpenFile() {
    if (bytes.capacity() > Spare().capacity()) Spare() = std::move(bytes);
  }

 private:
  // A thread's files have about one size: the next one is read into the memory of the last.
  static std::string& Spare() {
    thread_local std::string spare;
    return spare;
  }

  // False where the header goes on beyond what was read.
  bool ParsesAsHeader() {
    try {
      file = ParseDicomHeader(bytes, where);
      return true;
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInterrupted) throw;
      return false;
    }
  }
};

SliceFacts ReadFacts(const OpenFile& open, const SliceRef& ref, const DicomSeries& series) {
  SliceFacts facts{.module = ReadPixelModule(open.file, open.where)};
  if (facts.module.rows != series.rows || facts.module.columns != series.columns)
    throw Error(ErrorCode::kCorrupt, open.where + ": the file has changed.");
  facts.scale = ReadModalityScale(open.file.dataset, facts.module, ref.frame, open.where);
  if (const auto dose = open.file.dataset.Numbers(kTagDoseGridScaling); !dose.empty())
    facts.scale.rescale_slope = dose[0];
  if (!facts.module.photometric.starts_with("MONOCHROME"))
    throw Error(ErrorCode::kUnsupported, open.where + ": slices of a volume have to be MONOCHROME1 or MONOCHROME2.");
  facts.is_inverted = facts.module.photometric == "MONOCHROME1";
  return facts;
}

VoxelType TypeOf(const PixelModule& module) {
  const int bytes = module.BytesPerSample();
  if (module.is_float) return bytes == 4 ? VoxelType::kFloat32 : VoxelType::kFloat64;
  if (bytes == 1) return module.is_signed ? VoxelType::kInt8 : VoxelType::kUint8;
  if (bytes == 2) return module.is_signed ? VoxelType::kInt16 : VoxelType::kUint16;
  return module.is_signed ? VoxelType::kInt32 : VoxelType::kUint32;
}

bool HasSameScale(const SliceFacts& a, const SliceFacts& b) {
  return !a.scale.table && !b.scale.table && a.scale.rescale_slope == b.scale.rescale_slope &&
         a.scale.rescale_intercept == b.scale.rescale_intercept && TypeOf(a.module) == TypeOf(b.module);
}

void SetAffine(const DicomSeries& series, Volume& volume) {
  const auto& o = series.orientation;
  std::array<double, 3> row, column, normal;
  const int64_t places = series.places.back();
  const std::array<double, 3>&first = series.slices.front().position,
                           &last = series.slices[series.places.size() - 1].position;
  for (int i = 0; i < 3; ++i) {
    row[i] = o[i] * series.pixel_spacing_mm[1];
    column[i] = o[3 + i] * series.pixel_spacing_mm[0];
    // From the places themselves, so that a tilted gantry shears the volume as it did the patient's.
    normal[i] = places > 0 ? (last[i] - first[i]) / static_cast<double>(places)
                           : o[(i + 1) % 3] * o[3 + (i + 2) % 3] - o[(i + 2) % 3] * o[3 + (i + 1) % 3];
  }
  SetGeometry(volume, {row, column, normal}, first, /*is_lps=*/true, "series " + series.key);
}

// Voxels of one slice as float32 after the modality scale.
void StoreScaled(const StoredFrame& stored, const SliceFacts& facts, char* to) {
  const StoredValues values(stored, facts.module);
  for (size_t i = 0; i < values.size(); ++i) {
    const auto value = static_cast<float>(facts.scale.Apply(values[i]));
    std::memcpy(to + 4 * i, &value, 4);
  }
}

// The least voxel of the slices that are there, for the places that have none; NaN where the type has it.
std::string LeastVoxel(const Volume& volume, const std::vector<int64_t>& offsets, int64_t slice_bytes) {
  const int width = BytesOf(volume.type);
  std::string voxel(width, '\0');
  if (volume.type == VoxelType::kFloat32 || volume.type == VoxelType::kFloat64) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const double wide = std::numeric_limits<double>::quiet_NaN();
    std::memcpy(voxel.data(), width == 4 ? static_cast<const void*>(&nan) : &wide, width);
    return voxel;
  }
  Volume raw;  // At() gives the stored value
  raw.type = volume.type;
  double least = std::numeric_limits<double>::infinity();
  for (const int64_t offset : offsets) {
    raw.voxels = volume.voxels.substr(offset, slice_bytes);
    for (int64_t i = 0; i < slice_bytes / width; ++i) least = std::min(least, raw.At(i));
  }
  WriteUint(voxel.data(), width, static_cast<uint64_t>(static_cast<int64_t>(least)));
  return voxel;
}

// What all slices' headers say. Of many files the beginnings are read, on all threads.
std::vector<SliceFacts> ReadAllFacts(const std::vector<SliceFile>& files, const DicomSeries& series) {
  std::vector<SliceFacts> facts(series.slices.size());
  ParallelFor(static_cast<int64_t>(files.size()), [&](int64_t i) {
    const OpenFile open(files[i], series, OpenFile::Extent::kHeader);
    for (const int64_t slice : files[i].slices) facts[slice] = ReadFacts(open, series.slices[slice], series);
  });
  return facts;
}

// Decodes slices a batch at a time on all threads and hands them to `put` in order: of the whole volume only a batch is in
// memory twice. One file with many frames is read once.
void ForEachDecoded(const std::vector<SliceFile>& files, const DicomSeries& series, const std::vector<SliceFacts>& facts,
                    const std::function<void(int64_t slice, const StoredFrame&)>& put) {
  std::vector<size_t> file_of(series.slices.size());
  for (size_t i = 0; i < files.size(); ++i)
    for (const int64_t slice : files[i].slices) file_of[slice] = i;
  std::optional<OpenFile> only;
  if (files.size() == 1) only.emplace(files[0], series, OpenFile::Extent::kWhole);
  const auto count = static_cast<int64_t>(series.slices.size()), batch_size = int64_t{4} * NumThreads();
  std::vector<StoredFrame> batch(batch_size);
  for (int64_t first = 0; first < count; first += batch_size) {
    const int64_t n = std::min(batch_size, count - first);
    ParallelFor(n, [&](int64_t i) {
      const int64_t slice = first + i;
      const auto decode = [&](const OpenFile& open) {
        batch[i] = DecodeFrame(open.file, facts[slice].module, series.slices[slice].frame, open.where);
        if (static_cast<int64_t>(batch[i].samples.size()) != facts[slice].module.FrameBytes())
          throw Error(ErrorCode::kCorrupt, open.where + ": the file has changed.");
      };
      if (only) decode(*only);
      else decode(OpenFile(files[file_of[slice]], series, OpenFile::Extent::kWhole));
    });
    for (int64_t i = 0; i < n; ++i) put(first + i, batch[i]);
  }
}

}  // namespace

Volume LoadSeries(const DicomSeries& series) {
  CHECK(!series.slices.empty()) << "a series without slices";
  const int64_t count = static_cast<int64_t>(series.slices.size()), on_grid = series.places.back() + 1,
                per_volume = static_cast<int64_t>(series.places.size());
  Volume volume;
  volume.shape = {series.columns, series.rows, on_grid};
  if (series.volumes > 1) volume.shape.push_back(series.volumes);
  CheckedVolumeBytes(volume.shape, VoxelType::kFloat32, "series " + series.key);
  volume.values.modality = series.modality;
  const std::vector<SliceFile> files = GroupByFile(series);
  const std::vector<SliceFacts> facts = ReadAllFacts(files, series);
  if (series.modality == "PT")
    volume.values.suvbw_factor =
        SuvbwFactor(OpenFile(files[0], series, OpenFile::Extent::kHeader).file.dataset, volume.values.no_suv_reason);
  const bool is_uniform =
      std::all_of(facts.begin(), facts.end(), [&](const SliceFacts& one) { return HasSameScale(one, facts[0]); });
  volume.type = is_uniform ? TypeOf(facts[0].module) : VoxelType::kFloat32;
  if (is_uniform) {
    volume.scl_slope = facts[0].scale.rescale_slope;
    volume.scl_inter = facts[0].scale.rescale_intercept;
  }
  volume.is_inverted = facts[0].is_inverted;
  const int64_t slice_bytes = int64_t{series.rows} * series.columns * BytesOf(volume.type);
  // Slices are appended in order: filling all voxels with zeros first would cost as much as reading them.
  volume.voxels.reserve(slice_bytes * on_grid * series.volumes);
  AdviseHugePages(volume.voxels.data(), volume.voxels.capacity());
  std::vector<int64_t> offsets(count);
  std::string scaled(is_uniform ? 0 : slice_bytes, '\0');
  ForEachDecoded(files, series, facts, [&](int64_t i, const StoredFrame& stored) {
    offsets[i] = (i / per_volume * on_grid + series.places[i % per_volume]) * slice_bytes;
    volume.voxels.resize(offsets[i]);  // over places without a slice
    if (!is_uniform) StoreScaled(stored, facts[i], scaled.data());
    volume.voxels.append(is_uniform ? reinterpret_cast<const char*>(stored.samples.data()) : scaled.data(), slice_bytes);
  });
  volume.voxels.resize(slice_bytes * on_grid * series.volumes);
  if (on_grid > per_volume) {
    const std::string least = LeastVoxel(volume, offsets, slice_bytes);
    std::vector<bool> is_there(on_grid * series.volumes);
    for (const int64_t offset : offsets) is_there[offset / slice_bytes] = true;
    for (size_t place = 0; place < is_there.size(); ++place)
      for (int64_t at = 0; !is_there[place] && at < slice_bytes; at += static_cast<int64_t>(least.size()))
        std::memcpy(volume.voxels.data() + static_cast<int64_t>(place) * slice_bytes + at, least.data(), least.size());
  }
  SetAffine(series, volume);
  volume.notes = series.problems;
  return volume;
}

}  // namespace lingshu
