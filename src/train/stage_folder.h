// A stage's folder: what decides its result, and the result itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/json.h"
#include "train/stage.h"

namespace lingshu {

// Everything that decides the bytes of a stage's result; how often it is saved does not.
Json StageIdentity(const StageConfig& config, uint64_t seed, const std::string& data_sha256, const std::string& weights_sha256);

// The result of a finished stage.
std::optional<StageResult> ReadDone(const std::filesystem::path& folder);
// Writes model/ (whole or not at all), then done.json, then removes the checkpoints.
void FinishFolder(const StageContext& context, const Model& model, StageResult& result);

}  // namespace lingshu
