#include "ask/credentialed.h"

#include <fmt/format.h>

#include "ask/remote.h"
#include "base/error.h"
#include "data/publication.h"

namespace lingshu {

void CheckMaySend(const std::string& source, const std::string& endpoint, bool is_permitted, const std::string& what, const std::string& permission) {
  if (endpoint.empty() || is_permitted || IsLoopbackEndpoint(endpoint) || !PublicationOf(source).is_credentialed) return;
  throw Error(ErrorCode::kUsage,
              fmt::format("{}: its data are under a data use agreement and would be sent to {}.\nHINT: {}, if your agreement permits that service.",
                          what, endpoint, permission));
}

}  // namespace lingshu
