// A recursive descent over element headers that believes no length it has not checked.
#include "image/dicom_dataset.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "base/error.h"
#include "image/byte_order.h"
#include "image/dicom_tags.h"
#include "image/inflate.h"

namespace lingshu {
namespace {

constexpr int kMaxDepth = 16;
constexpr uint32_t kUndefined = 0xFFFFFFFF;
constexpr uint32_t kItem = 0xFFFEE000, kItemEnd = 0xFFFEE00D, kSequenceEnd = 0xFFFEE0DD;
constexpr int64_t kMaxInflatedBytes = int64_t{512} << 20;
constexpr std::string_view kDeflated = "1.2.840.10008.1.2.1.99";

bool IsVrPair(const char* p) { return p[0] >= 'A' && p[0] <= 'Z' && p[1] >= 'A' && p[1] <= 'Z'; }

bool HasLongLength(std::string_view vr) {
  static constexpr std::string_view kLong = "OB OD OF OL OV OW SQ SV UC UN UR UT UV";
  return kLong.find(vr) != std::string_view::npos;
}

bool IsVrAllowed(std::string_view vr, std::string_view expected) {
  if (vr == expected || vr == "UN") return true;
  if (expected == "xs") return vr == "US" || vr == "SS";
  if (expected == "ow") return vr == "OB" || vr == "OW" || vr == "US" || vr == "SS";
  const std::string_view kText = "CS DS IS LO SH LT ST UI";
  return kText.find(expected) != std::string_view::npos && kText.find(vr) != std::string_view::npos;
}

}  // namespace

class DicomParser {
 public:
  enum class Extent { kWhole, kUpToPixels };
  DicomParser(std::string_view bytes, const std::string& where, Extent extent = Extent::kWhole)
      : bytes_(bytes), where_(where), extent_(extent) {}

  DicomFile Parse() {
    DicomFile file;
    if (bytes_.size() >= 132 && bytes_.substr(128, 4) == "DICM") position_ = 132;
    ReadMeta(file);
    if (file.transfer_syntax == kDeflated) {
      file.inflated =
          std::make_shared<const RawBytes>(InflateRaw(bytes_.substr(position_), kMaxInflatedBytes, where_));
      bytes_ = *file.inflated;
      position_ = 0;
    }
    ChooseEncoding(file);
    Prepare(file.dataset);
    ReadElements(bytes_.size(), /*depth=*/0, &file.dataset, &file);
    const auto frames = file.dataset.elements_.find(kTagPerFrameFunctionalGroupsSequence);
    if (frames != file.dataset.elements_.end()) IndexItems(file.dataset, frames->second);
    return file;
  }

  // Items [first, first + count) of a sequence.
  static std::vector<DicomDataset> ParseItems(const DicomDataset& parent, const DicomDataset::Element& element,
                                              size_t first, size_t count) {
    DicomParser parser(element.value, parent.where_);
    parser.is_explicit_ =
        parent.is_explicit_ && std::string_view(element.vr, 2) != "UN";  // PS3.5 6.2.2: UN holds implicit VR
    parser.is_big_endian_ = parent.is_big_endian_;
    std::vector<DicomDataset> items;
    size_t i = 0;
    if (element.item_offsets != nullptr) {
      if (first >= element.item_offsets->size()) return items;
      i = first;
      parser.position_ = (*element.item_offsets)[first];
    }
    for (; items.size() < count && parser.position_ < element.value.size(); ++i) {
      DicomDataset item;
      parser.Prepare(item);
      if (!parser.ReadItem(i >= first ? &item : nullptr)) break;
      if (i >= first) items.push_back(std::move(item));
    }
    return items;
  }

  // So that the thousandth item is found without reading the 999 before it.
  static void IndexItems(const DicomDataset& parent, DicomDataset::Element& element) {
    DicomParser parser(element.value, parent.where_);
    parser.is_explicit_ = parent.is_explicit_ && std::string_view(element.vr, 2) != "UN";
    parser.is_big_endian_ = parent.is_big_endian_;
    auto offsets = std::make_shared<std::vector<size_t>>();
    while (parser.position_ < element.value.size()) {
      const size_t start = parser.position_;
      if (!parser.ReadItem(nullptr)) break;
      offsets->push_back(start);
    }
    element.item_offsets = std::move(offsets);
  }

 private:
  struct Header {
    uint32_t tag;
    char vr[2] = {'U', 'N'};
    uint32_t length;
    bool has_vr = false;
  };
  static constexpr size_t kUndefinedEnd = SIZE_MAX;

  [[noreturn]] void Fail(const std::string& what) const {
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: not a readable DICOM data set at byte {}: {}.", where_, position_, what));
  }

  // Reads one item into `item`, or over it. False at the sequence's end.
  bool ReadItem(DicomDataset* item) {
    const Header header = ReadHeader();
    if (header.tag == kSequenceEnd) return false;
    if (header.tag != kItem) Fail("a sequence holds something other than items");
    if (header.length == kUndefined) ReadElements(kUndefinedEnd, 1, item, nullptr);
    else if (item != nullptr) ReadElements(position_ + header.length, 1, item, nullptr);
    else Take(header.length);
    return true;
  }

  void Prepare(DicomDataset& dataset) const {
    dataset.is_big_endian_ = is_big_endian_;
    dataset.is_explicit_ = is_explicit_;
    dataset.where_ = where_;
  }

  std::string_view Take(uint64_t n) {
    if (n > bytes_.size() - position_)
      Fail(fmt::format("a length of {} bytes, {} are left", n, bytes_.size() - position_));
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
    Header header;
    header.tag = PeekTag();
    Take(4);
    const std::string_view next = Take(4);
    // Items carry no VR; an element without a capital pair in its place was written implicit, whatever the syntax says.
    if (is_explicit_ && header.tag >> 16 != 0xFFFE && IsVrPair(next.data())) {
      header.has_vr = true;
      std::memcpy(header.vr, next.data(), 2);
      const bool is_long = HasLongLength({header.vr, 2});
      header.length = static_cast<uint32_t>(is_long ? ReadUint(Take(4).data(), 4, is_big_endian_)
                                                    : ReadUint(next.data() + 2, 2, is_big_endian_));
    } else {
      header.length = static_cast<uint32_t>(ReadUint(next.data(), 4, is_big_endian_));
    }
    return header;
  }

  // Group 0002 is explicit little endian always. Its own length element is not trusted: the group ends where 0002 ends.
  void ReadMeta(DicomFile& file) {
    DicomDataset meta;
    Prepare(meta);
    while (position_ < bytes_.size() && PeekTag() >> 16 == 0x0002) ReadElement(0, &meta, nullptr);
    file.transfer_syntax = meta.Text(kTagTransferSyntaxUid);
  }

  void ChooseEncoding(DicomFile& file) {
    const std::string& syntax = file.transfer_syntax;
    if (syntax.empty()) {
      if (bytes_.size() - position_ < 8) Fail("no data set");
      file.is_syntax_assumed = true;
      is_explicit_ = IsVrPair(bytes_.data() + position_ + 4);
      file.transfer_syntax = is_explicit_ ? "1.2.840.10008.1.2.1" : "1.2.840.10008.1.2";
      return;
    }
    is_explicit_ = syntax != "1.2.840.10008.1.2";
    is_big_endian_ = syntax == "1.2.840.10008.1.2.2";
  }

  // Reads elements up to `end` (or up to an item delimiter when kUndefinedEnd). `into` and `file` may be null: then
  // only steps over.
  void ReadElements(size_t end, int depth, DicomDataset* into, DicomFile* file) {
    if (depth > kMaxDepth)
      throw Error(ErrorCode::kTooLarge,
                  fmt::format("{}: sequences nest more than {} deep at byte {}.", where_, kMaxDepth, position_));
    if (end != kUndefinedEnd && end > bytes_.size()) Fail("an item longer than the file");
    while (end == kUndefinedEnd || position_ < end) {
      if (end == kUndefinedEnd && PeekTag() == kItemEnd) {
        ReadHeader();
        return;
      }
      if (ReadElement(depth, into, file)) return;  // nothing after pixel data is of use
    }
    if (position_ > end) Fail("an element reaches beyond its item");
  }

  static bool IsPixels(uint32_t tag) {
    return tag == kTagPixelData || tag == kTagFloatPixelData || tag == kTagDoubleFloatPixelData;
  }

  // True after the pixel data of the file itself.
  bool ReadElement(int depth, DicomDataset* into, DicomFile* file) {
    const size_t start = position_;
    const Header header = ReadHeader();
    if (header.tag >> 16 == 0xFFFE) Fail("a delimiter out of place");
    if (extent_ == Extent::kUpToPixels && depth == 0 && file != nullptr && IsPixels(header.tag)) {
      DicomDataset::Element empty;
      std::memcpy(empty.vr, header.vr, 2);
      into->elements_.insert_or_assign(header.tag, empty);
      file->is_encapsulated = header.tag == kTagPixelData && header.length == kUndefined;
      if (header.length != kUndefined) {
        file->pixels_begin = static_cast<int64_t>(position_);
        file->pixels_end = file->pixels_begin + header.length;
      }
      return true;
    }
    if (header.tag == kTagPixelData && header.length == kUndefined && file != nullptr) {
      ReadFragments(*file);
      return true;
    }
    const KeptTag* kept = into != nullptr ? FindKept(header.tag) : nullptr;
    DicomDataset::Element element;
    std::memcpy(element.vr, header.has_vr || kept == nullptr ? header.vr : kept->vr, 2);
    if (header.length == kUndefined) {
      const size_t first = position_;
      SkipSequence(depth + 1, header);
      element.value = bytes_.substr(first, position_ - first - 8);
    } else {
      element.value = Take(header.length);
    }
    if (kept == nullptr) return false;
    if (header.has_vr && !IsVrAllowed({header.vr, 2}, kept->vr)) {
      position_ = start;
      Fail(fmt::format("({:04X},{:04X}) expected with VR {}, found {}{}", header.tag >> 16, header.tag & 0xFFFF,
                       kept->vr, header.vr[0], header.vr[1]));
    }
    into->elements_.insert_or_assign(header.tag, element);
    return header.tag == kTagPixelData && file != nullptr;
  }

  // Steps over items up to and with the sequence delimiter.
  void SkipSequence(int depth, const Header& sequence) {
    const bool was_explicit = is_explicit_;
    // PS3.5 6.2.2: an unknown VR of undefined length is encoded as implicit VR.
    if (sequence.has_vr && std::string_view(sequence.vr, 2) == "UN") is_explicit_ = false;
    while (true) {
      const Header header = ReadHeader();
      if (header.tag == kSequenceEnd) break;
      if (header.tag != kItem) Fail("a sequence of undefined length holds something other than items");
      if (header.length == kUndefined) ReadElements(kUndefinedEnd, depth, nullptr, nullptr);
      else Take(header.length);
    }
    is_explicit_ = was_explicit;
  }

  void ReadFragments(DicomFile& file) {
    file.is_encapsulated = true;
    bool is_first = true;
    while (bytes_.size() - position_ >= 8) {
      const Header header = ReadHeader();
      if (header.tag == kSequenceEnd) return;
      if (header.tag != kItem || header.length == kUndefined)
        Fail("encapsulated pixel data hold something other than fragments");
      const std::string_view value = Take(header.length);
      if (is_first) file.offset_table = value;
      else file.fragments.push_back(value);
      is_first = false;
    }
    // Some senders leave the delimiter out; whether all frames are there is seen when they are told apart.
    if (position_ < bytes_.size()) Fail("encapsulated pixel data do not end");
  }

  std::string_view bytes_;
  const std::string& where_;
  Extent extent_;
  size_t position_ = 0;
  bool is_explicit_ = true, is_big_endian_ = false;
};

std::optional<DicomDataset> DicomDataset::Item(uint32_t tag, size_t index) const {
  const auto it = elements_.find(tag);
  if (it == elements_.end()) return std::nullopt;
  std::vector<DicomDataset> items = DicomParser::ParseItems(*this, it->second, index, 1);
  if (items.empty()) return std::nullopt;
  return std::move(items[0]);
}

std::vector<DicomDataset> DicomDataset::Items(uint32_t tag) const {
  const auto it = elements_.find(tag);
  if (it == elements_.end()) return {};
  return DicomParser::ParseItems(*this, it->second, 0, SIZE_MAX);
}

bool DetectDicom(std::string_view prefix) {
  if (prefix.size() >= 132 && prefix.substr(128, 4) == "DICM") return true;
  if (prefix.size() < 8 || (prefix[0] != 2 && prefix[0] != 8) || prefix[1] != 0 || prefix[3] != 0) return false;
  // A bare data set: the first element is short, and either shows a VR or a plausible implicit length.
  return IsVrPair(prefix.data() + 4) || ReadUint(prefix.data() + 4, 4, false) < 1024;
}

DicomFile ParseDicom(std::string_view bytes, const std::string& where) { return DicomParser(bytes, where).Parse(); }

DicomFile ParseDicomHeader(std::string_view bytes, const std::string& where) {
  return DicomParser(bytes, where, DicomParser::Extent::kUpToPixels).Parse();
}

}  // namespace lingshu
