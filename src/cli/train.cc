// lingshu train: the stages of a recipe on curated shards.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/files.h"
#include "base/progress.h"
#include "cli/command.h"
#include "cli/recipe.h"
#include "cli/run_config.h"
#include "data/shards.h"

namespace lingshu {
namespace {

struct TrainFlags {
  ConfigFlags config;
  std::vector<std::string> data;
  std::string heldout, out = "runs/train";
};

std::vector<Sample> ReadAll(const std::vector<std::string>& folders) {
  std::vector<Sample> samples;
  for (const std::string& folder : folders)
    for (Sample& sample : ReadShards(folder)) samples.push_back(std::move(sample));
  return samples;
}

int Train(const TrainFlags& flags) {
  RecipeConfig recipe = LoadRecipe(flags.config.file, flags.config.overrides);
  if (!fs::is_directory(recipe.model)) recipe.model = HomePath(recipe.model).string();
  RecipeInputs inputs{.samples = ReadAll(flags.data), .heldout = {}, .blob_folders = {flags.data.begin(), flags.data.end()}, .out = flags.out};
  if (!flags.heldout.empty()) {
    inputs.heldout = ReadShards(flags.heldout);
    inputs.blob_folders.emplace_back(flags.heldout);
  }
  const RecipeResult result = RunRecipe(recipe, inputs);
  fmt::print("{}\n", result.model_folder);
  return 0;
}

const Register<Command> kTrain({.name = "train", .help = "run the stages of a recipe on curated shards", .attach = [](CLI::App& app) {
                                  auto flags = std::make_shared<TrainFlags>();
                                  app.add_option("--data", flags->data, "folder of `lingshu curate` or `synth`; may be given several times")->required();
                                  app.add_option("--heldout", flags->heldout, "curated questions for the reward before and after reinforcement");
                                  app.add_option("--out", flags->out, "folder of the run; the same folder goes on where it stopped");
                                  AttachConfig(app, flags->config, RecipeConfig());
                                  return [flags] { return Train(*flags); };
                                }});

}  // namespace
}  // namespace lingshu
