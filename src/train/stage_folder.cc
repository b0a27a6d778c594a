// Identity and the done marker.
#include "train/stage_folder.h"

#include "base/config.h"
#include "base/files.h"
#include "train/state.h"

namespace lingshu {

Json StageIdentity(const StageConfig& config, uint64_t seed, const std::string& data_sha256, const std::string& weights_sha256) {
  Json stage = ToJson(config);
  stage.erase("save_every_steps");
  return {{"stage", std::move(stage)}, {"seed", seed}, {"data_sha256", data_sha256}, {"initial_weights_sha256", weights_sha256}};
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
