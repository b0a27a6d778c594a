// The header of a DICOM file on disk, of which no more is read than it takes.
#pragma once

#include <string>

#include "image/dicom_dataset.h"

namespace lingshu {

// `file` has views into `bytes`.
struct DicomHeader {
  std::string bytes;  // the file's beginning
  int64_t file_bytes = 0;
  DicomFile file;     // of ParseDicomHeader, or of ParseDicom where it took the whole file
};

// Reads a little, and more where the header goes on beyond it. False for what is no DICOM by DetectDicom. Throws as ReadPrefix
// and ParseDicom; `where` stands for the file in messages of the latter.
bool ReadDicomHeader(const std::string& path, const std::string& where, DicomHeader& header);

}  // namespace lingshu
