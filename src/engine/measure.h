// How fast a model runs on this machine: prefill, decode, vision and image preprocessing through the engine itself, against the
// speed at which the same weights can merely be read.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/model.h"

namespace lingshu {

struct MeasureOptions {
  int64_t prefill_tokens = 256, decode_tokens = 64;
  int64_t image_px = 448;  // side of the square image; 0 leaves vision out
  int64_t repeat = 3;
};

// Each figure once per repetition, taken in turn, so that what else the machine does falls on all alike.
struct Measures {
  std::vector<double> prefill_tokens_per_s, decode_tokens_per_s, vision_tokens_per_s;
  std::vector<double> image_preprocess_ms;  // one image on one thread: resize, normalise, cut into patches
  std::vector<double> read_bytes_per_s;     // of the decoder's own weights, all threads
  int64_t decode_bytes = 0;                 // of weights that one token reads
  int64_t weight_bytes = 0;                 // of all weights in memory
  int64_t image_tokens = 0;
};

// REQUIRES: a model on the CPU; decode_tokens > 0.
Measures MeasureModel(std::shared_ptr<const Model> model, const MeasureOptions& options);

int64_t PeakRssBytes();  // of this process so far

}  // namespace lingshu
