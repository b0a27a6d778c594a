// Burned-in text found by its look: thin strokes of one brightness, of like heights, side by side on a line.
#pragma once

#include <cstdint>
#include <vector>

namespace lingshu {

// Columns x0 … x1 and rows y0 … y1 without the ends.
struct PixelBox {
  int x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

// Boxes around lines of at least three characters, 5 to 64 px high, lighter or darker than what surrounds them, with a
// margin. `gray` is height * width. Not a reader: ribs are rarely, leads and rulers often, taken for text, which costs
// some black boxes; single large letters (side markers) stay.
std::vector<PixelBox> FindText(const std::vector<uint8_t>& gray, int width, int height);

}  // namespace lingshu
