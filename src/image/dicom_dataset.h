// The part of a DICOM file (PS3.5, PS3.10) that pictures need. The parser keeps the elements of one table, kKeptTags of
// dicom_tags.h, all technical, and steps over everything else without copying it: names, identifiers, dates, free text,
// private and overlay groups never enter memory that outlives the file, so they can reach no Image, no log line and no
// error.
//
// Grammar: 128 bytes, "DICM", file meta (group 0002, explicit VR little endian), data set in the transfer syntax that
// (0002,0010) names. Element: tag, [VR,] length, value. Sequence: items FFFE,E000 up to FFFE,E0DD; an item of undefined
// length ends at FFFE,E00D. Encapsulated pixel data: the first item holds offsets, the others fragments.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/raw_buffer.h"

namespace lingshu {

// Views into the file's bytes, which must outlive it (DicomFile holds them where it had to inflate).
class DicomDataset {
 public:
  struct Element {
    char vr[2];  // the table's where the file says none
    std::string_view value;
    std::shared_ptr<const std::vector<size_t>> item_offsets;  // of the per-frame sequence alone
  };

  bool Has(uint32_t tag) const { return elements_.contains(tag); }
  // Value number `index` of US SS UL SL IS, or absent. `is_signed` decides for tags that may be US or SS.
  std::optional<int64_t> Integer(uint32_t tag, size_t index = 0, bool is_signed = false) const;
  // All values of DS IS FL FD; empty when absent. Throws Error(kCorrupt) for text that is no finite number.
  std::vector<double> Numbers(uint32_t tag) const;
  // CS or UI without padding; "" when absent or when it holds characters that neither allows.
  std::string Text(uint32_t tag) const;
  std::string_view Bytes(uint32_t tag) const;
  // 16-bit words of OW, US or SS, 8-bit values of OB widened.
  std::vector<uint16_t> Words(uint32_t tag) const;
  // Item `index` of a sequence, or absent.
  std::optional<DicomDataset> Item(uint32_t tag, size_t index = 0) const;
  // All items; none when absent.
  std::vector<DicomDataset> Items(uint32_t tag) const;
  bool IsBigEndian() const { return is_big_endian_; }
  bool IsVr(uint32_t tag, std::string_view vr) const;

 private:
  friend class DicomParser;
  std::map<uint32_t, Element> elements_;
  bool is_big_endian_ = false;
  bool is_explicit_ = true;
  std::string where_;
};

struct DicomFile {
  DicomDataset dataset;
  std::string transfer_syntax;     // UID
  bool is_syntax_assumed = false;  // the file names none; it was recognised from its first element
  bool is_encapsulated = false;
  std::string_view offset_table;            // first item of encapsulated pixel data
  std::vector<std::string_view> fragments;  // the other items
  std::shared_ptr<const RawBytes> inflated;
  // Of ParseDicomHeader: where the pixel data lie in the file, as their length says; -1 where it says none.
  int64_t pixels_begin = -1, pixels_end = -1;
};

// True for Part 10 files and for bare data sets that begin with group 0002 or 0008.
bool DetectDicom(std::string_view prefix);

// `bytes` must outlive the result. Bounded: nesting 16 deep, lengths within the file, inflation to 512 MiB.
// Throws Error(kCorrupt | kUnsupported | kTooLarge).
DicomFile ParseDicom(std::string_view bytes, const std::string& where);

// The same of a file's beginning: everything before the pixel data, which become an element without a value. Throws
// Error(kCorrupt) also where the beginning ends before the header does; a deflated file has to be given whole.
DicomFile ParseDicomHeader(std::string_view bytes, const std::string& where);

}  // namespace lingshu
