// Look-up in data sets, and writing them.
#include "deid/data_set.h"

#include <algorithm>

#include "base/error.h"
#include "image/byte_order.h"

namespace lingshu {
namespace {

constexpr char kImplementationUid[] = "2.25.178346925371890246105527936480112593861";

auto PlaceOf(auto& elements, uint32_t tag) {
  return std::lower_bound(elements.begin(), elements.end(), tag,
                          [](const DataElement& element, uint32_t t) { return element.tag < t; });
}

void AppendUint(std::string& out, uint64_t value, int width) {
  out.resize(out.size() + width);
  WriteUint(out.data() + out.size() - width, width, value);
}

void AppendTag(std::string& out, uint32_t tag) {
  AppendUint(out, tag >> 16, 2);
  AppendUint(out, tag & 0xFFFF, 2);
}

bool HasLongLength(std::string_view vr) {
  static constexpr std::string_view kLong = "OB OD OF OL OV OW SQ SV UC UN UR UT UV";
  return kLong.find(vr) != std::string_view::npos;
}

void AppendHeader(std::string& out, uint32_t tag, std::string_view vr, uint64_t length, bool is_explicit) {
  AppendTag(out, tag);
  if (!is_explicit) return AppendUint(out, length, 4);
  // A short VR cannot carry a long value.
  if (!HasLongLength(vr) && length > 0xFFFE) vr = "UN";
  out += vr;
  if (!HasLongLength(vr)) return AppendUint(out, length, 2);
  AppendUint(out, 0, 2);
  AppendUint(out, length, 4);
}

std::string WriteElements(const DataSet& data_set, bool is_explicit) {
  std::string out;
  for (const DataElement& element : data_set.elements) {
    if (element.is_encapsulated) {
      AppendHeader(out, element.tag, "OB", 0xFFFFFFFF, is_explicit);
      for (const std::string& fragment : element.fragments) {
        const std::string even = PadValue("OB", fragment);
        AppendTag(out, 0xFFFEE000);
        AppendUint(out, even.size(), 4);
        out += even;
      }
      AppendTag(out, 0xFFFEE0DD);
      AppendUint(out, 0, 4);
      continue;
    }
    std::string value;
    if (element.vr == "SQ") {
      for (const DataSet& item : element.items) {
        const std::string content = WriteElements(item, is_explicit);
        AppendTag(value, 0xFFFEE000);
        AppendUint(value, content.size(), 4);
        value += content;
      }
    } else {
      value = PadValue(element.vr, element.value);
    }
    if (value.size() >= 0xFFFFFFFF) throw Error(ErrorCode::kTooLarge, "a DICOM value of more than 4 GiB.");
    AppendHeader(out, element.tag, element.vr, value.size(), is_explicit);
    out += value;
  }
  return out;
}

}  // namespace

const DataElement* DataSet::Find(uint32_t tag) const {
  const auto place = PlaceOf(elements, tag);
  return place != elements.end() && place->tag == tag ? &*place : nullptr;
}

DataElement* DataSet::Find(uint32_t tag) {
  const auto place = PlaceOf(elements, tag);
  return place != elements.end() && place->tag == tag ? &*place : nullptr;
}

std::string DataSet::Text(uint32_t tag) const {
  const DataElement* element = Find(tag);
  if (element == nullptr) return "";
  std::string text = element->value;
  while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.pop_back();
  return text;
}

int64_t DataSet::Word(uint32_t tag, size_t index) const {
  const DataElement* element = Find(tag);
  if (element == nullptr || element->value.size() < 2 * index + 2) return -1;
  return static_cast<int64_t>(ReadUint(element->value.data() + 2 * index, 2));
}

DataElement& DataSet::Place(uint32_t tag, const std::string& vr) {
  auto place = PlaceOf(elements, tag);
  if (place == elements.end() || place->tag != tag) place = elements.insert(place, DataElement());
  *place = DataElement{.tag = tag, .vr = vr};
  return *place;
}

void DataSet::Set(uint32_t tag, const std::string& vr, const std::string& value) { Place(tag, vr).value = value; }

std::string PadValue(std::string_view vr, std::string value) {
  if (value.size() % 2 != 0) value += vr == "UI" || vr == "OB" || vr == "UN" ? '\0' : ' ';
  return value;
}

std::string WriteDicomObject(const DicomObject& object) {
  DataSet meta;
  meta.Set(0x00020001, "OB", std::string("\0\1", 2));
  meta.Set(0x00020002, "UI", object.data_set.Text(0x00080016));
  meta.Set(0x00020003, "UI", object.data_set.Text(0x00080018));
  meta.Set(0x00020010, "UI", object.transfer_syntax);
  meta.Set(0x00020012, "UI", kImplementationUid);
  meta.Set(0x00020013, "SH", "LINGSHU");
  const std::string rest = WriteElements(meta, /*is_explicit=*/true);
  std::string length;
  AppendUint(length, rest.size(), 4);
  DataSet group_length;
  group_length.Set(0x00020000, "UL", length);
  std::string file(128, '\0');
  file += "DICM";
  file += WriteElements(group_length, /*is_explicit=*/true);
  file += rest;
  file += WriteElements(object.data_set, object.is_explicit);
  return file;
}

}  // namespace lingshu
