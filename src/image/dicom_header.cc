// Most headers have 2 to 12 KiB; private elements of some makers, and functional groups, take a hundred and more.
#include "image/dicom_header.h"

#include "base/error.h"
#include "image/dicom_tags.h"
#include "image/folder_walk.h"
#include "image/limits.h"

namespace lingshu {
namespace {

// False where the header may go on beyond what was read: an element is cut, or the pixels were not reached.
bool Parses(const std::string& where, DicomHeader& header) {
  try {
    header.file = ParseDicomHeader(header.bytes, where);
    const DicomDataset& dataset = header.file.dataset;
    return static_cast<int64_t>(header.bytes.size()) == header.file_bytes || dataset.Has(kTagPixelData) || dataset.Has(kTagFloatPixelData) ||
           dataset.Has(kTagDoubleFloatPixelData);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInterrupted) throw;
    return false;
  }
}

}  // namespace

bool ReadDicomHeader(const std::string& path, const std::string& where, DicomHeader& header) {
  for (const int64_t prefix_bytes : {int64_t{16} << 10, int64_t{256} << 10}) {
    FilePrefix prefix = ReadPrefix(path, prefix_bytes);
    header.bytes = std::move(prefix.bytes);
    header.file_bytes = prefix.file_bytes;
    if (!DetectDicom(std::string_view(header.bytes).substr(0, 4096))) return false;
    if (Parses(where, header)) return true;
    if (static_cast<int64_t>(header.bytes.size()) >= header.file_bytes) break;
  }
  ReadInto(path, kMaxFileBytes, header.bytes);
  header.file = ParseDicom(header.bytes, where);
  return true;
}

}  // namespace lingshu
