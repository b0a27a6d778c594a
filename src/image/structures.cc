// Two passes over the folder: the pictures by their headers, then the objects one after another.
#include "image/structures.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/strings.h"
#include "image/dicom_frame.h"
#include "image/dicom_gray.h"
#include "image/dicom_object.h"
#include "image/dicom_tags.h"
#include "image/folder_walk.h"
#include "image/limits.h"
#include "image/structure_object.h"

namespace lingshu {
namespace {

using Vector = std::array<double, 3>;

constexpr int64_t kMaxPictures = 1'000'000;

Vector Row(const PixelPlane& plane) { return {plane.orientation[0], plane.orientation[1], plane.orientation[2]}; }
Vector Column(const PixelPlane& plane) { return {plane.orientation[3], plane.orientation[4], plane.orientation[5]}; }
double Dot(const Vector& a, const Vector& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }
Vector Difference(const Vector& a, const Vector& b) { return {a[0] - b[0], a[1] - b[1], a[2] - b[2]}; }

std::vector<double> NumbersOf(const DicomDataset& dataset, uint32_t group, uint32_t tag, int64_t frame) {
  if (std::vector<double> own = dataset.Numbers(tag); !own.empty()) return own;
  if (const auto item = FunctionalGroup(dataset, group, frame)) return item->Numbers(tag);
  return {};
}

// The header alone where it fits, else the whole file; nothing for what is no DICOM or cannot be read.
std::optional<DicomFile> ReadHeader(const std::string& path, std::string& bytes) {
  try {
    FilePrefix prefix = ReadPrefix(path, 64 << 10);
    if (!DetectDicom(std::string_view(prefix.bytes).substr(0, 4096))) return std::nullopt;
    bytes = std::move(prefix.bytes);
    try {
      return ParseDicomHeader(bytes, "a file");
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInterrupted) throw;
      bytes = ReadFile(path, kMaxFileBytes);
      return ParseDicom(bytes, "a file");
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInterrupted) throw;
    return std::nullopt;
  }
}

void AddPictures(const std::string& path, const DicomFile& file, PictureIndex& index) {
  const PixelModule module = ReadPixelModule(file, "a file");
  const uint64_t instance = InstanceHash(file.dataset, kTagSopInstanceUid);
  for (int64_t frame = 0; frame < std::min<int64_t>(module.frames, 16384); ++frame)
    index.Add(instance, {.path = path,
                         .modality = ModalityOf(file.dataset),
                         .frame = frame,
                         .columns = module.columns,
                         .rows = module.rows,
                         .plane = PlaneOf(file.dataset, frame)});
}

}  // namespace

Vector PixelPlane::Normal() const {
  const Vector a = Row(*this), b = Column(*this);
  return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

double PixelPlane::DistanceTo(const Vector& point) const { return Dot(Difference(point, position), Normal()); }

std::array<double, 2> PixelPlane::PixelOf(const Vector& point) const {
  const Vector from_first = Difference(point, position);
  return {Dot(from_first, Row(*this)) / spacing_mm[1], Dot(from_first, Column(*this)) / spacing_mm[0]};
}

Vector PixelPlane::PointOf(double column, double row) const {
  Vector point = position;
  for (int i = 0; i < 3; ++i)
    point[i] += column * spacing_mm[1] * orientation[i] + row * spacing_mm[0] * orientation[3 + i];
  return point;
}

std::optional<PixelPlane> PlaneOf(const DicomDataset& dataset, int64_t frame) {
  const std::vector<double> position = NumbersOf(dataset, kTagPlanePositionSequence, kTagImagePositionPatient, frame),
                            orientation =
                                NumbersOf(dataset, kTagPlaneOrientationSequence, kTagImageOrientationPatient, frame),
                            spacing = NumbersOf(dataset, kTagPixelMeasuresSequence, kTagPixelSpacing, frame);
  if (position.size() != 3 || orientation.size() != 6 || spacing.size() != 2 || !(spacing[0] > 0) || !(spacing[1] > 0))
    return std::nullopt;
  PixelPlane plane;
  std::copy_n(position.begin(), 3, plane.position.begin());
  std::copy_n(orientation.begin(), 6, plane.orientation.begin());
  std::copy_n(spacing.begin(), 2, plane.spacing_mm.begin());
  const Vector row = Row(plane), column = Column(plane);
  const bool is_orthonormal = std::abs(Dot(row, row) - 1) < 0.01 && std::abs(Dot(column, column) - 1) < 0.01 &&
                              std::abs(Dot(row, column)) < 0.01;
  return is_orthonormal ? std::optional(plane) : std::nullopt;
}

void PictureIndex::Add(uint64_t instance_hash, Picture picture) {
  if (static_cast<int64_t>(pictures_.size()) >= kMaxPictures)
    throw Error(ErrorCode::kTooLarge, fmt::format("a folder of more than {} pictures.", kMaxPictures));
  by_instance_.emplace(instance_hash, pictures_.size());
  pictures_.push_back(std::move(picture));
}

const Picture* PictureIndex::Find(uint64_t instance_hash, int64_t frame) const {
  const auto [begin, end] = by_instance_.equal_range(instance_hash);
  for (auto it = begin; it != end; ++it)
    if (pictures_[it->second].frame == frame) return &pictures_[it->second];
  return nullptr;
}

const Picture* PictureIndex::FindInPlane(const PixelPlane& plane) const {
  const Vector normal = plane.Normal();
  for (const Picture& picture : pictures_)
    if (picture.plane && std::abs(Dot(picture.plane->Normal(), normal)) > 0.99996 &&
        std::abs(picture.plane->DistanceTo(plane.position)) < 0.5)
      return &picture;
  return nullptr;
}

uint64_t InstanceHash(const DicomDataset& dataset, uint32_t tag) { return HashBytes(dataset.Text(tag)); }

std::string CleanLabel(std::string_view text) {
  std::string label;
  for (const char c : text.substr(0, 64)) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          std::string_view("-(),./+% ").find(c) != std::string_view::npos;
    if (is_plain) label += c;
    else if (c == '_') label += ' ';
  }
  return std::string(TrimAscii(label));
}

std::map<std::string, int64_t> ForEachOutline(const fs::path& folder, const std::function<void(StructureOutline)>& each) {
  std::map<std::string, int64_t> skipped;
  PictureIndex pictures;
  std::vector<std::string> objects;
  ForEachFile(folder, [&](const std::string& path) {
    std::string bytes;
    const std::optional<DicomFile> file = ReadHeader(path, bytes);
    if (!file) return;
    const DicomKind kind = DicomClassOf(file->dataset).kind;
    try {
      if (kind == DicomKind::kSegmentation || kind == DicomKind::kStructureSet) objects.push_back(path);
      else if (kind == DicomKind::kImage || kind == DicomKind::kUnknown) AddPictures(path, *file, pictures);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInterrupted) throw;
      ++skipped["pictures that cannot be read"];
    }
  });
  for (const std::string& path : objects) {
    try {
      const std::string bytes = ReadFile(path, kMaxFileBytes);
      const DicomFile file = ParseDicom(bytes, "a segmentation");
      const std::string object = Sha256Hex("object " + file.dataset.Text(kTagSopInstanceUid)).substr(0, 16);
      const PieceSink sink = [&](Piece piece) {
        each({object, std::move(piece.label), piece.picture->path, piece.picture->frame, piece.picture->modality,
              std::move(piece.mask)});
      };
      const SkipCount skip = [&](const char* reason) { ++skipped[reason]; };
      const bool is_set = DicomClassOf(file.dataset).kind == DicomKind::kStructureSet;
      (is_set ? ReadStructureSet : ReadSegmentation)(file, pictures, sink, skip);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kInterrupted) throw;
      ++skipped["segmentations and structure sets that cannot be read"];
    }
  }
  return skipped;
}

}  // namespace lingshu
