// Lock, identity and the done marker.
#include "train/stage_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/strings.h"
#include "train/state.h"

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
  throw Error(ErrorCode::kUsage, fmt::format("{}: another process is training in this folder.\nHINT: wait for it, or choose another folder.",
                                             folder.string()));
}

FolderLock::~FolderLock() { ::close(fd_); }

Json StageIdentity(const StageConfig& config, uint64_t seed, const std::string& data_sha256, const std::string& weights_sha256) {
  Json stage = ToJson(config);
  stage.erase("save_every_steps");
  return {{"stage", std::move(stage)}, {"seed", seed}, {"data_sha256", data_sha256}, {"initial_weights_sha256", weights_sha256}};
}

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

std::optional<StageResult> ReadDone(const fs::path& folder) {
  const fs::path path = folder / "done.json";
  if (!fs::exists(path)) return std::nullopt;
  StageResult result;
  ConfigReader(path.string()).Fill(ParseJson(ReadFile(path, 1 << 20), path.string()), "", result);
  result.model_folder = (folder / "model").string();  // the run may have been moved
  result.was_finished = true;
  return result;
}

void FinishFolder(const StageContext& context, const Model& model, StageResult& result) {
  const fs::path final_folder = context.folder / "model", temporary = context.folder / "model.tmp";
  fs::remove_all(temporary);
  SaveModel(model, temporary, context.tokenizer_folder);
  SyncTree(temporary);
  fs::remove_all(final_folder);  // of a run that was stopped just before done.json
  fs::rename(temporary, final_folder);
  result.weights_sha256 = WeightsSha256(model);
  result.model_folder = final_folder.string();
  WriteFileAtomic(context.folder / "done.json", ToJson(result).dump(1) + "\n");
  fs::remove_all(context.folder / "checkpoints");
}

}  // namespace lingshu
