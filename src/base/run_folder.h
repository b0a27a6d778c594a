// The claim on a run's folder: one process at a time, one set of settings for ever.
#pragma once

#include <filesystem>

#include "base/json.h"

namespace lingshu {

// Holds an exclusive lock on the folder while it lives; the kernel lets go when the process dies.
class FolderLock {
 public:
  // Throws Error(kUsage) when another process holds it, Error(kIo).
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(FolderLock&&) = delete;

 private:
  int fd_ = -1;
};

// Writes config.json, or compares with the one that is there. Throws Error(kUsage) listing the keys that differ.
void ClaimFolder(const std::filesystem::path& folder, const Json& identity);

}  // namespace lingshu
