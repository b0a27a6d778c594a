// RecipeConfig: a whole training run, its stages in order. Defaults are those of the paper (Lingshu, arXiv 2506.07044, table 9,
// figure 6 and §4); what the paper does not state says so. One YAML file per recipe: configs/train/.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "ask/prompt.h"
#include "base/config.h"
#include "data/sample.h"

namespace lingshu {

enum class StageKind { kSft, kGrpo };
inline std::vector<std::string> EnumNames(StageKind*) { return {"sft", "grpo"}; }

// One ingredient of a stage's data: samples that match, asked in one mode, each taken `weight` times on average.
// Example: {.kinds = {kReasoning}, .mode = kReasoning, .weight = 0.5} takes half of the reasoning samples, drawn by seed.
// Whether a sample is as its source has it, or made from one by synthesis (meta "synthesis").
enum class Origin { kAny, kSource, kSynthesis };
inline std::vector<std::string> EnumNames(Origin*) { return {"any", "source", "synthesis"}; }

struct DataPart {
  std::vector<SampleKind> kinds;      // empty: every kind
  std::vector<AnswerType> answer_types;  // empty: every type
  std::vector<std::string> sources;   // empty: every source
  PromptMode mode = PromptMode::kDirect;
  Origin origin = Origin::kAny;
  int64_t max_words = 0;
  double weight = 1;
  int64_t limit = 0;
  bool optional = false;

  template <typename V>
  void Visit(V& v) {
    v("kinds", kinds, "sample kinds to take; empty takes all");
    v("answer_types", answer_types, "answer types to take; empty takes all");
    v("sources", sources, "sources to take; empty takes all");
    v("mode", mode, "how they are asked and answered: direct, reasoning or rl");
    v("origin", origin, "published as it is, or made by synthesis");
    v("max_words", max_words, "leave out samples with more words in question and reply; 0 takes all", AtLeast(0));
    v("weight", weight, "times that each sample is taken an epoch; a fraction is drawn by seed", Between(0, 1000));
    v("limit", limit, "at most so many samples, drawn by seed; 0 is all", AtLeast(0));
    v("optional", optional, "where no sample matches, the part is left out; else that is an error");
  }
};

struct TrainableConfig {
  bool vision = true, merger = true, language = true;

  template <typename V>
  void Visit(V& v) {
    v("vision", vision, "the vision tower learns");
    v("merger", merger, "the projector between vision and language learns");
    v("language", language, "the language model learns");
  }
};

struct GroupRates {
  double vision = 2e-6, merger = 1e-5, language = 1e-5;

  template <typename V>
  void Visit(V& v) {
    v("vision", vision, "peak learning rate of the vision tower", Between(0, 10));
    v("merger", merger, "peak learning rate of the merger", Between(0, 10));
    v("language", language, "peak learning rate of the language model", Between(0, 10));
  }
};

struct OptimizerConfig {
  double weight_decay = 0;               // not stated in the paper
  std::vector<double> betas = {0.9, 0.999};  // not stated
  double eps = 1e-8;                     // not stated
  double max_grad_norm = 1;              // not stated
  int64_t max_nonfinite_steps = 5;

  template <typename V>
  void Visit(V& v) {
    v("weight_decay", weight_decay, "decoupled decay of matrices; norms and biases have none", Between(0, 1));
    v("betas", betas, "decay of the two moments", Between(0, 1));
    v("eps", eps, "added to the root of the second moment", Between(0, 1));
    v("max_grad_norm", max_grad_norm, "gradients are scaled down to this global norm; 0 never", AtLeast(0));
    v("max_nonfinite_steps", max_nonfinite_steps, "stop after so many steps in a row with NaN or Inf gradients", AtLeast(1));
  }
};

// Group relative policy optimisation (DeepSeekMath, arXiv 2402.03300, §4.1) with the paper's values.
struct GrpoConfig {
  int64_t group_size = 16;
  int64_t prompts_per_step = 32;     // paper: roll-out batch 512 (32 prompts of 16, or 512 prompts: not stated)
  int64_t updates_per_step = 1;      // paper: global batch 128, so 4 updates of a batch of 512
  double temperature = 1;
  double kl_coef = 1e-3;
  double clip_low = 0.2, clip_high = 0.2;  // not stated
  double format_weight = 0.5, accuracy_weight = 1.0;
  double learning_rate = 1e-6;
  int64_t max_new_tokens = 2048;
  int64_t heldout_samples = 4;

  template <typename V>
  void Visit(V& v) {
    v("group_size", group_size, "roll-outs of a prompt", Between(2, 1024));
    v("prompts_per_step", prompts_per_step, "prompts of a roll-out batch", Between(1, 65536));
    v("updates_per_step", updates_per_step, "optimizer steps on a roll-out batch, each on its share of the prompts", Between(1, 1024));
    v("temperature", temperature, "of the roll-outs; log-probabilities are those of temperature 1, so 1 is the only value", Between(1, 1));
    v("kl_coef", kl_coef, "weight of the divergence from the reference model", Between(0, 100));
    v("clip_low", clip_low, "the ratio counts down to 1 - clip_low", Between(0, 1));
    v("clip_high", clip_high, "the ratio counts up to 1 + clip_high", Between(0, 100));
    v("format_weight", format_weight, "reward of the right form", AtLeast(0));
    v("accuracy_weight", accuracy_weight, "reward of the right answer", AtLeast(0));
    v("learning_rate", learning_rate, "peak learning rate of all groups", Between(0, 10));
    v("max_new_tokens", max_new_tokens, "longest roll-out", Between(1, 1 << 20));
    v("heldout_samples", heldout_samples, "answers to each held-out prompt before and after the stage", Between(1, 1024));
  }
};

struct StageConfig {
  std::string name = "stage";
  StageKind kind = StageKind::kSft;
  std::vector<DataPart> data;
  TrainableConfig trainable;
  GroupRates learning_rate;
  int64_t epochs = 1;
  int64_t steps = 0;
  int64_t micro_batch_size = 1;
  int64_t gradient_accumulation_steps = 8;
  bool packing = false;
  int64_t group_size_max = 16;
  int64_t max_length = 8192;
  int64_t warmup_steps = 100;
  OptimizerConfig optimizer;
  GrpoConfig grpo;
  int64_t save_every_steps = 200;

  template <typename V>
  void Visit(V& v) {
    v("name", name, "of the stage and its folder");
    v("kind", kind, "sft (next-token loss on the answers) or grpo (reinforcement with verifiable rewards)");
    v("data", data, "what is mixed; a sample may be in several parts");
    v("trainable", trainable, "");
    v("learning_rate", learning_rate, "");
    v("epochs", epochs, "passes over the data", Between(1, 100000));
    v("steps", steps, "optimizer steps (sft) or roll-out batches (grpo); 0 follows epochs", AtLeast(0));
    v("micro_batch_size", micro_batch_size, "rows of a forward pass", Between(1, 65536));
    v("gradient_accumulation_steps", gradient_accumulation_steps, "forward passes of an optimizer step", Between(1, 65536));
    v("packing", packing, "a row is filled with examples up to max_length, those of one image sharing it; else a row is one example");
    v("group_size_max", group_size_max, "packing: at most so many examples of one image in a forward pass", Between(1, 65536));
    v("max_length", max_length, "longest example, and with packing longest row, in tokens", Between(16, 1 << 20));
    v("warmup_steps", warmup_steps, "linear warm-up, then cosine decay to 0", AtLeast(0));
    v("optimizer", optimizer, "");
    v("grpo", grpo, "of kind grpo");
    v("save_every_steps", save_every_steps, "checkpoint period; two are kept", AtLeast(1));
  }
};

struct RecipeConfig {
  std::string model = "configs/model/7b.yaml";
  int64_t vocab_size = 0;
  uint64_t seed = 1;
  int64_t threads = 0;
  std::vector<StageConfig> stages;

  template <typename V>
  void Visit(V& v) {
    v("model", model, "a shape to begin from noise (configs/model/*.yaml), or a Hugging Face folder to go on from");
    v("vocab_size", vocab_size, "of the tokenizer to be trained for a new model; 0 keeps the model's own", Between(0, 1 << 24));
    v("seed", seed, "of weights, data order and roll-outs");
    v("threads", threads, "0 is the cores that the process may use", Between(0, 4096));
    v("stages", stages, "in order");
  }
};

// Reads and checks a recipe. Throws Error(kUsage) that lists every contradiction: no stage, equal names, a stage that trains
// nothing, betas that are not two numbers below 1, prompts that do not divide into updates.
RecipeConfig LoadRecipe(const std::filesystem::path& file, const std::vector<std::string>& overrides);
void ValidateRecipe(const RecipeConfig& recipe, const std::string& where);

}  // namespace lingshu
