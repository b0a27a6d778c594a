// Supervised stages (the paper's 1 to 3): next-token loss on the answers.
#pragma once

#include "train/stage.h"
#include "train/training_set.h"

namespace lingshu {

// Trains the model on the set as the config says; see RunStageLoop for folder, resuming and errors. The loss of a step is the
// mean over all label tokens of the accumulated batch: each micro-batch is weighted by its labels, so accumulation and packing
// change nothing but the speed.
StageResult RunStage(const StageConfig& config, const StageContext& context, Model& model, const TrainingSet& set);

// Optimizer steps that RunStage will take.
int64_t CountSteps(const StageConfig& config, uint64_t seed, const std::vector<OrderItem>& items);

}  // namespace lingshu
