// The key of pseudonyms that deid and archive share.
#pragma once

#include <string>

namespace lingshu {

// The key of a file, made there if it is absent; a random one for "". Whoever has it can tell who was who.
// Throws Error(kUsage) for keys of less than 16 characters.
std::string DeidKey(const std::string& path);

}  // namespace lingshu
