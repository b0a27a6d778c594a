// Words of radiology: what may stay of a free text under the Clean Descriptors and Clean Structured Content options.
#pragma once

#include <string>

namespace lingshu {

// The text with every word left out that is not in the vocabulary (anatomy, modality, sequence, plane, finding) and not a
// number of at most two digits; "" when nothing is left. A name that is also a word of radiology stays.
//   "CT HEAD W/O Mr Smith 2019-04-01"  becomes  "CT HEAD W/O"
std::string KeepKnownWords(const std::string& text);

}  // namespace lingshu
