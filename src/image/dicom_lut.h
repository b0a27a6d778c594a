// Look-up tables of DICOM: modality and VOI tables (PS3.3 C.11.1, C.11.2) and the three of PALETTE COLOR (C.7.6.3.1.5).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "image/dicom_dataset.h"
#include "image/dicom_frame.h"

namespace lingshu {

struct LookupTable {
  int64_t first = 0;  // the input of entry 0; inputs beyond either end take the end's entry
  int bits = 16;      // of an entry
  std::vector<uint16_t> entries;

  uint16_t At(int64_t input) const;
};

// The first item of a Modality LUT or VOI LUT sequence, or absent. Throws Error(kCorrupt) when entries are missing.
std::optional<LookupTable> ReadLookupTable(const DicomDataset& dataset, uint32_t sequence, bool is_signed,
                                           const std::string& where);

// Red, green, blue; segmented tables are expanded (C.7.9.2). Throws Error(kCorrupt | kUnsupported).
std::vector<LookupTable> ReadPalettes(const DicomDataset& dataset, const PixelModule& module, const std::string& where);

}  // namespace lingshu
