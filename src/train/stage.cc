// The loop: restore, step, journal, checkpoint, finish.
#include "train/stage.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/progress.h"
#include "base/run_folder.h"
#include "base/strings.h"
#include "base/threads.h"
#include "train/metrics_journal.h"
#include "train/optimizer.h"
#include "train/schedule.h"
#include "train/stage_folder.h"
#include "train/state.h"

namespace lingshu {
namespace {

std::string SomeIds(const std::vector<std::string>& ids) {
  constexpr size_t kShown = 20;
  std::vector<std::string> shown(ids.begin(), ids.begin() + static_cast<int64_t>(std::min(kShown, ids.size())));
  if (shown.size() < ids.size()) shown.push_back(fmt::format("and {} more", ids.size() - shown.size()));
  return JoinStrings(shown, ", ");
}

// The moving parts of a running stage.
class Loop {
 public:
  Loop(const StageConfig& config, const StageContext& context, Model& model, const StageWork& work)
      : config_(config), context_(context), model_(model), work_(work), optimizer_(SelectParameters(model, config), config.optimizer) {}

  TrainState Run() {
    if (const auto restored = RestoreCheckpoint(Checkpoints(), model_, optimizer_)) state_ = *restored;
    saved_step_ = state_.step;
    MetricsJournal journal(context_.folder, state_.journal);
    const std::string from = state_.step > 0 ? fmt::format(" (on from step {})", state_.step) : "";
    Progress progress(config_.name + from, work_.total_steps - state_.step);
    for (const int64_t first = state_.step; state_.step < work_.total_steps;) {
      if (IsInterrupted()) Save(journal);
      CheckInterrupt(fmt::format("training of {} at step {}", config_.name, state_.step).c_str());
      progress.Update(state_.step - first, Step(journal));
      if (context_.on_step) context_.on_step(state_.step);
      if (state_.step % config_.save_every_steps == 0 && state_.step < work_.total_steps) Save(journal);
    }
    journal.Sync();
    progress.Done(fmt::format("loss {:.4f} → {:.4f}", state_.first_loss, state_.last_loss));
    return state_;
  }

 private:
  fs::path Checkpoints() const { return context_.folder / "checkpoints"; }

  void Save(MetricsJournal& journal) {
    if (saved_step_ == state_.step) return;
    state_.journal = journal.Sync();
    SaveCheckpoint(Checkpoints(), model_, optimizer_, state_);
    saved_step_ = state_.step;
  }

  // Runs one step and returns the note for the progress bar.
  std::string Step(MetricsJournal& journal) {
    const auto start = std::chrono::steady_clock::now();
    const double factor = LearningRateFactor(state_.step, work_.total_steps, config_.warmup_steps);
    StepReport report = work_.run_step(state_.step, [&](const std::vector<std::string>& ids) { return Apply(factor, ids); });
    if (std::isfinite(report.loss)) {
      if (state_.step == 0) state_.first_loss = report.loss;
      state_.last_loss = report.loss;
    }
    ++state_.step;
    state_.tokens += report.tokens;
    Json metrics = {{"step", state_.step}, {"loss", report.loss}, {"learning_rate", factor * optimizer_.peak_rate()}};
    metrics.update(report.metrics);
    metrics["skipped_updates"] = state_.skipped_updates;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    const double rate = static_cast<double>(report.tokens) / std::max(seconds, 1e-9);
    journal.Append(metrics, {{"step", state_.step}, {"seconds", seconds}, {"tokens_per_second", rate}});
    return fmt::format("{}, {} tokens/s", report.note, WithThousands(static_cast<int64_t>(rate)));
  }

  UpdateReport Apply(double factor, const std::vector<std::string>& ids) {
    UpdateReport report = {.grad_norm = optimizer_.GradNorm()};
    if (std::isfinite(report.grad_norm)) {
      optimizer_.Step(factor, report.grad_norm);
      state_.num_updates = optimizer_.num_updates();
      state_.nonfinite_in_a_row = 0;
    } else {
      report.was_skipped = true;
      ++state_.skipped_updates;
      ++state_.nonfinite_in_a_row;
      Warn(fmt::format("{}, step {}: gradients are not finite; the update is skipped. Samples: {}", config_.name, state_.step + 1, SomeIds(ids)));
    }
    optimizer_.ClearGradients();
    if (state_.nonfinite_in_a_row >= config_.optimizer.max_nonfinite_steps)
      throw Error(ErrorCode::kNonFinite, fmt::format("{}: {} updates in a row had NaN or Inf gradients, the last with the samples {}.\nHINT: lower "
                                                     "the learning rate, or look at these samples.", config_.name, state_.nonfinite_in_a_row,
                                                     SomeIds(ids)));
    return report;
  }

  const StageConfig& config_;
  const StageContext& context_;
  Model& model_;
  const StageWork& work_;
  AdamW optimizer_;
  TrainState state_;
  int64_t saved_step_ = 0;
};

}  // namespace

StageResult RunStageLoop(const StageConfig& config, const StageContext& context, Model& model, const StageWork& work) {
  if (work.total_steps <= 0) throw Error(ErrorCode::kUsage, fmt::format("{}: the stage has no steps.\nHINT: set epochs or steps.", config.name));
  MakeFolder(context.folder);
  const FolderLock lock(context.folder);
  ClaimFolder(context.folder, StageIdentity(config, context.seed, work.data_sha256, WeightsSha256(model)));
  if (work.prepare) work.prepare();
  if (const auto done = ReadDone(context.folder)) {
    LoadWeightsInto(done->model_folder, model);
    if (WeightsSha256(model) != done->weights_sha256)
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: its weights are not those that done.json beside it records.\nHINT: remove {}; the stage "
                                                   "is then trained again.", done->model_folder, context.folder.string()));
    return *done;
  }
  const TrainState state = Loop(config, context, model, work).Run();
  FreezeAll(model);
  StageResult result = {.steps = state.step, .num_updates = state.num_updates, .skipped_updates = state.skipped_updates,
                        .tokens = state.tokens, .first_loss = state.first_loss, .last_loss = state.last_loss};
  FinishFolder(context, model, result);
  return result;
}

}  // namespace lingshu
