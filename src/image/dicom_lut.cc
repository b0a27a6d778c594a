// Descriptors are checked against the data that follow them: a table shorter than promised would show other memory.
#include "image/dicom_lut.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "image/dicom_tags.h"

namespace lingshu {
namespace {

// Descriptor and entries: number of entries (0 is 65536), first input, bits an entry.
LookupTable ReadTable(const DicomDataset& dataset, uint32_t descriptor, uint32_t data, bool is_signed,
                      const std::string& where) {
  const auto count = dataset.Integer(descriptor, 0), first = dataset.Integer(descriptor, 1, is_signed),
             bits = dataset.Integer(descriptor, 2);
  if (!count || !first || !bits)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: a DICOM look-up table without descriptor.", where));
  // The count is unsigned, also where a sender marks the descriptor as signed.
  const size_t num_entries = *count == 0 ? 65536 : static_cast<size_t>(static_cast<uint16_t>(*count));
  LookupTable table{.first = *first, .bits = static_cast<int>(*bits)};
  if (table.bits < 8 || table.bits > 16)
    throw Error(
        ErrorCode::kUnsupported,
        fmt::format("{}: a DICOM look-up table with entries of {} bits; known are 8 to 16.", where, table.bits));
  const std::string_view bytes = dataset.Bytes(data);
  if (table.bits == 8 &&
      bytes.size() < 2 * num_entries) {  // packed, two entries a word; words keep the file's byte order
    for (const uint16_t word : dataset.Words(data)) {
      table.entries.push_back(word & 0xFF);
      table.entries.push_back(word >> 8);
    }
  } else {
    table.entries = dataset.Words(data);
  }
  if (table.entries.size() < num_entries)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: a DICOM look-up table has {} entries, its descriptor says {}.",
                                                 where, table.entries.size(), num_entries));
  table.entries.resize(num_entries);
  return table;
}

// C.7.9.2: opcode 0 copies n values, 1 interpolates n values linearly up to y1, 2 repeats earlier segments.
class SegmentedTable {
 public:
  SegmentedTable(const std::vector<uint16_t>& words, size_t num_entries, const std::string& where)
      : words_(words), num_entries_(num_entries), where_(where) {}

  std::vector<uint16_t> Expand() {
    for (size_t position = 0; position < words_.size();) position = ExpandSegment(position, /*is_nested=*/false);
    if (out_.size() < num_entries_) Fail();
    out_.resize(num_entries_);
    return std::move(out_);
  }

 private:
  [[noreturn]] void Fail() const {
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: a segmented DICOM palette that does not add up.", where_));
  }
  uint16_t Word(size_t i) const {
    if (i >= words_.size()) Fail();
    return words_[i];
  }
  size_t ExpandSegment(size_t position, bool is_nested) {
    const int opcode = Word(position);
    const size_t length = Word(position + 1);
    if (out_.size() + length > num_entries_ + 65536) Fail();
    if (opcode == 0) {
      for (size_t i = 0; i < length; ++i) out_.push_back(Word(position + 2 + i));
      return position + 2 + length;
    }
    if (opcode == 1) {
      if (out_.empty() || length == 0) Fail();
      const int from = out_.back(), to = Word(position + 2);
      for (size_t i = 1; i <= length; ++i)
        out_.push_back(static_cast<uint16_t>(from + (static_cast<int64_t>(to) - from) * static_cast<int64_t>(i) /
                                                        static_cast<int64_t>(length)));
      return position + 3;
    }
    // An indirect segment names a byte offset and may not name another indirect one.
    if (opcode != 2 || is_nested) Fail();
    size_t target = (Word(position + 2) | static_cast<size_t>(Word(position + 3)) << 16) / 2;
    for (size_t i = 0; i < length; ++i) target = ExpandSegment(target, /*is_nested=*/true);
    return position + 4;
  }

  const std::vector<uint16_t>& words_;
  const size_t num_entries_;
  const std::string& where_;
  std::vector<uint16_t> out_;
};

}  // namespace

uint16_t LookupTable::At(int64_t input) const {
  return entries[static_cast<size_t>(std::clamp<int64_t>(input - first, 0, static_cast<int64_t>(entries.size()) - 1))];
}

std::optional<LookupTable> ReadLookupTable(const DicomDataset& dataset, uint32_t sequence, bool is_signed,
                                           const std::string& where) {
  const std::optional<DicomDataset> item = dataset.Item(sequence);
  if (!item) return std::nullopt;
  return ReadTable(*item, kTagLutDescriptor, kTagLutData, is_signed, where);
}

std::vector<LookupTable> ReadPalettes(const DicomDataset& dataset, const PixelModule& module,
                                      const std::string& where) {
  std::vector<LookupTable> palettes;
  for (uint32_t colour = 0; colour < 3; ++colour) {
    const uint32_t descriptor = kTagRedPaletteDescriptor + colour, plain = kTagRedPaletteData + colour,
                   segmented = kTagSegmentedRedPaletteData + colour;
    if (dataset.Has(plain)) {
      palettes.push_back(ReadTable(dataset, descriptor, plain, module.is_signed, where));
      continue;
    }
    const auto count = dataset.Integer(descriptor, 0), first = dataset.Integer(descriptor, 1, module.is_signed),
               bits = dataset.Integer(descriptor, 2);
    if (!dataset.Has(segmented) || !count || !first || bits != 16)
      throw Error(
          ErrorCode::kUnsupported,
          fmt::format("{}: DICOM PALETTE COLOR needs three tables, or three segmented tables of 16 bits.", where));
    const size_t num_entries = *count == 0 ? 65536 : static_cast<size_t>(static_cast<uint16_t>(*count));
    const std::vector<uint16_t> words = dataset.Words(segmented);
    palettes.push_back({.first = *first, .bits = 16, .entries = SegmentedTable(words, num_entries, where).Expand()});
  }
  return palettes;
}

}  // namespace lingshu
