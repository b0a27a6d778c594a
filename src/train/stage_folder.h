// The claim on a stage's folder: one process at a time, one set of settings for ever.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/json.h"
#include "train/stage.h"

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

// Everything that decides the bytes of a stage's result; how often it is saved does not.
Json StageIdentity(const StageConfig& config, uint64_t seed, const std::string& data_sha256, const std::string& weights_sha256);

// Writes config.json, or compares with the one that is there. Throws Error(kUsage) listing the keys that differ.
void ClaimFolder(const std::filesystem::path& folder, const Json& identity);

// The result of a finished stage.
std::optional<StageResult> ReadDone(const std::filesystem::path& folder);
// Writes model/ (whole or not at all), then done.json, then removes the checkpoints.
void FinishFolder(const StageContext& context, const Model& model, StageResult& result);

}  // namespace lingshu
