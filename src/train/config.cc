// The checks that a range on one key cannot express.
#include "train/config.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace lingshu {
namespace {

bool IsFolderName(const std::string& name) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), is_plain);
}

std::vector<std::string> ProblemsOf(const StageConfig& stage) {
  std::vector<std::string> problems;
  if (!IsFolderName(stage.name)) problems.push_back("name is a folder's: letters, digits, _ and -, at most 64");
  if (!stage.trainable.vision && !stage.trainable.merger && !stage.trainable.language) problems.push_back("trainable: nothing is");
  const std::vector<double>& betas = stage.optimizer.betas;
  if (betas.size() != 2 || betas[0] >= 1 || betas[1] >= 1) problems.push_back("optimizer.betas should be two numbers below 1");
  if (stage.data.empty()) problems.push_back("data lists no part");
  if (stage.kind == StageKind::kGrpo) {
    if (stage.grpo.prompts_per_step % stage.grpo.updates_per_step != 0)
      problems.push_back(fmt::format("grpo.prompts_per_step ({}) should divide into grpo.updates_per_step ({})", stage.grpo.prompts_per_step,
                                     stage.grpo.updates_per_step));
    if (stage.grpo.max_new_tokens >= stage.max_length) problems.push_back("grpo.max_new_tokens leaves no room for a prompt in max_length");
  }
  return problems;
}

}  // namespace

void ValidateRecipe(const RecipeConfig& recipe, const std::string& where) {
  std::string list;
  std::set<std::string> names;
  if (recipe.stages.empty()) list += "\n  stages: expected at least one";
  for (size_t i = 0; i < recipe.stages.size(); ++i) {
    const StageConfig& stage = recipe.stages[i];
    for (const std::string& problem : ProblemsOf(stage)) list += fmt::format("\n  stages[{}] ({}): {}", i, stage.name, problem);
    if (!names.insert(stage.name).second) list += fmt::format("\n  stages[{}]: the name {} is taken", i, stage.name);
  }
  if (!list.empty()) throw Error(ErrorCode::kUsage, fmt::format("{}: the recipe contradicts itself:{}", where, list));
}

RecipeConfig LoadRecipe(const std::filesystem::path& file, const std::vector<std::string>& overrides) {
  RecipeConfig recipe = LoadConfig<RecipeConfig>(file, overrides);
  ValidateRecipe(recipe, file.empty() ? "--set" : file.string());
  return recipe;
}

}  // namespace lingshu
