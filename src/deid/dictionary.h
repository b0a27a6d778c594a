// The data dictionary of DICOM (PS3.6): what an element of implicit VR or of unknown VR holds.
#pragma once

#include <cstdint>
#include <string_view>

namespace lingshu {

// The value representation of a standard attribute; "" for private, unknown and repeating (50xx, 60xx) attributes.
std::string_view DictionaryVr(uint32_t tag);

}  // namespace lingshu
