// A text file of one line, readable by its owner alone.
#include "cli/deid_key.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "deid/pseudonym.h"

namespace lingshu {

std::string DeidKey(const std::string& path) {
  if (path.empty()) return MakeRandomKey();
  if (!IsFile(path)) {
    WriteFileAtomic(path, MakeRandomKey() + "\n");
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
  }
  const std::string key(TrimAscii(ReadFile(path, 4096)));
  if (key.size() < 16)
    throw Error(ErrorCode::kUsage, fmt::format("{}: a key of {} characters; at least 16 are needed.", path, key.size()));
  return key;
}

}  // namespace lingshu
