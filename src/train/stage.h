// One loop for all stages: it owns the folder, the optimizer, the schedule, the journal and the checkpoints; a kind of stage
// (trainer.h, grpo.h) brings only the computation of its gradients.
//   <folder>/config.json    what the stage is: settings, seed, hashes of data and initial weights; a resumed run must agree
//   <folder>/metrics.jsonl, timing.jsonl, events.out.tfevents.1.lingshu   (journal.h)
//   <folder>/checkpoints/   (state.h), removed when the stage is finished
//   <folder>/model/         the finished Hugging Face folder
//   <folder>/done.json      the StageResult, written last: its presence means finished
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "model/model.h"
#include "train/config.h"

namespace lingshu {

// Where and with which randomness a stage runs.
struct StageContext {
  std::filesystem::path folder;            // of this stage alone
  std::filesystem::path tokenizer_folder;  // its tokenizer files are copied into the finished model; may be empty
  uint64_t seed = 0;
  std::function<void(int64_t step)> on_step;  // after each step is in the journal, before its checkpoint; may throw
};

struct StageResult {
  int64_t steps = 0, num_updates = 0, skipped_updates = 0, tokens = 0;
  double first_loss = 0, last_loss = 0;
  std::string weights_sha256;
  std::string model_folder;
  bool was_finished = false;  // by an earlier run; nothing was computed now

  template <typename V>
  void Visit(V& v) {
    v("steps", steps, "steps done");
    v("num_updates", num_updates, "updates of the optimizer");
    v("skipped_updates", skipped_updates, "updates skipped for NaN or Inf");
    v("tokens", tokens, "tokens seen");
    v("first_loss", first_loss, "loss of the first step");
    v("last_loss", last_loss, "loss of the last step");
    v("weights_sha256", weights_sha256, "over names and bytes of all weights");
    v("model_folder", model_folder, "the finished model");
  }
};

// What the optimizer did with the gradients of one update.
struct UpdateReport {
  double grad_norm = 0;      // before clipping
  bool was_skipped = false;  // a gradient was NaN or Inf
};
// Clips, checks, updates and clears. The ids name the examples in the message when gradients are not finite.
using ApplyUpdate = std::function<UpdateReport(const std::vector<std::string>& sample_ids)>;

struct StepReport {
  double loss = 0;
  int64_t tokens = 0;  // that tokens per second counts
  std::string note;    // for the progress bar, "loss 2.31"
  Json metrics = Json::object();  // deterministic numbers; "step", "loss" and "learning_rate" (the fastest group's) are added
};

// A kind of stage, bound to its data.
struct StageWork {
  int64_t total_steps = 0;
  std::string data_sha256;
  // Called after the folder is claimed and before anything is trained or restored: the weights are the initial ones.
  std::function<void()> prepare;
  // Computes the gradients of step [0, total_steps) and calls apply once or more. Pure but for the weights.
  std::function<StepReport(int64_t step, const ApplyUpdate& apply)> run_step;
};

// Runs the stage to its end and leaves the trained weights in the model, no longer requiring gradients. A finished stage is
// loaded; an unfinished one goes on from its newest checkpoint and ends with the same bytes as if it had never stopped.
// An interrupt (Ctrl-C, SIGTERM) is taken between steps, after a checkpoint, as Error(kInterrupted).
// Throws Error(kUsage) when the folder belongs to other settings (naming them) or another process, Error(kNonFinite) naming
// samples after too many bad updates in a row, Error(kNoSpace | kIo).
StageResult RunStageLoop(const StageConfig& config, const StageContext& context, Model& model, const StageWork& work);

}  // namespace lingshu
