// Integers of any width in either byte order, read and written byte by byte: no alignment, no aliasing, no host order.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lingshu {

// REQUIRES: width bytes at p, width <= 8.
inline uint64_t ReadUint(const void* p, int width, bool is_big_endian = false) {
  const auto* bytes = static_cast<const uint8_t*>(p);
  uint64_t value = 0;
  for (int i = 0; i < width; ++i) value |= uint64_t{bytes[i]} << (8 * (is_big_endian ? width - 1 - i : i));
  return value;
}

// Little-endian.
inline void WriteUint(void* p, int width, uint64_t value) {
  auto* bytes = static_cast<uint8_t*>(p);
  for (int i = 0; i < width; ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * i));
}

}  // namespace lingshu
