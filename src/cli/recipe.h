// A recipe run: tokenizer, model, and the stages in order, each in its own folder; what an earlier run finished is not done
// again.  `lingshu train` and the demo are this function.
//   <out>/tokenizer/   tokenizer.json of a new model
//   <out>/<stage>/     one folder a stage (train/stage.h); its model/ has a manifest of all that training has shown it
//                      (data/training_manifest.h)
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "data/sample.h"
#include "train/config.h"
#include "train/grpo.h"

namespace lingshu {

struct RecipeInputs {
  std::vector<Sample> samples;  // training, curated and synthesised
  std::vector<Sample> heldout;  // questions for the reward before and after reinforcement; never trained on
  std::vector<std::filesystem::path> blob_folders;  // of "blob:" images, looked through in order
  std::filesystem::path out;
};

struct RecipeResult {
  std::vector<std::string> stage_folders;  // in order
  std::vector<StageResult> stages;
  std::optional<GrpoResult> grpo;          // of the last reinforcement stage
  std::string sft_model_folder;            // after the last supervised stage
  std::string model_folder;                // after the last stage
};

RecipeResult RunRecipe(const RecipeConfig& recipe, const RecipeInputs& inputs);

}  // namespace lingshu
