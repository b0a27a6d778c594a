// Private attributes that hold no identity, by their creators: the Safe Private Attributes of PS3.15 E.3.10, table
// E.3.10-1, as far as they are numbers or codes.
#pragma once

#include <cstdint>
#include <string_view>

namespace lingshu {

// `tag` as in the file, (gggg,bbee) with its block bb.
bool IsSafePrivate(std::string_view creator, uint32_t tag);

}  // namespace lingshu
