// Example: one sample as token ids and patches, ready to be packed. Made once, used by training, roll-outs and evaluation
// alike, so that image placeholders and image features cannot disagree.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ask/prompt.h"
#include "checkpoint/config.h"
#include "text/tokenizer.h"

namespace lingshu {

// One preprocessed image or video. Shared by all examples that show it; two examples show the same when the pointers agree.
struct EncodedImage {
  std::vector<float> pixel_values;      // [P, patch_dim], patches grouped by merge unit
  std::array<int64_t, 3> grid_thw = {};  // in patches
  int64_t num_tokens = 0;               // P / spatial_merge_size²
  uint64_t hash = 0;                    // of grid, time and pixels: the key of prefix caches
  bool is_video = false;                // stands at video tokens, and time passes in it
  double second_per_grid = 0;           // of a video: from one step of grid_thw[0] to the next

  int64_t num_patches() const { return grid_thw[0] * grid_thw[1] * grid_thw[2]; }
};
using EncodedImagePtr = std::shared_ptr<const EncodedImage>;

// Resizes, normalises and cuts into patches as preprocessor_config.json says. Throws Error(kTooLarge | kUnsupported).
EncodedImagePtr EncodeImage(const Image& image, const ModelConfig& config);
// The same for a video or a stack of slices: temporal_patch_size frames make one step of time.
EncodedImagePtr EncodeVideo(const Video& video, const ModelConfig& config);

struct Example {
  std::string sample_id;
  std::vector<EncodedImagePtr> images;
  std::vector<int64_t> prompt_ids;  // template, images expanded, question; ends in "<|im_start|>assistant\n"
  std::vector<int64_t> target_ids;  // the reply and <|im_end|>; empty when only asking

  int64_t num_tokens() const { return static_cast<int64_t>(prompt_ids.size() + target_ids.size()); }
};

// A request's conversation as prompt ids. images are the images and videos of the request's messages, in order.
Example EncodeRequest(const Request& request, const std::vector<EncodedImagePtr>& images, const Tokenizer& tokenizer);

// A training example: prompt and target of the sample in that mode (ask/prompt.h).
Example EncodeSample(const Sample& sample, const std::vector<EncodedImagePtr>& images, PromptMode mode, const Tokenizer& tokenizer);

// Positions of the tokens on the three axes of M-RoPE (Qwen2-VL, arXiv 2409.12191, §2.1) as transformers' get_rope_index
// gives them: [3, T], and the position that follows the last token. In a video time goes on by tokens_per_second.
struct RopePositions {
  std::vector<int64_t> thw;  // [3, T]
  int64_t next = 0;
};
RopePositions ComputeRopePositions(const std::vector<int64_t>& ids, const std::vector<EncodedImagePtr>& images, const ModelConfig& config);

}  // namespace lingshu
