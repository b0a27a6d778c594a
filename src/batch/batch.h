// Batch: samples as one packed row of tokens, on the host, ready for model/. Padding does not exist: every token of every
// segment is real, and attention follows the segments.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lingshu {

inline constexpr int64_t kIgnoreIndex = -100;

// Tokens [begin, end) of the packed row. A segment attends causally to itself and, when prefix >= 0, to the whole of that
// earlier segment: several questions on one image (or several roll-outs of one prompt) share the prefix that they have in
// common, and the numbers are the same as if each had been computed alone. A prefix has no prefix itself.
struct Segment {
  int64_t begin = 0, end = 0;
  int64_t prefix = -1;
};

// Example: one image (4 tokens) with two questions
//   input_ids    [sys … <|vision_start|> img img img img <|vision_end|> | q1 … a1 | q2 … a2]
//   segments     {0, 12, -1}, {12, 20, 0}, {20, 27, 0}
//   labels       kIgnoreIndex everywhere but on a1 and a2; labels[t] is the token that position t should predict
struct Batch {
  std::vector<int64_t> input_ids;     // [T]
  std::vector<int64_t> labels;        // [T], already shifted: the NEXT token, or kIgnoreIndex
  std::vector<int64_t> position_ids;  // [3, T]: time, height, width (M-RoPE)
  std::vector<int32_t> example_of;    // [T]: index of the example that a token belongs to, -1 in a shared prefix
  std::vector<Segment> segments;
  std::vector<float> pixel_values;      // [P, patch_dim]
  std::vector<int64_t> image_grid_thw;  // [I, 3] in patches
  std::vector<std::string> sample_ids;  // of the samples, in order
  int64_t sample_tokens = 0;            // Σ tokens of the samples as if each stood alone: what tokens per second counts
  int64_t num_labels = 0;               // labels that are not kIgnoreIndex

  int64_t num_tokens() const { return static_cast<int64_t>(input_ids.size()); }
};

}  // namespace lingshu
