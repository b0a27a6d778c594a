// The inner loop of resizing: weighted sums of bytes over contiguous lanes, in fixed point.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lingshu {

inline constexpr int kResizeLanes = 48;  // what WeighBlock takes: 16 RGB pixels

// out[lane] = clamp((sum over taps of rows[tap * row_stride + lane] * weights[tap] + half) >> precision_bits, 0,
// 255) for kResizeLanes lanes, half a unit of the result, with the widest instructions of this machine. Sums are integers: all ways give the same
// bytes.
void WeighBlock(const uint8_t* rows, size_t row_stride, const int32_t* weights, int taps, int precision_bits, uint8_t* out);

// The same in plain loops: the reference, and the remainder of a row. REQUIRES: lanes <= kResizeLanes.
void WeighLanes(const uint8_t* rows, size_t row_stride, const int32_t* weights, int taps, int precision_bits, int lanes,
                uint8_t* out);

}  // namespace lingshu
