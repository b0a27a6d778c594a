// Packing: examples into one Batch. Examples that begin alike (the same images, then the same tokens) share that beginning
// as a prefix segment, so an image with ten questions, or a prompt with sixteen roll-outs, is computed once.
#pragma once

#include <vector>

#include "batch/batch.h"
#include "batch/example.h"

namespace lingshu {

// Order of the examples is kept in sample_ids and example_of; examples with equal images are laid next to each other.
// With should_share_prefix false every example is a segment of its own (the paper's unpacked stages; the test's oracle).
// REQUIRES: every example is at least 2 tokens long.  Throws Error(kTooLong) naming the sample beyond max_tokens_per_example.
Batch PackExamples(const std::vector<const Example*>& examples, const ModelConfig& config, bool should_share_prefix,
                   int64_t max_tokens_per_example = 1 << 20);

}  // namespace lingshu
