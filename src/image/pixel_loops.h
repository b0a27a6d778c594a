// The loops that every pixel of a series or a volume goes through, in a file of their own because the compiler may use vector
// instructions there (CMakeLists.txt).
#pragma once

#include <cstddef>
#include <cstdint>

namespace lingshu {

// Of each value of `width` bytes (1, 2 or 4, little-endian) drops bits at the top and the bottom, and extends the sign of
// what is left when it is signed.
void KeepBits(uint8_t* values, size_t num_bytes, int width, int drop_high, int drop_low, bool is_signed);

// Planes of bytes to values: out[i * num_planes + p] = planes[p][i].
void InterleavePlanes(const uint8_t* const* planes, int num_planes, size_t pixels, uint8_t* out);

// Copies values of `width` bytes with the bytes of each turned round. num_bytes is a multiple of width; `to` may be `from`.
void CopySwapped(const char* from, size_t num_bytes, int width, char* to);

}  // namespace lingshu
