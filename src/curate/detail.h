// Detail: the fine structure of a picture on a grid of 32 by 32, for telling a copy from a picture that merely looks
// alike. Brightness and slow shading are taken out, since they make all radiographs of one kind alike.
#pragma once

#include <array>
#include <cstdint>

#include "image/image.h"

namespace lingshu {

inline constexpr int kDetailSide = 32;
using Detail = std::array<int8_t, kDetailSide * kDetailSide>;

// Luma on the grid less its mean over 5 by 5, scaled to the range of int8. A picture without detail gives zeros.
Detail DetailOf(const Image& image);
Detail Mirrored(const Detail& detail);

// Correlation in [-1, 1]; 0 when either has no detail.
double Correlation(const Detail& a, const Detail& b);

}  // namespace lingshu
