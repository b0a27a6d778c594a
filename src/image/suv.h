// SUVbw: uptake in PET relative to the injected dose spread over the body's weight, in g/ml.
#pragma once

#include <optional>
#include <string>

#include "image/dicom_dataset.h"

namespace lingshu {

// The SUVbw of a modality value of 1, after the vendor-neutral computation of QIBA's FDG-PET/CT profile (PS3.3 C.8.9):
//   Units BQML: weight_g / (dose_Bq * 2^(-(scan - injection) / half-life)), Decay Correction START;
//               without the decay for ADMIN, where the values are of the time of injection already.
//   Units GML:  1, for SUV Type BW or absent.
//   Units CNTS of Philips: its private SUV scale factor (7053,1000), else its activity scale (7053,1009) and then as BQML.
// Absent, with the reason in words, for other units or where something is missing.
std::optional<double> SuvbwFactor(const DicomDataset& dataset, std::string& reason);

}  // namespace lingshu
