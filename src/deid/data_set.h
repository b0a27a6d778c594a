// A DICOM file as a tree of data elements that can be changed and written back (PS3.5 chapter 7, PS3.10 chapter 7).
// Unlike the image room's parser this one keeps everything, identities too: nothing of it may leave this room but
// through Deidentify.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lingshu {

struct DataElement;

struct DataSet {
  std::vector<DataElement> elements;  // ascending tags

  const DataElement* Find(uint32_t tag) const;
  DataElement* Find(uint32_t tag);
  // The value without padding; "" when absent.
  std::string Text(uint32_t tag) const;
  // Number `index` of US values; -1 when absent.
  int64_t Word(uint32_t tag, size_t index = 0) const;
  void Set(uint32_t tag, const std::string& vr, const std::string& value);
  DataElement& Place(uint32_t tag, const std::string& vr);  // an empty element, new or in place of the old one
};

struct DataElement {
  uint32_t tag = 0;
  std::string vr;                      // two letters; the dictionary's where the file has none or "UN"
  std::string value;                   // little-endian, whatever the file's order was
  std::vector<DataSet> items;          // of SQ
  bool is_encapsulated = false;        // pixel data in fragments
  std::vector<std::string> fragments;  // the first is the offset table
};

struct DicomObject {
  DataSet meta;  // group 0002
  DataSet data_set;
  std::string transfer_syntax;  // of the file; "" was recognised as explicit or implicit
  bool is_explicit = true;
};

// Bounded: sequences 16 deep, a million elements, deflated data to 512 MiB. A byte that is no part of the grammar is an
// error, so that nothing is carried along unseen. Throws Error(kCorrupt | kTooLarge).
DicomObject ReadDicomObject(std::string_view bytes, const std::string& where);

// A Part 10 file of the object's data set; implicit stays implicit, deflated and big endian become explicit little
// endian. File meta information is made anew of SOP Class, SOP Instance and transfer syntax alone; the preamble is
// zero.
std::string WriteDicomObject(const DicomObject& object);

// The value padded to even length as its VR asks.
std::string PadValue(std::string_view vr, std::string value);

}  // namespace lingshu
