// Walking segments of JPEG and chunks of PNG.
//   JPEG: FF D8, then segments FF marker length(2, big-endian, itself included) payload; after FF DA entropy-coded data
//   in
//         which FF is followed by 00 or a restart marker D0–D7; FF D9 ends it.
//   PNG:  8-byte signature, then chunks length(4) type(4) data crc(4); IEND ends it.
#include "curate/strip.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace lingshu {
namespace {

uint32_t BigEndian(std::string_view bytes, size_t at, int count) {
  uint32_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | static_cast<uint8_t>(bytes[at + static_cast<size_t>(i)]);
  return value;
}

uint8_t ByteAt(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

// APP0 is JFIF, APP14 Adobe's colour transform, which decoding needs.
bool IsMetadata(uint8_t marker) { return marker == 0xFE || (marker >= 0xE1 && marker <= 0xEF && marker != 0xEE); }

// The end of entropy-coded data that starts at `at`: the next marker that is neither a stuffed FF nor a restart.
size_t EndOfScan(std::string_view bytes, size_t at) {
  for (; at + 1 < bytes.size(); ++at) {
    const uint8_t next = ByteAt(bytes, at + 1);
    if (ByteAt(bytes, at) == 0xFF && next != 0x00 && next != 0xFF && (next < 0xD0 || next > 0xD7)) return at;
  }
  return bytes.size();
}

}  // namespace

std::optional<std::string> StripJpeg(std::string_view bytes) {
  if (!bytes.starts_with("\xFF\xD8")) return std::nullopt;
  std::string out(bytes.substr(0, 2));
  for (size_t at = 2; at + 2 <= bytes.size();) {
    if (ByteAt(bytes, at) != 0xFF) return std::nullopt;
    const uint8_t marker = ByteAt(bytes, at + 1);
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    if (marker == 0xD9) return out.append("\xFF\xD9");
    if (at + 4 > bytes.size()) return std::nullopt;
    const size_t length = BigEndian(bytes, at + 2, 2);
    if (length < 2 || at + 2 + length > bytes.size()) return std::nullopt;
    size_t end = at + 2 + length;
    if (marker == 0xDA) end = EndOfScan(bytes, end);
    if (!IsMetadata(marker)) out.append(bytes.substr(at, end - at));
    at = end;
  }
  return std::nullopt;
}

std::optional<std::string> StripPng(std::string_view bytes) {
  constexpr std::string_view kSignature("\x89PNG\r\n\x1a\n", 8);
  constexpr std::array<std::string_view, 6> kKept = {"IHDR", "PLTE", "tRNS", "pHYs", "IDAT", "IEND"};
  if (!bytes.starts_with(kSignature)) return std::nullopt;
  std::string out(kSignature);
  for (size_t at = kSignature.size(); at + 12 <= bytes.size();) {
    const uint64_t size = uint64_t{12} + BigEndian(bytes, at, 4);
    if (size > bytes.size() - at) return std::nullopt;
    const std::string_view type = bytes.substr(at + 4, 4);
    if (std::find(kKept.begin(), kKept.end(), type) != kKept.end()) out.append(bytes.substr(at, size));
    if (type == "IEND") return out;
    at += size;
  }
  return std::nullopt;
}

}  // namespace lingshu
