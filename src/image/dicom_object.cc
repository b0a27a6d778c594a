// The storage SOP classes of PS3.4 B.5 by the ends of their UIDs.
#include "image/dicom_object.h"

#include <string_view>

#include <fmt/format.h>

#include "image/dicom_tags.h"
#include "image/modality.h"

namespace lingshu {
namespace {

// `suffix` follows 1.2.840.10008.5.1.4.1.1; one that ends in a dot stands for all classes below it.
struct ClassRow {
  std::string_view suffix;
  DicomKind kind;
  const char* name;
  const char* modality;  // of kModalities, where the class alone tells it
};
constexpr ClassRow kClasses[] = {
    {"1", DicomKind::kImage, "computed radiograph", "X-ray"},
    {"1.1", DicomKind::kImage, "digital X-ray image", "X-ray"},
    {"1.1.1", DicomKind::kImage, "digital X-ray image for processing", "X-ray"},
    {"1.2", DicomKind::kImage, "mammogram", "X-ray"},
    {"1.2.1", DicomKind::kImage, "mammogram for processing", "X-ray"},
    {"1.3", DicomKind::kImage, "intra-oral X-ray image", "X-ray"},
    {"1.3.1", DicomKind::kImage, "intra-oral X-ray image for processing", "X-ray"},
    {"2", DicomKind::kImage, "CT image", "CT"},
    {"2.1", DicomKind::kImage, "enhanced CT image", "CT"},
    {"2.2", DicomKind::kImage, "converted enhanced CT image", "CT"},
    {"3.1", DicomKind::kImage, "ultrasound loop", "ultrasound"},
    {"4", DicomKind::kImage, "MR image", "MRI"},
    {"4.1", DicomKind::kImage, "enhanced MR image", "MRI"},
    {"4.2", DicomKind::kOther, "MR spectroscopy", ""},
    {"4.3", DicomKind::kImage, "enhanced MR colour image", "MRI"},
    {"4.4", DicomKind::kImage, "converted enhanced MR image", "MRI"},
    {"6.1", DicomKind::kImage, "ultrasound image", "ultrasound"},
    {"6.2", DicomKind::kImage, "enhanced ultrasound volume", "ultrasound"},
    {"7", DicomKind::kImage, "secondary capture", ""},
    {"7.", DicomKind::kImage, "secondary capture", ""},
    {"9.", DicomKind::kOther, "waveform (ECG, audio and the like)", ""},
    {"11.", DicomKind::kOther, "presentation state", ""},
    {"12.1", DicomKind::kImage, "X-ray angiogram", "X-ray"},
    {"12.1.1", DicomKind::kImage, "enhanced X-ray angiogram", "X-ray"},
    {"12.2", DicomKind::kImage, "X-ray fluoroscopy", "X-ray"},
    {"12.2.1", DicomKind::kImage, "enhanced X-ray fluoroscopy", "X-ray"},
    {"13.1.", DicomKind::kImage, "X-ray tomosynthesis or 3D angiogram", "X-ray"},
    {"14.", DicomKind::kImage, "intravascular OCT", "OCT"},
    {"20", DicomKind::kImage, "nuclear medicine image", ""},
    {"30", DicomKind::kMap, "parametric map", ""},
    {"66", DicomKind::kOther, "raw data", ""},
    {"66.1", DicomKind::kOther, "spatial registration", ""},
    {"66.2", DicomKind::kOther, "spatial fiducials", ""},
    {"66.3", DicomKind::kOther, "deformable registration", ""},
    {"66.4", DicomKind::kSegmentation, "segmentation", ""},
    {"66.5", DicomKind::kOther, "surface segmentation", ""},
    {"66.6", DicomKind::kOther, "tractography", ""},
    {"66.7", DicomKind::kSegmentation, "label map segmentation", ""},
    {"66.8", DicomKind::kSegmentation, "height map segmentation", ""},
    {"67", DicomKind::kOther, "real world value mapping", ""},
    {"68.", DicomKind::kOther, "surface scan", ""},
    {"77.1.1", DicomKind::kImage, "endoscopic image", "endoscopy"},
    {"77.1.1.1", DicomKind::kImage, "endoscopic video", "endoscopy"},
    {"77.1.2", DicomKind::kImage, "microscopic image", "microscopy"},
    {"77.1.2.1", DicomKind::kImage, "microscopic video", "microscopy"},
    {"77.1.3", DicomKind::kImage, "microscopic image with slide coordinates", "microscopy"},
    {"77.1.4", DicomKind::kImage, "photograph", "digital photography"},
    {"77.1.4.1", DicomKind::kImage, "photographic video", "digital photography"},
    {"77.1.5.1", DicomKind::kImage, "ophthalmic photograph", "fundus photography"},
    {"77.1.5.2", DicomKind::kImage, "ophthalmic photograph of 16 bits", "fundus photography"},
    {"77.1.5.3", DicomKind::kOther, "stereometric relationship", ""},
    {"77.1.5.4", DicomKind::kImage, "ophthalmic tomogram", "OCT"},
    {"77.1.5.5", DicomKind::kImage, "wide field ophthalmic photograph", "fundus photography"},
    {"77.1.5.6", DicomKind::kImage, "wide field ophthalmic photograph", "fundus photography"},
    {"77.1.5.7", DicomKind::kImage, "OCT en face image", "OCT"},
    {"77.1.5.8", DicomKind::kImage, "OCT volume analysis", "OCT"},
    {"77.1.6", DicomKind::kImage, "whole slide image", "histopathology"},
    {"77.1.7", DicomKind::kImage, "dermoscopic photograph", "dermoscopy"},
    {"77.1.8", DicomKind::kImage, "confocal microscopy image", "microscopy"},
    {"77.1.9", DicomKind::kImage, "confocal microscopy image", "microscopy"},
    {"78.", DicomKind::kOther, "ophthalmic measurement", ""},
    {"79.1", DicomKind::kOther, "macular grid report", ""},
    {"80.1", DicomKind::kOther, "visual field measurement", ""},
    {"81.1", DicomKind::kMap, "ophthalmic thickness map", ""},
    {"82.1", DicomKind::kMap, "corneal topography map", ""},
    {"88.59", DicomKind::kReport, "key object selection", ""},
    {"88.", DicomKind::kReport, "structured report", ""},
    {"90.1", DicomKind::kReport, "content assessment", ""},
    {"91.1", DicomKind::kOther, "microscopy annotations", ""},
    {"104.1", DicomKind::kReport, "encapsulated PDF", ""},
    {"104.2", DicomKind::kReport, "encapsulated clinical document", ""},
    {"104.", DicomKind::kOther, "encapsulated 3D model", ""},
    {"128", DicomKind::kImage, "PET image", "PET"},
    {"128.1", DicomKind::kImage, "converted enhanced PET image", "PET"},
    {"130", DicomKind::kImage, "enhanced PET image", "PET"},
    {"131", DicomKind::kOther, "structured display", ""},
    {"200.", DicomKind::kOther, "protocol", ""},
    {"481.1", DicomKind::kImage, "RT image", "X-ray"},
    {"481.2", DicomKind::kDose, "RT dose", ""},
    {"481.3", DicomKind::kStructureSet, "RT structure set", ""},
    {"481.5", DicomKind::kOther, "RT plan", ""},
    {"481.8", DicomKind::kOther, "RT ion plan", ""},
    {"481.", DicomKind::kOther, "radiotherapy record", ""},
    {"501.", DicomKind::kImage, "industrial or security image", ""},
};

const ClassRow* RowOf(const DicomDataset& dataset) {
  const std::string uid = dataset.Text(kTagSopClassUid);
  constexpr std::string_view kPrefix = "1.2.840.10008.5.1.4.1.1.";
  if (!uid.starts_with(kPrefix)) return nullptr;
  const std::string_view suffix = std::string_view(uid).substr(kPrefix.size());
  const ClassRow* found = nullptr;  // the exact class, else the group with the longest name
  for (const ClassRow& row : kClasses) {
    if (row.suffix == suffix) return &row;
    const bool is_below = row.suffix.ends_with('.') && suffix.starts_with(row.suffix);
    if (is_below && (found == nullptr || row.suffix.size() > found->suffix.size())) found = &row;
  }
  return found;
}

}  // namespace

DicomClass DicomClassOf(const DicomDataset& dataset) {
  if (const ClassRow* row = RowOf(dataset)) return {row->kind, row->name};
  if (dataset.Text(kTagSopClassUid) == "1.2.840.10008.1.3.10" || dataset.Has(kTagDirectoryRecordSequence))
    return {DicomKind::kOther, "directory of a medium"};
  const std::string modality = dataset.Text(kTagModality);
  if (modality == "SEG") return {DicomKind::kSegmentation, "segmentation"};
  if (modality == "RTSTRUCT") return {DicomKind::kStructureSet, "RT structure set"};
  if (modality == "RTDOSE") return {DicomKind::kDose, "RT dose"};
  if (modality == "RTPLAN") return {DicomKind::kOther, "RT plan"};
  if (modality == "SR" || modality == "KO") return {DicomKind::kReport, "structured report"};
  return {DicomKind::kUnknown, "object"};
}

bool IsDerivedObject(const DicomDataset& dataset) {
  const DicomKind kind = DicomClassOf(dataset).kind;
  return kind == DicomKind::kSegmentation || (kind == DicomKind::kMap && dataset.Has(kTagPixelData));
}

std::string ModalityOf(const DicomDataset& dataset) {
  const ClassRow* row = RowOf(dataset);
  const std::string by_code = ModalityName(dataset.Text(kTagModality));
  if (row == nullptr || *row->modality == '\0') return by_code;
  // A class of photographs says less than a code that names the field.
  return std::string_view(row->suffix) == "77.1.4" && !by_code.empty() ? by_code : row->modality;
}

std::string DescribeWithoutPixels(const DicomDataset& dataset) {
  const DicomClass object = DicomClassOf(dataset);
  const auto with = [&](const char* what) { return fmt::format("a DICOM {}: {}", object.name, what); };
  switch (object.kind) {
    case DicomKind::kStructureSet:
      return with("contours, no pixels.\nHINT: the source dicom_structures draws them on the series that they belong to.");
    case DicomKind::kReport:
      return with("text, no pixels. It may name the patient and is not read.");
    case DicomKind::kImage:
    case DicomKind::kSegmentation:
    case DicomKind::kDose:
    case DicomKind::kMap:
      return with("the pixel data are missing.");
    case DicomKind::kOther:
    case DicomKind::kUnknown:
      return with("no pixels.");
  }
  return with("no pixels.");
}

}  // namespace lingshu
