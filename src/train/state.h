// Checkpoints of a stage, written so that a reader finds the old one or the new one, whole, whatever happens in between:
//   <folder>/step-000040.tmp/…   files written and flushed, manifest last → renamed to
//   <folder>/step-000040/        config.json, model.safetensors … (a Hugging Face folder), optimizer.safetensors,
//                                state.json {"format", "version", "state", "files": {name: {"bytes", "sha256"}}}
//   <folder>/latest              the name of the newest, for people and scripts; readers look at the folders themselves
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "model/model.h"
#include "train/metrics_journal.h"
#include "train/optimizer.h"

namespace lingshu {

// All that a stage must remember beside weights and moments. There is no state of random numbers: every draw is a function of
// the seed and the step.
struct TrainState {
  int64_t step = 0;               // steps done; the next one to run
  int64_t num_updates = 0;        // of the optimizer; smaller where steps were skipped
  int64_t skipped_updates = 0;    // gradients that were not finite
  int64_t nonfinite_in_a_row = 0;
  int64_t tokens = 0;             // seen so far
  double first_loss = 0, last_loss = 0;
  JournalLengths journal;

  template <typename V>
  void Visit(V& v) {
    v("step", step, "steps done");
    v("num_updates", num_updates, "updates of the optimizer");
    v("skipped_updates", skipped_updates, "updates skipped for NaN or Inf");
    v("nonfinite_in_a_row", nonfinite_in_a_row, "of these, the last without a good one between");
    v("tokens", tokens, "tokens seen");
    v("first_loss", first_loss, "loss of the first step");
    v("last_loss", last_loss, "loss of the last step");
    v("journal", journal, "");
  }
};

// Writes a checkpoint and then removes all but the newest two. On an error the unfinished folder is removed and the older
// checkpoints are untouched. Throws Error(kNoSpace | kIo).
void SaveCheckpoint(const std::filesystem::path& folder, const Model& model, AdamW& optimizer, const TrainState& state);

// Reads the newest whole checkpoint into the model and the optimizer; one that is not whole is put aside as
// step-….broken with a warning that says why. Returns nothing when there is none.
// Throws Error(kCorrupt) when a whole checkpoint is not of this model or optimizer.
std::optional<TrainState> RestoreCheckpoint(const std::filesystem::path& folder, Model& model, AdamW& optimizer);

// SHA-256 over names and bytes of all weights.
std::string WeightsSha256(const Model& model);
// Copies the weights of a Hugging Face folder into a model of the same shape; handles to its tensors stay valid.
void LoadWeightsInto(const std::filesystem::path& folder, Model& model);
// Flushes every file and folder below, so that a rename of it is durable. Throws Error(kIo).
void SyncTree(const std::filesystem::path& folder);

}  // namespace lingshu
