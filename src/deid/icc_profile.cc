// Header of 128 bytes, then a count and triples of signature, offset and size.
#include "deid/icc_profile.h"

#include <algorithm>
#include <iterator>

#include "image/byte_order.h"

namespace lingshu {
namespace {

constexpr std::string_view kTags[] = {"rXYZ", "gXYZ", "bXYZ", "wtpt", "bkpt", "rTRC", "gTRC", "bTRC", "kTRC",
                                      "A2B0", "A2B1", "A2B2", "B2A0", "B2A1", "B2A2", "chad", "gamt", "lumi"};
constexpr std::string_view kTypes[] = {"XYZ ", "curv", "para", "sf32", "mft1", "mft2", "mAB ", "mBA "};
constexpr size_t kHeader = 128, kMaxTags = 100;

template <typename List>
bool Holds(const List& list, std::string_view name) {
  return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

uint64_t Big(std::string_view bytes, size_t at) { return ReadUint(bytes.data() + at, 4, /*is_big_endian=*/true); }

}  // namespace

std::string CleanIccProfile(std::string_view profile) {
  if (profile.size() < kHeader + 4 || profile.substr(36, 4) != "acsp") return "";
  const uint64_t count = Big(profile, kHeader);
  if (count > kMaxTags || kHeader + 4 + 12 * count > profile.size()) return "";
  std::string clean(profile.size(), '\0');
  const auto copy = [&](size_t at, size_t size) {
    std::copy_n(profile.begin() + static_cast<int64_t>(at), size, clean.begin() + static_cast<int64_t>(at));
  };
  copy(0, 4);    // size
  copy(8, 16);   // version, class, colour spaces
  copy(36, 4);   // "acsp"
  copy(64, 16);  // intent, illuminant
  copy(kHeader, 4);
  for (uint64_t i = 0; i < count; ++i) {
    const size_t entry = kHeader + 4 + 12 * i;
    const uint64_t offset = Big(profile, entry + 4), size = Big(profile, entry + 8);
    if (size < 8 || offset < kHeader || offset > profile.size() || size > profile.size() - offset) return "";
    copy(entry + 4, 8);
    if (!Holds(kTags, profile.substr(entry, 4)) || !Holds(kTypes, profile.substr(offset, 4))) continue;
    copy(entry, 4);
    copy(offset, size);
  }
  return clean;
}

}  // namespace lingshu
