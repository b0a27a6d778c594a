// A lock file for flock, and config.json as the folder's identity.
#include "base/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"

namespace lingshu {
namespace {

// "/stage/optimizer/eps" becomes "stage.optimizer.eps".
std::vector<std::string> DifferingKeys(const Json& a, const Json& b) {
  std::set<std::string> keys;
  for (const Json& change : Json::diff(a, b)) keys.insert(ReplaceAll(change.at("path").get<std::string>().substr(1), "/", "."));
  return {keys.begin(), keys.end()};
}

}  // namespace

FolderLock::FolderLock(const fs::path& folder) {
  const fs::path path = folder / "lock";
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) throw Error(ErrorCode::kIo, fmt::format("cannot create {}: {}.", path.string(), std::strerror(errno)));
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(fd_);
  throw Error(ErrorCode::kUsage, fmt::format("{}: another process works in this folder.\nHINT: wait for it, or choose another folder.",
                                             folder.string()));
}

FolderLock::~FolderLock() { ::close(fd_); }

void ClaimFolder(const fs::path& folder, const Json& identity) {
  const fs::path path = folder / "config.json";
  if (!fs::exists(path)) {
    WriteFileAtomic(path, identity.dump(1) + "\n");
    return;
  }
  // Through text, so that both sides have had their numbers written and read once.
  const std::vector<std::string> keys = DifferingKeys(ParseJson(ReadFile(path, 1 << 24), path.string()), ParseJson(identity.dump(), "settings"));
  if (keys.empty()) return;
  throw Error(ErrorCode::kUsage, fmt::format("{}: this folder belongs to a run with other settings; these differ: {}.\nHINT: choose another "
                                             "folder, or remove this one.", folder.string(), JoinStrings(keys, ", ")));
}

}  // namespace lingshu
