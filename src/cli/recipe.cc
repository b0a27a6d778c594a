// See recipe.h.
#include "cli/recipe.h"

#include <set>
#include <unordered_set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "base/rng.h"
#include "base/strings.h"
#include "cli/examples.h"
#include "data/training_manifest.h"
#include "model/open_model.h"
#include "train/trainer.h"

namespace lingshu {
namespace {

// A new model from a shape and a tokenizer of its own, or a folder to go on from.
struct Start {
  std::shared_ptr<Model> model;
  std::shared_ptr<const Tokenizer> tokenizer;
  fs::path tokenizer_folder;
};

Start MakeStart(const RecipeConfig& recipe, const RecipeInputs& inputs) {
  if (fs::is_directory(recipe.model) || IsGguf(recipe.model)) return {LoadModel(recipe.model), Tokenizer::Load(recipe.model), recipe.model};
  Start start;
  ModelConfig config = LoadModelShape(recipe.model);
  start.tokenizer_folder = inputs.out / "tokenizer";
  const int64_t vocab_size = recipe.vocab_size > 0 ? recipe.vocab_size : config.text.vocab_size;
  if (!fs::exists(start.tokenizer_folder / "tokenizer.json")) {
    Say(fmt::format("training a tokenizer of {} entries on {} samples", WithThousands(vocab_size),
                    WithThousands(static_cast<int64_t>(inputs.samples.size()))));
    MakeFolder(start.tokenizer_folder);
    TrainTokenizer(TokenizerTexts(inputs.samples), vocab_size, start.tokenizer_folder);
  }
  start.tokenizer = Tokenizer::Load(start.tokenizer_folder);
  if (start.tokenizer->vocab_size() > vocab_size)  // fewer are right where the texts hold no more
    throw Error(ErrorCode::kUsage,
                fmt::format("{}: a tokenizer of {} entries is there, the recipe asks for {}.\nHINT: name another --out, or "
                            "remove that folder to begin anew.",
                            start.tokenizer_folder.string(), WithThousands(start.tokenizer->vocab_size()), WithThousands(vocab_size)));
  AdoptTokenizer(*start.tokenizer, config);
  start.model = InitModel(config, recipe.seed);
  return start;
}

std::vector<MixChoice> MixOf(const RecipeConfig& recipe, size_t stage, const std::vector<Sample>& samples) {
  try {
    return MixSamples(samples, recipe.stages[stage].data, MixSeed({recipe.seed, stage, 1}));
  } catch (const Error& e) {
    throw Error(e.code(), fmt::format("stages[{}] ({}): {}", stage, recipe.stages[stage].name, e.message()));
  }
}

// A question that is learned cannot measure what was learned.
void CheckHeldout(const RecipeInputs& inputs) {
  std::unordered_set<std::string> groups;
  for (const Sample& sample : inputs.samples) groups.insert(sample.group.empty() ? sample.id : sample.group);
  for (const Sample& sample : inputs.heldout)
    if (const std::string& group = sample.group.empty() ? sample.id : sample.group; groups.contains(group))
      throw Error(ErrorCode::kUsage, fmt::format("{}: held out, but its picture ({}) is also trained on.\nHINT: --heldout names a folder curated from another split.",
                                                 sample.id, group));
}

std::vector<GrpoPrompt> MakePrompts(const std::vector<Sample>& samples, const std::vector<MixChoice>& choices, ImageBook& book, const Tokenizer& tokenizer) {
  std::vector<Example> examples = MakeExamples(samples, choices, book, tokenizer);
  std::vector<GrpoPrompt> prompts;
  for (size_t i = 0; i < choices.size(); ++i) {
    examples[i].target_ids.clear();
    prompts.push_back({std::move(examples[i]), samples[choices[i].sample]});
  }
  return prompts;
}

// What the model that training goes on from has seen.
TrainingManifest ManifestOfStart(const RecipeConfig& recipe) {
  const fs::path file = fs::path(recipe.model) / kTrainingManifestName;
  return IsFile(file) ? ReadTrainingManifest(file) : TrainingManifest();
}

void AddToManifest(const std::vector<Sample>& samples, const std::vector<MixChoice>& choices, const ImageBook& book, std::set<int64_t>& counted, TrainingManifest& manifest) {
  for (const MixChoice& choice : choices) {
    const Sample& sample = samples[static_cast<size_t>(choice.sample)];
    if (!counted.insert(choice.sample).second) continue;
    ++manifest.sources[sample.source];
    for (const ImageRef& image : sample.images) manifest.images.insert(book.PixelHashOf(image));
  }
}

}  // namespace

RecipeResult RunRecipe(const RecipeConfig& recipe, const RecipeInputs& inputs) {
  ValidateRecipe(recipe, "the recipe");
  CheckHeldout(inputs);
  ConfigureTorch(static_cast<int>(recipe.threads));
  MakeFolder(inputs.out);
  std::vector<std::vector<MixChoice>> mixes;  // of every stage, before the first begins: a recipe without its data fails at once
  for (size_t i = 0; i < recipe.stages.size(); ++i)
    mixes.push_back(MixOf(recipe, i, inputs.samples));
  Start start = MakeStart(recipe, inputs);
  ImageBook book(inputs.blob_folders, start.model->config);
  RecipeResult result;
  TrainingManifest manifest = ManifestOfStart(recipe);
  std::set<int64_t> counted;  // samples of the manifest: a sample of several stages is one
  for (size_t i = 0; i < recipe.stages.size(); ++i) {
    const StageConfig& stage = recipe.stages[i];
    StageContext context{.folder = inputs.out / stage.name, .tokenizer_folder = start.tokenizer_folder,
                         .seed = MixSeed({recipe.seed, i}), .on_step = {}};
    SayHeading(stage.name);
    const std::vector<MixChoice>& choices = mixes[i];
    if (stage.kind == StageKind::kGrpo) {
      std::vector<MixChoice> heldout;
      for (size_t k = 0; k < inputs.heldout.size(); ++k) heldout.push_back({static_cast<int64_t>(k), stage.data.at(0).mode});
      result.grpo = RunGrpo(stage, context, start.model, start.tokenizer,
                            {MakePrompts(inputs.samples, choices, book, *start.tokenizer),
                             MakePrompts(inputs.heldout, heldout, book, *start.tokenizer), EngineOptions()});
      result.stages.push_back(result.grpo->stage);
    } else {
      const TrainingSet set = MakeTrainingSet(MakeExamples(inputs.samples, choices, book, *start.tokenizer), stage.max_length);
      result.stages.push_back(RunStage(stage, context, *start.model, set));
      result.sft_model_folder = result.stages.back().model_folder;
    }
    result.stage_folders.push_back(context.folder.string());
    result.model_folder = result.stages.back().model_folder;
    AddToManifest(inputs.samples, choices, book, counted, manifest);
    WriteTrainingManifest(manifest, fs::path(result.model_folder) / kTrainingManifestName);
  }
  return result;
}

}  // namespace lingshu
