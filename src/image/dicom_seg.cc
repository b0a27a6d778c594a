// Segmentations (PS3.3 C.8.20): a frame is the mask of one segment (binary, fractional) or holds the numbers of all
// segments (label maps).
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "image/dicom_frame.h"
#include "image/dicom_gray.h"
#include "image/dicom_tags.h"
#include "image/structure_object.h"

namespace lingshu {
namespace {

// Label by number: the name of the coded property, else the segment's own label.
std::map<int64_t, std::string> ReadLabels(const DicomDataset& dataset) {
  std::map<int64_t, std::string> labels;
  for (const DicomDataset& segment : dataset.Items(kTagSegmentSequence)) {
    std::string label = CleanLabel(segment.Bytes(kTagSegmentLabel));
    if (const auto code = segment.Item(kTagSegmentedPropertyTypeCodeSequence))
      if (const std::string meaning = CleanLabel(code->Bytes(kTagCodeMeaning));
          !meaning.empty() && meaning != "Tissue" && meaning != "Organ" && label.empty())
        label = meaning;
    labels[segment.Integer(kTagSegmentNumber).value_or(0)] = label;
  }
  return labels;
}

// The picture that a frame says it was made from, else the one in its plane.
const Picture* FindPicture(const DicomDataset& dataset, int64_t frame, const std::optional<PixelPlane>& plane,
                           const PictureIndex& pictures) {
  if (const auto derivation = FunctionalGroup(dataset, kTagDerivationImageSequence, frame))
    if (const auto source = derivation->Item(kTagSourceImageSequence)) {
      const int64_t number = source->Integer(kTagReferencedFrameNumber).value_or(1);
      if (const Picture* found = pictures.Find(InstanceHash(*source, kTagReferencedSopInstanceUid), number - 1))
        return found;
    }
  return plane ? pictures.FindInPlane(*plane) : nullptr;
}

// A frame's mask on the picture's grid, each pixel from the nearest of the frame's.
Mask Resample(const Mask& mask, const std::optional<PixelPlane>& from, const Picture& picture) {
  if (!from || !picture.plane) return mask;
  Mask out{picture.columns, picture.rows, std::vector<uint8_t>(static_cast<size_t>(picture.columns) * picture.rows)};
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      const auto [column, row] = from->PixelOf(picture.plane->PointOf(x, y));
      const double u = std::round(column), v = std::round(row);
      if (u >= 0 && v >= 0 && u < mask.width && v < mask.height)
        out.inside[static_cast<size_t>(y) * out.width + x] =
            mask.inside[static_cast<size_t>(v) * mask.width + static_cast<size_t>(u)];
    }
  return out;
}

}  // namespace

void ReadSegmentation(const DicomFile& file, const PictureIndex& pictures, const PieceSink& sink, const SkipCount& skip) {
  const DicomDataset& dataset = file.dataset;
  const PixelModule module = ReadPixelModule(file, "a segmentation");
  const std::string type = dataset.Text(kTagSegmentationType);
  const std::map<int64_t, std::string> labels = ReadLabels(dataset);
  if (dataset.Text(kTagDimensionOrganizationType) == "TILED_FULL" || !dataset.Has(kTagPerFrameFunctionalGroupsSequence))
    return skip("segmentations of whole slides");
  const double half = static_cast<double>(dataset.Integer(kTagMaximumFractionalValue).value_or(255)) / 2;
  for (int64_t frame = 0; frame < module.frames; ++frame) {
    const std::optional<PixelPlane> plane = PlaneOf(dataset, frame);
    const Picture* picture = FindPicture(dataset, frame, plane, pictures);
    const bool has_same_grid = picture != nullptr && picture->columns == module.columns && picture->rows == module.rows;
    if (picture == nullptr || (!has_same_grid && (!plane || !picture->plane))) {
      skip("frames of segmentations whose picture is not there");
      continue;
    }
    const StoredFrame stored = DecodeFrame(file, module, frame, "a segmentation");
    const StoredValues values(stored, module);
    std::map<int64_t, Mask> masks;  // by segment number
    const auto mask_of = [&](int64_t number) -> Mask& {
      Mask& mask = masks[number];
      if (mask.inside.empty()) mask = {module.columns, module.rows, std::vector<uint8_t>(values.size())};
      return mask;
    };
    if (type == "LABELMAP") {
      for (size_t i = 0; i < values.size(); ++i)
        if (const auto number = static_cast<int64_t>(values[i]); number != 0 && labels.contains(number))
          mask_of(number).inside[i] = 1;
    } else {
      const auto identification = FunctionalGroup(dataset, kTagSegmentIdentificationSequence, frame);
      const int64_t number = identification ? identification->Integer(kTagReferencedSegmentNumber).value_or(0) : 0;
      Mask& mask = mask_of(number);
      for (size_t i = 0; i < values.size(); ++i) mask.inside[i] = type == "FRACTIONAL" ? values[i] >= half : values[i] != 0;
    }
    for (const auto& [number, mask] : masks) {
      const auto label = labels.find(number);
      if (label == labels.end() || label->second.empty()) {
        skip("structures without a name");
        continue;
      }
      Mask on_picture = Resample(mask, plane, *picture);
      if (on_picture.NumPixels() > 0) sink({label->second, picture, std::move(on_picture)});
    }
  }
}

}  // namespace lingshu
