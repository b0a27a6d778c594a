// De-identification of one DICOM object: the Basic Application Level Confidentiality Profile of PS3.15, Annex E, and
// the options of it that can be had by rule.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "deid/data_set.h"
#include "deid/pseudonym.h"

namespace lingshu {

// What becomes of dates and times: gone, moved by one offset a patient, or left (Retain Longitudinal options).
enum class DeidDates { kRemove, kShift, kKeep };
inline std::vector<std::string> EnumNames(DeidDates*) { return {"remove", "shift", "keep"}; }

// The options of PS3.15 E.3. Clean Pixel Data is DeidPixels of pixels.h; Clean Recognizable Visual Features is not built
// (head volumes would have to lose their faces) and is refused by the verb.
struct DeidOptions {
  DeidDates dates = DeidDates::kShift;
  bool keeps_weekdays = false;  // shifted dates move by whole weeks, times of day stay
  bool keeps_uids = false;
  bool keeps_patient_characteristics = false;
  bool keeps_device = false;
  bool keeps_institution = false;
  bool keeps_safe_private = false;
  bool cleans_descriptors = false;  // descriptions keep the words that clean_text.h knows
  bool cleans_structured = false;   // content of reports stays, its text cleaned the same way
  bool cleans_graphics = false;     // graphic annotations stay without their text
};

// Numbers of elements, never values. Example: {"removed": 12, "emptied": 4, "dummied": 1, "uids_replaced": 9,
// "dates_shifted": 6, "private_removed": 30, "overlays_removed": 0, "unknown_removed": 0, "malformed_removed": 0}
using DeidCounts = std::map<std::string, int64_t>;

// Changes the data set in place and marks it: Patient Identity Removed, De-identification Method and its codes,
// Longitudinal Temporal Information Modified. On top of Table E.1-1:
//   - private, unknown, group-length, overlay and curve elements go, and elements whose VR or characters are not the
//     standard's;
//   - ICC profiles keep what maps colours, and lose texts;
//   - every UID that the standard did not assign is replaced, every person name and long free text that the table does
//     not name goes;
//   - names of patients and their identifiers become a keyed pseudonym.
// Pixel data stay as they are: see pixels.h.
DeidCounts Deidentify(DataSet& data_set, const DeidOptions& options, const Pseudonyms& pseudonyms);

// True for sections through a head, by Body Part Examined and the descriptions. REQUIRES: Deidentify has not run yet.
bool MayShowAFace(const DataSet& data_set);

// What patients are told apart by: Patient ID, else the name, else the study.
std::string PatientKey(const DataSet& data_set);

}  // namespace lingshu
