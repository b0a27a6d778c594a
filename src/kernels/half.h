// float16 (IEEE 754 binary16) and bfloat16 as bits, rounded to nearest, ties to even. Plain integer code, the same on
// every machine: scales of quantized blocks are stored as float16.
#pragma once

#include <cstdint>

namespace lingshu {

inline float FloatOfBits(uint32_t bits) {
  float value;
  __builtin_memcpy(&value, &bits, sizeof(value));
  return value;
}

inline uint32_t BitsOfFloat(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof(bits));
  return bits;
}

inline float HalfToFloat(uint16_t half) {
  const uint32_t sign = (half & 0x8000u) << 16, magnitude = half & 0x7FFFu;
  if (magnitude >= 0x7C00) return FloatOfBits(sign | 0x7F800000u | (magnitude & 0x3FFu) << 13);
  // The exponent's bias grows from 15 to 127; the product is exact for subnormal halves as well.
  return FloatOfBits(sign | BitsOfFloat(FloatOfBits(magnitude << 13) * 0x1p112f));
}

inline uint16_t FloatToHalf(float value) {
  const uint32_t bits = BitsOfFloat(value), sign = bits >> 16 & 0x8000u;
  uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return static_cast<uint16_t>(sign | 0x7E00u);
  if (magnitude >= 0x477FF000u) return static_cast<uint16_t>(sign | 0x7C00u);  // 65520 and above round to infinity
  if (magnitude < 0x38800000u)  // below 2^-14: the ulp of 0.5 is that of subnormal halves, so the sum rounds
    return static_cast<uint16_t>(sign | (BitsOfFloat(FloatOfBits(magnitude) + 0.5f) - 0x3F000000u));
  magnitude += 0xC8000FFFu + (magnitude >> 13 & 1);
  return static_cast<uint16_t>(sign | magnitude >> 13);
}

inline float BFloat16ToFloat(uint16_t value) { return FloatOfBits(static_cast<uint32_t>(value) << 16); }

inline uint16_t FloatToBFloat16(float value) {
  const uint32_t bits = BitsOfFloat(value);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return static_cast<uint16_t>(bits >> 16 | 64);  // a NaN stays one
  return static_cast<uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1)) >> 16);
}

}  // namespace lingshu
