// Sixteen floats as one value (GCC vector extension): the same source becomes SSE, AVX2 or AVX-512 code, chosen once at
// run time by the clones of LINGSHU_CLONES (levels of the x86-64 psABI; an arch= of a processor would match that model only).
// Only intrinsics-free code and the two headers below may be included here: an
// inline std function compiled with wider instructions could be the copy that the linker keeps.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define LINGSHU_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define LINGSHU_CLONES
#endif
#define LINGSHU_INLINE static inline __attribute__((always_inline))

namespace lingshu::simd {

constexpr int64_t kLanes = 16;
typedef float F16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t I16 __attribute__((vector_size(64), aligned(4), may_alias));

LINGSHU_INLINE F16 Load(const float* p) { return *reinterpret_cast<const F16*>(p); }
LINGSHU_INLINE void Store(float* p, F16 v) { *reinterpret_cast<F16*>(p) = v; }
LINGSHU_INLINE F16 Set(float x) { return F16{} + x; }
LINGSHU_INLINE float Sum(F16 v) {
  float sum = 0;
  for (int i = 0; i < kLanes; ++i) sum += v[i];
  return sum;
}
LINGSHU_INLINE float Max(F16 v) {
  float max = v[0];
  for (int i = 1; i < kLanes; ++i) max = v[i] > max ? v[i] : max;
  return max;
}
LINGSHU_INLINE F16 Max(F16 a, F16 b) { return a > b ? a : b; }

// e^x to about 2 ulp: x = n ln 2 + r, a degree-6 polynomial for e^r (Cephes expf), then the exponent's bits.
// Inputs below −87 give 0 (so −inf masks), above 88 they are clamped.
LINGSHU_INLINE F16 Exp(F16 x) {
  const F16 low = Set(-87.0f);
  const I16 is_zero = x < low;
  x = x < low ? low : x;
  x = x > Set(88.0f) ? Set(88.0f) : x;
  F16 n = x * 1.44269504088896341f + 12582912.0f;  // rounds to the nearest integer: 1.5 · 2^23 pushes the fraction out
  const I16 exponent = (reinterpret_cast<I16>(n) - 0x4B400000 + 127) << 23;
  n -= 12582912.0f;
  const F16 r = x - n * 0.693359375f + n * 2.12194440e-4f;
  F16 p = Set(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const F16 result = p * reinterpret_cast<F16>(exponent);
  return is_zero ? F16{} : result;
}

}  // namespace lingshu::simd
