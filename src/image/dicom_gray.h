// Grey DICOM pixels: stored values, the modality's scale, and the window (PS3.3 C.11.1, C.11.2).
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "image/dicom_frame.h"
#include "image/dicom_lut.h"
#include "image/reader.h"

namespace lingshu {

// A functional group of an enhanced multi-frame object (C.7.6.16): the frame's own, else the shared one, else absent.
std::optional<DicomDataset> FunctionalGroup(const DicomDataset& dataset, uint32_t group, int64_t frame);

// Stored samples as numbers, one at a time: a mammogram as doubles would take half a gigabyte.
class StoredValues {
 public:
  // Both must outlive it.
  StoredValues(const StoredFrame& stored, const PixelModule& module)
      : stored_(stored), module_(module), width_(module.BytesPerSample()) {}
  size_t size() const { return stored_.samples.size() / width_; }
  double operator[](size_t i) const;
  // The least and the greatest that are no NaN; absent when there are none.
  std::optional<std::pair<double, double>> Extremes() const;

 private:
  const StoredFrame& stored_;
  const PixelModule& module_;
  int width_;
};

// Stored values to the modality's (Hounsfield units, activity): a table, or slope and intercept.
struct ModalityScale {
  std::optional<LookupTable> table;
  double rescale_slope = 1;
  double rescale_intercept = 0;

  double Apply(double value) const;
  bool IsIdentity() const { return !table && rescale_slope == 1 && rescale_intercept == 0; }
};
ModalityScale ReadModalityScale(const DicomDataset& dataset, const PixelModule& module, int64_t frame,
                                const std::string& where);

// Fills image.rgb and appends what was done to image.operations. The window is, in this order: the preset's, the
// caller's, the file's VOI table, the file's window, soft tissue (40/400) for CT, the whole range for 8 bits or less,
// and percentiles for the rest. Padding pixels become black and have no say in the percentiles. MONOCHROME1 is turned
// so that bright means more signal.
void RenderGray(const DicomFile& file, const StoredFrame& stored, const PixelModule& module,
                const ImageOptions& options, Image& image, const std::string& where);

}  // namespace lingshu
