// Through memcpy: buffers are not aligned, and the compiler sees through it.
#include "image/pixel_loops.h"

#include <cstring>

namespace lingshu {
namespace {

template <typename Bits, typename Signed>
void Keep(uint8_t* at, size_t count, int drop_high, int drop_low, bool is_signed) {
  const auto each = [&](auto change) {
    for (size_t i = 0; i < count; ++i) {
      Bits bits;
      std::memcpy(&bits, at + i * sizeof(Bits), sizeof bits);
      bits = change(bits);
      std::memcpy(at + i * sizeof(Bits), &bits, sizeof bits);
    }
  };
  if (is_signed)
    each([=](Bits bits) { return static_cast<Bits>(static_cast<Signed>(static_cast<Bits>(bits << drop_high)) >> drop_low); });
  else
    each([=](Bits bits) { return static_cast<Bits>(static_cast<Bits>(bits << drop_high) >> drop_low); });
}

template <int kPlanes>
void Interleave(const uint8_t* const* planes, size_t pixels, uint8_t* out) {
  for (size_t i = 0; i < pixels; ++i)
    for (int p = 0; p < kPlanes; ++p) out[i * kPlanes + p] = planes[p][i];
}

void InterleavePair(const uint8_t* low, const uint8_t* high, size_t pixels, uint8_t* out) {
  for (size_t i = 0; i < pixels; ++i) {
    const uint16_t value = static_cast<uint16_t>(low[i] | high[i] << 8);
    std::memcpy(out + 2 * i, &value, 2);
  }
}

template <typename Bits>
Bits Swapped(Bits bits) {
  if constexpr (sizeof(Bits) == 2) return __builtin_bswap16(bits);
  else if constexpr (sizeof(Bits) == 4) return __builtin_bswap32(bits);
  else return __builtin_bswap64(bits);
}

template <typename Bits>
void Swap(const char* from, size_t count, char* to) {
  for (size_t i = 0; i < count; ++i) {
    Bits bits;
    std::memcpy(&bits, from + i * sizeof(Bits), sizeof bits);
    bits = Swapped(bits);
    std::memcpy(to + i * sizeof(Bits), &bits, sizeof bits);
  }
}

}  // namespace

void KeepBits(uint8_t* values, size_t num_bytes, int width, int drop_high, int drop_low, bool is_signed) {
  const size_t count = num_bytes / width;
  if (width == 1) Keep<uint8_t, int8_t>(values, count, drop_high, drop_low, is_signed);
  else if (width == 2) Keep<uint16_t, int16_t>(values, count, drop_high, drop_low, is_signed);
  else Keep<uint32_t, int32_t>(values, count, drop_high, drop_low, is_signed);
}

void InterleavePlanes(const uint8_t* const* planes, int num_planes, size_t pixels, uint8_t* out) {
  if (num_planes == 2) return InterleavePair(planes[0], planes[1], pixels, out);
  if (num_planes == 3) return Interleave<3>(planes, pixels, out);
  if (num_planes == 4) return Interleave<4>(planes, pixels, out);
  for (int p = 0; p < num_planes; ++p)
    for (size_t i = 0; i < pixels; ++i) out[i * num_planes + p] = planes[p][i];
}

void CopySwapped(const char* from, size_t num_bytes, int width, char* to) {
  if (width == 2) Swap<uint16_t>(from, num_bytes / 2, to);
  else if (width == 4) Swap<uint32_t>(from, num_bytes / 4, to);
  else if (width == 8) Swap<uint64_t>(from, num_bytes / 8, to);
  else if (from != to) std::memcpy(to, from, num_bytes);
}

}  // namespace lingshu
