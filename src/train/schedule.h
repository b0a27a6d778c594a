// The learning rate over a stage: linear warm-up, then half a cosine down to 0 (Loshchilov, Hutter 2017, arXiv 1608.03983,
// without restarts; the paper's schedule with its 100 warm-up steps).
#pragma once

#include <cstdint>

namespace lingshu {

// The factor on the peak rate for step `step` of `total_steps`, counted from 0: (step + 1) / warmup_steps while warming up, so
// that no step is spent at rate 0; then cosine, whose last step still moves.
// REQUIRES: 0 <= step < total_steps. warmup_steps beyond total_steps leave only the warm-up.
double LearningRateFactor(int64_t step, int64_t total_steps, int64_t warmup_steps);

}  // namespace lingshu
