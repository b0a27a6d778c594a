// Writes small DICOM files for tests, byte by byte, so that tests can also write what no toolkit would.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lingshu::testing {

// Example: DicomBuilder().Us(0x00280010, {2}).Text(0x00280004, "CS", "MONOCHROME2").File("1.2.840.10008.1.2.1")
class DicomBuilder {
 public:
  explicit DicomBuilder(bool is_explicit = true, bool is_big_endian = false)
      : is_explicit_(is_explicit), is_big_endian_(is_big_endian) {}

  // A picture of the stored values, 8 or 16 bits.
  static DicomBuilder Picture(int columns, int rows, const std::vector<int>& values, int bits_allocated = 16,
                              bool is_explicit = true, bool is_big_endian = false) {
    DicomBuilder builder(is_explicit, is_big_endian);
    const int samples = static_cast<int>(values.size()) / (columns * rows) >= 3 ? 3 : 1;
    builder.Text(0x00080060, "CS", "OT")
        .Us(0x00280002, {samples})
        .Text(0x00280004, "CS", samples == 3 ? "RGB" : "MONOCHROME2");
    if (samples == 3) builder.Us(0x00280006, {0});
    builder.Us(0x00280010, {rows})
        .Us(0x00280011, {columns})
        .Us(0x00280100, {bits_allocated})
        .Us(0x00280101, {bits_allocated});
    builder.Us(0x00280102, {bits_allocated - 1}).Us(0x00280103, {0});
    return builder.Set(0x7FE00010, "OW", bits_allocated == 8 ? builder.Bytes(values) : builder.Words(values));
  }

  std::string Words(const std::vector<int>& values) const {
    std::string bytes;
    for (const int value : values) Append(bytes, static_cast<uint32_t>(value) & 0xFFFF, 2);
    return bytes;
  }
  // 8-bit values in words: big endian files swap them in pairs.
  std::string Bytes(const std::vector<int>& values) const {
    std::string bytes;
    for (const int value : values) bytes += static_cast<char>(value);
    if (bytes.size() % 2 != 0) bytes += '\0';
    if (is_big_endian_)
      for (size_t i = 0; i < bytes.size(); i += 2) std::swap(bytes[i], bytes[i + 1]);
    return bytes;
  }

  DicomBuilder& Set(uint32_t tag, const std::string& vr, const std::string& value) {
    elements_[tag] = {vr, value, false};
    return *this;
  }
  DicomBuilder& Us(uint32_t tag, const std::vector<int>& values) { return Set(tag, "US", Words(values)); }
  DicomBuilder& Text(uint32_t tag, const std::string& vr, std::string text) {
    if (text.size() % 2 != 0) text += vr == "UI" ? '\0' : ' ';
    return Set(tag, vr, text);
  }
  DicomBuilder& Remove(uint32_t tag) {
    elements_.erase(tag);
    return *this;
  }
  // A sequence of undefined length with items of undefined length.
  DicomBuilder& Sequence(uint32_t tag, const std::vector<DicomBuilder>& items) {
    std::string value;
    for (const DicomBuilder& item : items) {
      AppendItem(value, 0xFFFEE000, 0xFFFFFFFF);
      value += item.DataSet();
      AppendItem(value, 0xFFFEE00D, 0);
    }
    AppendItem(value, 0xFFFEE0DD, 0);
    elements_[tag] = {"SQ", value, true};
    return *this;
  }
  // Encapsulated pixel data; the first fragment is the offset table.
  DicomBuilder& Fragments(const std::vector<std::string>& fragments) {
    std::string value;
    for (std::string fragment : fragments) {
      if (fragment.size() % 2 != 0) fragment += '\0';
      AppendItem(value, 0xFFFEE000, static_cast<uint32_t>(fragment.size()));
      value += fragment;
    }
    AppendItem(value, 0xFFFEE0DD, 0);
    elements_[0x7FE00010] = {"OB", value, true};
    return *this;
  }

  std::string DataSet() const {
    std::string bytes;
    for (const auto& [tag, element] : elements_) AppendElement(bytes, tag, element);
    return bytes;
  }
  static std::string Meta(const std::string& transfer_syntax) {
    return std::string(128, '\0') + "DICM" + DicomBuilder().Text(0x00020010, "UI", transfer_syntax).DataSet();
  }
  std::string File(const std::string& transfer_syntax) const { return Meta(transfer_syntax) + DataSet(); }
  std::string File() const {
    return File(!is_explicit_ ? "1.2.840.10008.1.2" : is_big_endian_ ? "1.2.840.10008.1.2.2" : "1.2.840.10008.1.2.1");
  }

 private:
  struct Element {
    std::string vr, value;
    bool is_undefined;
  };
  void Append(std::string& bytes, uint32_t value, int width) const {
    for (int i = 0; i < width; ++i) bytes += static_cast<char>(value >> (8 * (is_big_endian_ ? width - 1 - i : i)));
  }
  void AppendTag(std::string& bytes, uint32_t tag) const {
    Append(bytes, tag >> 16, 2);
    Append(bytes, tag & 0xFFFF, 2);
  }
  void AppendItem(std::string& bytes, uint32_t tag, uint32_t length) const {
    AppendTag(bytes, tag);
    Append(bytes, length, 4);
  }
  void AppendElement(std::string& bytes, uint32_t tag, const Element& element) const {
    AppendTag(bytes, tag);
    const uint32_t length = element.is_undefined ? 0xFFFFFFFF : static_cast<uint32_t>(element.value.size());
    static constexpr std::string_view kLong = "OB OD OF OL OV OW SQ SV UC UN UR UT UV";
    if (is_explicit_) bytes += element.vr;
    if (!is_explicit_) {
      Append(bytes, length, 4);
    } else if (kLong.find(element.vr) != std::string_view::npos) {
      Append(bytes, 0, 2);
      Append(bytes, length, 4);
    } else {
      Append(bytes, length, 2);
    }
    bytes += element.value;
  }

  bool is_explicit_, is_big_endian_;
  std::map<uint32_t, Element> elements_;
};

}  // namespace lingshu::testing
