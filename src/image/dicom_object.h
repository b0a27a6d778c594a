// What kind of object a DICOM file is, by its SOP class (PS3.4 B.5): pictures, and everything that a hospital's archive
// holds beside them and that has to be told apart before it is refused.
#pragma once

#include <string>

#include "image/dicom_dataset.h"

namespace lingshu {

enum class DicomKind { kImage, kSegmentation, kStructureSet, kDose, kMap, kReport, kOther, kUnknown };

struct DicomClass {
  DicomKind kind = DicomKind::kUnknown;
  std::string name;  // "CT image", "RT structure set", …; "DICOM object" when the class is not known
};
DicomClass DicomClassOf(const DicomDataset& dataset);

// Segmentations and maps that are made from other pictures; they have pixels, but are no slices of a patient.
bool IsDerivedObject(const DicomDataset& dataset);

// The modality by kModalities' names: what the SOP class says where it is more particular than (0008,0060), which has
// "OP" for every ophthalmic picture and "OT" or "XC" for much else. "" when it is none of the twelve.
std::string ModalityOf(const DicomDataset& dataset);

// "a DICOM RT structure set: contours, no pixels.\nHINT: …", for objects that hold none. No text of the file is in it.
std::string DescribeWithoutPixels(const DicomDataset& dataset);

}  // namespace lingshu
