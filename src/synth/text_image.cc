// A fixed-width bitmap font on a white page.
#include "synth/text_image.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "synth/glyphs.h"

namespace lingshu {
namespace {

constexpr size_t kMaxLines = 400;

int HexDigit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

void DrawGlyph(Image& image, char c, int x0, int y0) {
  const char* digits = kGlyphs[c - ' '];
  for (int y = 0; y < kGlyphHeight; ++y) {
    const int row = HexDigit(digits[2 * y]) << 4 | HexDigit(digits[2 * y + 1]);
    for (int x = 0; x < kGlyphWidth; ++x)
      if (row & (0x80 >> x)) std::fill_n(image.Pixel(x0 + x, y0 + y), 3, 0);
  }
}

}  // namespace

bool IsRenderable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

std::vector<std::string> WrapText(std::string_view text, int columns) {
  CHECK(columns > 0);
  const auto width = static_cast<size_t>(columns);
  std::vector<std::string> lines;
  for (std::string_view rest : SplitString(text, '\n')) {
    while (rest.size() > width) {
      size_t end = rest.rfind(' ', width);  // the last blank that leaves a line short enough
      if (end == std::string_view::npos || end == 0) end = width;
      lines.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end + (rest[end] == ' '));
    }
    lines.emplace_back(rest);
  }
  return lines;
}

Image RenderText(std::string_view text, int columns) {
  CHECK(IsRenderable(text));
  const std::vector<std::string> lines = WrapText(text, columns);
  if (lines.size() > kMaxLines)
    throw Error(ErrorCode::kTooLarge,
                fmt::format("a text of {} lines, at most {} are drawn.", lines.size(), kMaxLines));
  Image image{.width = (columns + 2) * kGlyphWidth,
              .height = (static_cast<int>(lines.size()) + 2) * kGlyphHeight,
              .source = "text"};
  image.rgb.assign(size_t{3} * image.width * image.height, 255);
  for (size_t line = 0; line < lines.size(); ++line)
    for (size_t i = 0; i < lines[line].size(); ++i)
      DrawGlyph(image, lines[line][i], static_cast<int>(i + 1) * kGlyphWidth,
                static_cast<int>(line + 1) * kGlyphHeight);
  return image;
}

}  // namespace lingshu
