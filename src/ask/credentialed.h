// The one guard of data under a use agreement: whoever asks a server about a set's samples goes through it first.
#pragma once

#include <string>

namespace lingshu {

// Throws Error(kUsage) where `source` (a registered Source) is credentialed and the server is on another machine, unless `is_permitted`.
// `what` is what the user knows the data by, `permission` how the user says that the agreement permits the service.
void CheckMaySend(const std::string& source, const std::string& endpoint, bool is_permitted, const std::string& what, const std::string& permission);

}  // namespace lingshu
