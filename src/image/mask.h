// Mask: the pixels of one structure on one picture, with the two forms that travel in a Sample's meta.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lingshu {

struct Mask {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> inside;  // height * width, 0 or 1

  int64_t NumPixels() const;
  // Least and greatest column and row, x0 y0 x1 y1, the last ones inclusive. REQUIRES: NumPixels() > 0.
  std::array<int, 4> Box() const;
};

// "31,50,51,71": as meta["boxes"] of a Sample has it.
std::string BoxText(const std::array<int, 4>& box);

// "512x512:1031,20,490,24": lengths of runs row by row, the first outside the structure, then inside, and so on; the last
// run is left out when it is outside. As meta["mask"] of a Sample has it.
std::string EncodeMask(const Mask& mask);
// Throws Error(kCorrupt) for text of another form, or beyond the limits of limits.h.
Mask DecodeMask(std::string_view text);

}  // namespace lingshu
