// Lower case by Unicode's full mapping without a language: what str.lower() of Python gives ("İ" is two characters, the
// last sigma of a word has its own form).
#pragma once

#include <string>
#include <string_view>

namespace lingshu {

// Ill-formed bytes are repaired first.
std::string LowerUnicode(std::string_view text);

}  // namespace lingshu
