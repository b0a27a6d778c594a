// Structure sets (PS3.3 C.8.8.5, C.8.8.6): closed planar contours in millimetres, filled by the even-odd rule, so that a
// contour within another cuts a hole. A pixel is inside when its centre is.
#include <algorithm>
#include <cmath>
#include <map>

#include "image/dicom_tags.h"
#include "image/structure_object.h"

namespace lingshu {
namespace {

using Polygon = std::vector<std::array<double, 2>>;  // column, row

constexpr size_t kMaxPoints = 1 << 20;

// Turns every pixel round whose centre lies inside: the crossings of its row with the polygon, in pairs.
void Flip(const Polygon& polygon, Mask& mask) {
  double top = polygon[0][1], bottom = top;
  for (const auto& point : polygon) {
    top = std::min(top, point[1]);
    bottom = std::max(bottom, point[1]);
  }
  const int first = static_cast<int>(std::clamp(std::ceil(top), 0.0, static_cast<double>(mask.height))),
            last = static_cast<int>(std::clamp(std::floor(bottom), -1.0, mask.height - 1.0));
  std::vector<double> crossings;
  for (int y = first; y <= last; ++y) {
    crossings.clear();
    for (size_t i = 0; i < polygon.size(); ++i) {
      const auto &a = polygon[i], &b = polygon[(i + 1) % polygon.size()];
      if ((a[1] <= y) != (b[1] <= y)) crossings.push_back(a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]));
    }
    std::sort(crossings.begin(), crossings.end());
    for (size_t i = 0; i + 1 < crossings.size(); i += 2) {
      const int from = static_cast<int>(std::clamp(std::ceil(crossings[i]), 0.0, static_cast<double>(mask.width))),
                to = static_cast<int>(std::clamp(std::ceil(crossings[i + 1]), 0.0, static_cast<double>(mask.width)));
      for (int x = from; x < to; ++x) mask.inside[static_cast<size_t>(y) * mask.width + x] ^= 1;
    }
  }
}

// The picture that the contour refers to, else the one in the plane of its points.
const Picture* FindPicture(const DicomDataset& contour, const std::vector<double>& points, const PictureIndex& pictures) {
  if (const auto image = contour.Item(kTagContourImageSequence)) {
    const int64_t number = image->Integer(kTagReferencedFrameNumber).value_or(1);
    if (const Picture* found = pictures.Find(InstanceHash(*image, kTagReferencedSopInstanceUid), number - 1)) return found;
  }
  // Contours without a reference are axial.
  return pictures.FindInPlane(
      {.position = {points[0], points[1], points[2]}, .orientation = {1, 0, 0, 0, 1, 0}, .spacing_mm = {1, 1}});
}

std::map<int64_t, std::string> ReadLabels(const DicomDataset& dataset) {
  std::map<int64_t, std::string> labels;
  for (const DicomDataset& roi : dataset.Items(kTagStructureSetRoiSequence))
    labels[roi.Integer(kTagRoiNumber).value_or(-1)] = CleanLabel(roi.Bytes(kTagRoiName));
  return labels;
}

}  // namespace

void ReadStructureSet(const DicomFile& file, const PictureIndex& pictures, const PieceSink& sink, const SkipCount& skip) {
  const std::map<int64_t, std::string> labels = ReadLabels(file.dataset);
  for (const DicomDataset& roi : file.dataset.Items(kTagRoiContourSequence)) {
    const auto label = labels.find(roi.Integer(kTagReferencedRoiNumber).value_or(-1));
    if (label == labels.end() || label->second.empty()) {
      skip("structures without a name");
      continue;
    }
    std::map<const Picture*, Mask> masks;
    std::vector<const Picture*> order;
    for (const DicomDataset& contour : roi.Items(kTagContourSequence)) {
      const std::vector<double> points = contour.Numbers(kTagContourData);
      if (!contour.Text(kTagContourGeometricType).starts_with("CLOSED") || points.size() < 9 || points.size() % 3 != 0 ||
          points.size() > 3 * kMaxPoints) {
        skip("contours that are not closed polygons");
        continue;
      }
      const Picture* picture = FindPicture(contour, points, pictures);
      if (picture == nullptr || !picture->plane) {
        skip("contours whose picture is not there");
        continue;
      }
      Polygon polygon;
      for (size_t i = 0; i < points.size(); i += 3)
        polygon.push_back(picture->plane->PixelOf({points[i], points[i + 1], points[i + 2]}));
      const auto [it, is_new] = masks.emplace(picture, Mask());
      if (is_new) {
        it->second = {picture->columns, picture->rows,
                      std::vector<uint8_t>(static_cast<size_t>(picture->columns) * picture->rows)};
        order.push_back(picture);
      }
      Flip(polygon, it->second);
    }
    for (const Picture* picture : order)
      if (masks.at(picture).NumPixels() > 0) sink({label->second, picture, std::move(masks.at(picture))});
  }
}

}  // namespace lingshu
