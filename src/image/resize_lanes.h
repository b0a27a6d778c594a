// The inner loop of resizing: weighted sums of bytes over contiguous lanes, in fixed point.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lingshu {

inline constexpr int kResizePrecisionBits =
    32 - 8 - 2;                          // Pillow's: 8 bits of result, 2 of headroom for the filters' lobes
inline constexpr int kResizeLanes = 48;  // what WeighBlock takes: 16 RGB pixels

// out[lane] = clamp((sum over taps of rows[tap * row_stride + lane] * weights[tap] + half) >> kResizePrecisionBits, 0,
// 255) for kResizeLanes lanes, with the widest instructions of this machine. Sums are integers: all ways give the same
// bytes.
void WeighBlock(const uint8_t* rows, size_t row_stride, const int32_t* weights, int taps, uint8_t* out);

// The same in plain loops: the reference, and the remainder of a row. REQUIRES: lanes <= kResizeLanes.
void WeighLanes(const uint8_t* rows, size_t row_stride, const int32_t* weights, int taps, int lanes, uint8_t* out);

}  // namespace lingshu
