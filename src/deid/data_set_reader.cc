// A recursive descent over all elements of a file, into every sequence, also those that hide behind implicit or unknown
// VRs.
#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "deid/data_set.h"
#include "deid/dictionary.h"
#include "image/byte_order.h"
#include "image/inflate.h"

namespace lingshu {
namespace {

constexpr int kMaxDepth = 16;
constexpr int64_t kMaxElements = 1'000'000;
constexpr int64_t kMaxInflatedBytes = int64_t{512} << 20;
constexpr uint32_t kUndefined = 0xFFFFFFFF;
constexpr uint32_t kItem = 0xFFFEE000, kItemEnd = 0xFFFEE00D, kSequenceEnd = 0xFFFEE0DD, kPixelData = 0x7FE00010;
constexpr std::string_view kImplicit = "1.2.840.10008.1.2", kExplicit = "1.2.840.10008.1.2.1",
                           kDeflated = "1.2.840.10008.1.2.1.99", kBigEndian = "1.2.840.10008.1.2.2";

bool IsVrPair(const char* p) { return p[0] >= 'A' && p[0] <= 'Z' && p[1] >= 'A' && p[1] <= 'Z'; }

bool HasLongLength(std::string_view vr) {
  static constexpr std::string_view kLong = "OB OD OF OL OV OW SQ SV UC UN UR UT UV";
  return kLong.find(vr) != std::string_view::npos;
}

int WordBytes(std::string_view vr) {
  if (vr == "US" || vr == "SS" || vr == "OW" || vr == "AT") return 2;
  if (vr == "UL" || vr == "SL" || vr == "FL" || vr == "OF" || vr == "OL") return 4;
  if (vr == "FD" || vr == "OD" || vr == "OV" || vr == "SV" || vr == "UV") return 8;
  return 1;
}

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  DicomObject Read() {
    DicomObject object;
    if (bytes_.size() >= 132 && bytes_.substr(128, 4) == "DICM") position_ = 132;
    while (position_ < bytes_.size() && PeekTag() >> 16 == 0x0002) ReadElement(object.meta, 0);
    Order(object.meta);
    object.transfer_syntax = object.meta.Text(0x00020010);
    if (object.transfer_syntax.empty()) {
      if (bytes_.size() - position_ < 8) Fail("no data set");
      object.transfer_syntax = IsVrPair(bytes_.data() + position_ + 4) ? kExplicit : kImplicit;
    }
    if (object.transfer_syntax == kDeflated) {
      inflated_ = InflateRaw(bytes_.substr(position_), kMaxInflatedBytes, where_);
      bytes_ = inflated_;
      position_ = 0;
      object.transfer_syntax = kExplicit;
    }
    is_explicit_ = object.transfer_syntax != kImplicit;
    is_big_endian_ = object.transfer_syntax == kBigEndian;
    if (is_big_endian_) object.transfer_syntax = kExplicit;
    object.is_explicit = is_explicit_;
    while (position_ < bytes_.size()) ReadElement(object.data_set, 0);
    Order(object.data_set);
    return object;
  }

 private:
  struct Header {
    uint32_t tag = 0;
    std::string vr;  // "" in implicit VR
    uint32_t length = 0;
  };

  [[noreturn]] void Fail(const std::string& what) const {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: not a readable DICOM data set at byte {}: {}.", where_, position_, what));
  }

  std::string_view Take(uint64_t n) {
    if (n > bytes_.size() - position_) Fail("a length beyond the end");
    const std::string_view taken = bytes_.substr(position_, n);
    position_ += n;
    return taken;
  }

  uint32_t PeekTag() const {
    if (bytes_.size() - position_ < 4) return 0;
    return static_cast<uint32_t>(ReadUint(bytes_.data() + position_, 2, is_big_endian_) << 16 |
                                 ReadUint(bytes_.data() + position_ + 2, 2, is_big_endian_));
  }

  Header ReadHeader() {
    Header header{.tag = PeekTag()};
    Take(4);
    const std::string_view next = Take(4);
    if (is_explicit_ && header.tag >> 16 != 0xFFFE && IsVrPair(next.data())) {
      header.vr = next.substr(0, 2);
      header.length = static_cast<uint32_t>(HasLongLength(header.vr) ? ReadUint(Take(4).data(), 4, is_big_endian_)
                                                                     : ReadUint(next.data() + 2, 2, is_big_endian_));
    } else {
      header.length = static_cast<uint32_t>(ReadUint(next.data(), 4, is_big_endian_));
    }
    return header;
  }

  void ReadElement(DataSet& into, int depth) {
    if (++count_ > kMaxElements) throw Error(ErrorCode::kTooLarge, fmt::format("{}: too many elements.", where_));
    const Header header = ReadHeader();
    if (header.tag >> 16 == 0xFFFE) Fail("a delimiter out of place");
    DataElement element{.tag = header.tag, .vr = header.vr};
    const bool is_unknown = header.vr == "UN";
    if (element.vr.empty() || is_unknown) {
      const std::string_view known = DictionaryVr(header.tag);
      element.vr = known.empty() ? "UN" : std::string(known);
    }
    if (header.tag == kPixelData && header.length == kUndefined) {
      ReadFragments(element);
    } else if (header.length == kUndefined || element.vr == "SQ") {
      // PS3.5 6.2.2: an unknown VR holds a sequence in implicit VR little endian.
      const bool was_explicit = is_explicit_, was_big = is_big_endian_;
      if (is_unknown) is_explicit_ = is_big_endian_ = false;
      element.vr = "SQ";
      ReadItems(element, header.length, depth + 1);
      is_explicit_ = was_explicit;
      is_big_endian_ = was_big;
    } else {
      element.value = Take(header.length);
      // Pixels of 32 bits are swapped whole, though OW says words of 16.
      const bool is_wide = header.tag == kPixelData && into.Word(0x00280100) == 32;
      const int width = !is_big_endian_ ? 1 : is_wide ? 4 : WordBytes(header.vr);
      for (size_t i = 0; width > 1 && i + width <= element.value.size(); i += width)
        std::reverse(element.value.begin() + i, element.value.begin() + i + width);
    }
    into.elements.push_back(std::move(element));
  }

  void ReadItems(DataElement& sequence, uint32_t length, int depth) {
    if (depth > kMaxDepth)
      throw Error(ErrorCode::kTooLarge, fmt::format("{}: sequences nest more than {} deep.", where_, kMaxDepth));
    if (length != kUndefined && length > bytes_.size() - position_) Fail("a sequence beyond the end");
    const size_t end = length == kUndefined ? SIZE_MAX : position_ + length;
    while (position_ < end) {
      const Header header = ReadHeader();
      if (header.tag == kSequenceEnd && end == SIZE_MAX) return;
      if (header.tag != kItem) Fail("a sequence holds something other than items");
      DataSet& item = sequence.items.emplace_back();
      if (header.length != kUndefined && header.length > bytes_.size() - position_) Fail("an item beyond the end");
      const size_t item_end = header.length == kUndefined ? SIZE_MAX : position_ + header.length;
      while (position_ < item_end) {
        if (item_end == SIZE_MAX && PeekTag() == kItemEnd) {
          ReadHeader();
          break;
        }
        ReadElement(item, depth);
      }
      if (item_end != SIZE_MAX && position_ != item_end) Fail("an element reaches beyond its item");
      Order(item);
    }
    if (position_ != end) Fail("an item reaches beyond its sequence");
  }

  void ReadFragments(DataElement& element) {
    element.is_encapsulated = true;
    while (true) {
      const Header header = ReadHeader();
      if (header.tag == kSequenceEnd) return;
      if (header.tag != kItem || header.length == kUndefined) Fail("pixel data hold something other than fragments");
      element.fragments.emplace_back(Take(header.length));
    }
  }

  // Ascending tags, the last of doubles.
  static void Order(DataSet& data_set) {
    std::vector<DataElement>& elements = data_set.elements;
    std::stable_sort(elements.begin(), elements.end(),
                     [](const DataElement& a, const DataElement& b) { return a.tag < b.tag; });
    for (size_t i = 1; i < elements.size();)
      if (elements[i].tag == elements[i - 1].tag) elements.erase(elements.begin() + static_cast<int64_t>(i) - 1);
      else ++i;
  }

  std::string_view bytes_;
  const std::string& where_;
  RawBytes inflated_;
  size_t position_ = 0;
  int64_t count_ = 0;
  bool is_explicit_ = true, is_big_endian_ = false;
};

}  // namespace

DicomObject ReadDicomObject(std::string_view bytes, const std::string& where) { return Reader(bytes, where).Read(); }

}  // namespace lingshu
