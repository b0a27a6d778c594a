// Text as a picture, for samples whose question has to be read off the image.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "image/image.h"

namespace lingshu {

// Lines of at most `columns` characters, broken at blanks where there are any; newlines are kept.
std::vector<std::string> WrapText(std::string_view text, int columns);

// Black on white, 8 by 16 pixels a character, a margin of one character.
// REQUIRES: IsRenderable(text). Throws Error(kTooLarge) beyond 400 lines.
Image RenderText(std::string_view text, int columns);

// True when the text has printable ASCII and newlines alone.
bool IsRenderable(std::string_view text);

}  // namespace lingshu
