// One line of trigonometry and its edges.
#include "train/schedule.h"

#include <cmath>
#include <numbers>

#include "base/error.h"

namespace lingshu {

double LearningRateFactor(int64_t step, int64_t total_steps, int64_t warmup_steps) {
  CHECK(step >= 0 && step < total_steps && warmup_steps >= 0) << "step " << step << " of " << total_steps;
  if (step < warmup_steps) return static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
  const double share = static_cast<double>(step - warmup_steps) / static_cast<double>(total_steps - warmup_steps);
  return 0.5 * (1 + std::cos(std::numbers::pi * share));
}

}  // namespace lingshu
