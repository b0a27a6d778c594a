// A series' slices to one volume.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "base/error.h"
#include "base/threads.h"
#include "image/byte_order.h"
#include "image/dicom_dataset.h"
#include "image/dicom_frame.h"
#include "image/dicom_gray.h"
#include "image/dicom_header.h"
#include "image/dicom_tags.h"
#include "image/folder_walk.h"
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
  std::optional<int64_t> native_place;  // in the file, where the values lie as they are
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

// Messages name the slice, since files are named after patients.
std::string WhereOf(const DicomSeries& series, const SliceFile& file) {
  return fmt::format("series {}, slice {}", series.key, file.slices.front());
}
[[noreturn]] void ThrowChanged(const std::string& where) { throw Error(ErrorCode::kCorrupt, where + ": the file has changed."); }

// What reading or parsing a file throws, without its name.
template <typename Read>
void ReadOf(const std::string& where, Read read) {
  try {
    read();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kNotFound || error.code() == ErrorCode::kIo || error.code() == ErrorCode::kTooLarge)
      throw Error(error.code(), where + ": the file cannot be read any more.");
    throw;
  }
}

// A file that is read whole and parsed.
struct WholeFile {
  std::string where, bytes;
  DicomFile file;

  WholeFile(const SliceFile& slice_file, const DicomSeries& series) : where(WhereOf(series, slice_file)) {
    bytes = std::move(Spare());
    ReadOf(where, [&] { ReadInto(slice_file.path, kMaxFileBytes, bytes); });
    file = ParseDicom(bytes, where);
  }
  WholeFile(WholeFile&&) = delete;
  ~WholeFile() {
    if (bytes.capacity() > Spare().capacity()) Spare() = std::move(bytes);
  }

 private:
  // A thread's files have about one size: the next one is read into the memory of the last.
  static std::string& Spare() {
    thread_local std::string spare;
    return spare;
  }
};

SliceFacts ReadFacts(const DicomHeader& header, const SliceRef& ref, const DicomSeries& series, const std::string& where) {
  SliceFacts facts{.module = ReadPixelModule(header.file, where)};
  if (facts.module.rows != series.rows || facts.module.columns != series.columns) ThrowChanged(where);
  facts.native_place = NativePlace(header.file, facts.module, ref.frame, header.file_bytes);
  facts.scale = ReadModalityScale(header.file.dataset, facts.module, ref.frame, where);
  if (const auto dose = header.file.dataset.Numbers(kTagDoseGridScaling); !dose.empty())
    facts.scale.rescale_slope = dose[0];
  if (!facts.module.photometric.starts_with("MONOCHROME"))
    throw Error(ErrorCode::kUnsupported, where + ": slices of a volume have to be MONOCHROME1 or MONOCHROME2.");
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

// For the places without a slice: the least voxel of those that are there, NaN where the type has it.
std::string LeastVoxel(const Volume& volume, const std::vector<int64_t>& offsets, int64_t slice_bytes) {
  const int width = BytesOf(volume.type);
  std::string voxel(width, '\0');
  if (volume.type == VoxelType::kFloat32 || volume.type == VoxelType::kFloat64) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    const double wide = std::numeric_limits<double>::quiet_NaN();
    std::memcpy(voxel.data(), width == 4 ? static_cast<const void*>(&nan) : &wide, width);
    return voxel;
  }
  double least = std::numeric_limits<double>::infinity();
  for (const int64_t offset : offsets)
    least = std::min(least, StoredExtremes(volume.type, volume.voxels.view().substr(offset, slice_bytes))->first);
  WriteUint(voxel.data(), width, static_cast<uint64_t>(static_cast<int64_t>(least)));
  return voxel;
}

// What all slices' headers say, read on all threads.
std::vector<SliceFacts> ReadAllFacts(const std::vector<SliceFile>& files, const DicomSeries& series, ValueFacts& values) {
  std::vector<SliceFacts> facts(series.slices.size());
  values.modality = series.modality;
  ParallelFor(static_cast<int64_t>(files.size()), [&](int64_t i) {
    const std::string where = WhereOf(series, files[i]);
    DicomHeader header;
    ReadOf(where, [&] {
      if (!ReadDicomHeader(files[i].path, where, header)) ThrowChanged(where);
    });
    for (const int64_t slice : files[i].slices) facts[slice] = ReadFacts(header, series.slices[slice], series, where);
    if (i == 0 && series.modality == "PT") values.suvbw_factor = SuvbwFactor(header.file.dataset, values.no_suv_reason);
  });
  return facts;
}

// A slice of one scale that needs no decoding, from the file right to its place; false when the file has become shorter.
bool ReadNative(const SliceRef& ref, const SliceFacts& facts, std::span<uint8_t> to) {
  if (!ReadSpan(ref.path, *facts.native_place, to)) return false;
  TidyNative(facts.module, to.data(), to.size());
  return true;
}

// Fills the voxels of every slice, each at its offset, on all threads. A file with many compressed frames is read once.
void FillVoxels(const DicomSeries& series, const std::vector<SliceFile>& files, const std::vector<SliceFacts>& facts, bool is_uniform,
                const std::vector<int64_t>& offsets, int64_t slice_bytes, char* voxels) {
  std::vector<size_t> file_of(series.slices.size());
  for (size_t i = 0; i < files.size(); ++i)
    for (const int64_t slice : files[i].slices) file_of[slice] = i;
  const bool has_encoded = std::any_of(facts.begin(), facts.end(), [&](const SliceFacts& one) { return !is_uniform || !one.native_place; });
  std::optional<WholeFile> only;
  if (files.size() == 1 && has_encoded) only.emplace(files[0], series);
  ParallelFor(static_cast<int64_t>(series.slices.size()), [&](int64_t i) {
    const SliceFile& file = files[file_of[i]];
    char* to = voxels + offsets[i];
    if (is_uniform && facts[i].native_place) {
      const std::string where = WhereOf(series, file);
      ReadOf(where, [&] {
        if (!ReadNative(series.slices[i], facts[i], {reinterpret_cast<uint8_t*>(to), static_cast<size_t>(slice_bytes)})) ThrowChanged(where);
      });
      return;
    }
    const auto decode = [&](const WholeFile& whole) {
      const StoredFrame stored = DecodeFrame(whole.file, facts[i].module, series.slices[i].frame, whole.where);
      if (static_cast<int64_t>(stored.samples.size()) != facts[i].module.FrameBytes()) ThrowChanged(whole.where);
      if (is_uniform) std::memcpy(to, stored.samples.data(), stored.samples.size());
      else StoreScaled(stored, facts[i], to);
    };
    if (only) decode(*only);
    else decode(WholeFile(file, series));
  });
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
  const std::vector<SliceFile> files = GroupByFile(series);
  const std::vector<SliceFacts> facts = ReadAllFacts(files, series, volume.values);
  const bool is_uniform =
      std::all_of(facts.begin(), facts.end(), [&](const SliceFacts& one) { return HasSameScale(one, facts[0]); });
  volume.type = is_uniform ? TypeOf(facts[0].module) : VoxelType::kFloat32;
  if (is_uniform) {
    volume.scl_slope = facts[0].scale.rescale_slope;
    volume.scl_inter = facts[0].scale.rescale_intercept;
  }
  volume.is_inverted = facts[0].is_inverted;
  const int64_t slice_bytes = int64_t{series.rows} * series.columns * BytesOf(volume.type);
  volume.voxels.resize(slice_bytes * on_grid * series.volumes);
  std::vector<int64_t> offsets(count);
  for (int64_t i = 0; i < count; ++i) offsets[i] = (i / per_volume * on_grid + series.places[i % per_volume]) * slice_bytes;
  FillVoxels(series, files, facts, is_uniform, offsets, slice_bytes, volume.voxels.data());
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
