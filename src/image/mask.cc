// Boxes and run lengths.
#include "image/mask.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/error.h"
#include "image/limits.h"

namespace lingshu {
namespace {

int64_t TakeNumber(std::string_view& text, char end) {
  int64_t value = -1;
  const auto [last, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  const size_t length = static_cast<size_t>(last - text.data());
  if (failure != std::errc() || value < 0 || (length < text.size() ? text[length] != end : end != ','))
    throw Error(ErrorCode::kCorrupt, "a mask is not of the form WIDTHxHEIGHT:RUN,RUN,….");
  text.remove_prefix(std::min(length + 1, text.size()));
  return value;
}

}  // namespace

int64_t Mask::NumPixels() const { return std::count(inside.begin(), inside.end(), 1); }

std::array<int, 4> Mask::Box() const {
  std::array<int, 4> box = {width, height, -1, -1};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      if (inside[static_cast<size_t>(y) * width + x] != 0)
        box = {std::min(box[0], x), std::min(box[1], y), std::max(box[2], x), std::max(box[3], y)};
  CHECK(box[2] >= 0) << "the box of an empty mask";
  return box;
}

std::string BoxText(const std::array<int, 4>& box) {
  return fmt::format("{},{},{},{}", box[0], box[1], box[2], box[3]);
}

std::string EncodeMask(const Mask& mask) {
  std::string text = fmt::format("{}x{}:", mask.width, mask.height);
  uint8_t state = 0;
  int64_t run = 0;
  bool is_first = true;
  const auto put = [&] {
    text += fmt::format("{}{}", is_first ? "" : ",", run);
    is_first = false;
  };
  for (const uint8_t pixel : mask.inside) {
    if (pixel != state) {
      put();
      state = pixel;
      run = 0;
    }
    ++run;
  }
  if (state == 1) put();
  return text;
}

Mask DecodeMask(std::string_view text) {
  const int64_t width = TakeNumber(text, 'x'), height = TakeNumber(text, ':');
  CheckDimensions(width, height, "a mask");
  Mask mask{static_cast<int>(width), static_cast<int>(height), {}};
  mask.inside.assign(static_cast<size_t>(width) * height, 0);
  size_t at = 0;
  for (uint8_t state = 0; !text.empty(); state ^= 1) {
    const auto run = static_cast<uint64_t>(TakeNumber(text, ','));
    if (run > mask.inside.size() - at) throw Error(ErrorCode::kCorrupt, "a mask has more pixels than its picture.");
    std::fill_n(mask.inside.begin() + static_cast<int64_t>(at), run, state);
    at += run;
  }
  return mask;
}

}  // namespace lingshu
