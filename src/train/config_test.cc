// Facts of recipes: the shipped ones load, and contradictions are listed together.
#include "train/config.h"

#include <gtest/gtest.h>

namespace lingshu {
namespace {

std::string MessageOf(RecipeConfig recipe) {
  try {
    ValidateRecipe(recipe, "test");
  } catch (const Error& e) {
    return e.message();
  }
  return "";
}

TEST(Recipe, ShippedRecipesLoad) {
  int64_t count = 0;
  for (const auto& file : std::filesystem::directory_iterator("configs/train")) {
    EXPECT_FALSE(LoadRecipe(file.path(), {}).stages.empty()) << file.path();
    ++count;
  }
  EXPECT_GE(count, 2);
}

TEST(Recipe, PaperValuesOfTable9) {
  const RecipeConfig recipe = LoadRecipe("configs/train/lingshu-7b.yaml", {});
  const StageConfig& shallow = recipe.stages[0];
  EXPECT_FALSE(shallow.trainable.language);
  EXPECT_EQ(shallow.learning_rate.vision, 2e-6);
  EXPECT_EQ(shallow.learning_rate.merger, 1e-5);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(recipe.stages[i].gradient_accumulation_steps, 8);
    EXPECT_EQ(recipe.stages[i].warmup_steps, 100);
    EXPECT_EQ(recipe.stages[i].max_length, 8192);
    EXPECT_EQ(recipe.stages[i].packing, i == 2);
    EXPECT_EQ(recipe.stages[i].epochs, i == 2 ? 2 : 1);
  }
  const GrpoConfig& grpo = recipe.stages[3].grpo;
  EXPECT_EQ(grpo.group_size, 16);
  EXPECT_EQ(grpo.prompts_per_step / grpo.updates_per_step, 128);
  EXPECT_EQ(grpo.kl_coef, 1e-3);
  EXPECT_EQ(grpo.learning_rate, 1e-6);
}

TEST(Recipe, ListsAllContradictionsTogether) {
  RecipeConfig recipe;
  recipe.stages.resize(2);
  recipe.stages[0].trainable = {false, false, false};
  recipe.stages[1].optimizer.betas = {0.9};
  const std::string message = MessageOf(recipe);
  EXPECT_NE(message.find("nothing is"), std::string::npos) << message;
  EXPECT_NE(message.find("two numbers"), std::string::npos) << message;
  EXPECT_NE(message.find("stages[1]: the name stage is taken"), std::string::npos) << message;
}

TEST(Recipe, OverridesReachIntoStages) {
  EXPECT_EQ(LoadRecipe("configs/train/nano.yaml", {"stages.2.epochs=7"}).stages[2].epochs, 7);
  EXPECT_THROW(LoadRecipe("configs/train/nano.yaml", {"stages.99.epochs=7"}), Error);
  EXPECT_THROW(LoadRecipe("configs/train/nano.yaml", {"stages.last.epochs=7"}), Error);
}

TEST(Recipe, RefusesRolloutsAtATemperatureWhoseLogprobsItWouldNotHave) {
  EXPECT_THROW(LoadConfig<StageConfig>("", {"grpo.temperature=0.7"}), Error);
}

}  // namespace
}  // namespace lingshu
