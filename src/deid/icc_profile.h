// ICC profiles (ICC.1:2010) hold descriptions, copyrights and makers beside their tables of colours.
#pragma once

#include <string>
#include <string_view>

namespace lingshu {

// A profile of the same size whose texts are zeros: only the tags that map colours are copied, and only in the types that
// hold numbers. "" for what is no profile.
std::string CleanIccProfile(std::string_view profile);

}  // namespace lingshu
