// Small made-up models and examples for tests: no files, no tokenizer.
#pragma once

#include <memory>
#include <vector>

#include "base/rng.h"
#include "batch/example.h"

namespace lingshu {

// Vision 2 × 32 with windows, language 2 × 48, vocabulary 64; images of any even grid.
inline ModelConfig TinyModelConfig() {
  ModelConfig config;
  config.vision.depth = 2;
  config.vision.hidden_size = 32;
  config.vision.num_heads = 2;
  config.vision.intermediate_size = 48;
  config.vision.out_hidden_size = 48;
  config.vision.patch_size = 4;
  config.vision.window_size = 32;  // 4 × 4 merge units
  config.vision.fullatt_block_indexes = {1};
  config.text.vocab_size = 64;
  config.text.hidden_size = 48;
  config.text.intermediate_size = 64;
  config.text.num_hidden_layers = 2;
  config.text.num_attention_heads = 4;
  config.text.num_key_value_heads = 2;
  config.text.max_position_embeddings = 512;
  config.text.mrope_section = {2, 2, 2};
  config.text.tie_word_embeddings = true;
  config.image_token_id = 60;
  config.video_token_id = 59;
  config.vision_start_token_id = 61;
  config.vision_end_token_id = 62;
  config.bos_token_id = config.pad_token_id = 63;
  config.eos_token_ids = {58};
  return config;
}

inline EncodedImagePtr TinyImage(const ModelConfig& config, int64_t grid_h, int64_t grid_w, uint64_t seed) {
  auto image = std::make_shared<EncodedImage>();
  image->grid_thw = {1, grid_h, grid_w};
  image->num_tokens = grid_h * grid_w / 4;
  image->hash = MixSeed({seed, static_cast<uint64_t>(grid_h), static_cast<uint64_t>(grid_w)});
  Rng rng(seed);
  for (int64_t i = 0; i < grid_h * grid_w * config.vision.patch_dim(); ++i) image->pixel_values.push_back(static_cast<float>(rng.Normal()));
  return image;
}

// [head] <vision_start> image … <vision_end> [question] → [answer]; ids drawn from [0, 50).
inline Example TinyExample(const ModelConfig& config, const std::vector<EncodedImagePtr>& images, int64_t question, int64_t answer, uint64_t seed) {
  Example example;
  example.sample_id = "tiny:" + std::to_string(seed);
  example.images = images;
  for (int64_t i = 0; i < 9; ++i) example.prompt_ids.push_back(i);
  for (const EncodedImagePtr& image : images) {
    example.prompt_ids.push_back(config.vision_start_token_id);
    example.prompt_ids.insert(example.prompt_ids.end(), static_cast<size_t>(image->num_tokens), config.image_token_id);
    example.prompt_ids.push_back(config.vision_end_token_id);
  }
  Rng rng(seed);
  for (int64_t i = 0; i < question; ++i) example.prompt_ids.push_back(static_cast<int64_t>(rng.Below(50)));
  for (int64_t i = 0; i < answer; ++i) example.target_ids.push_back(static_cast<int64_t>(rng.Below(50)));
  return example;
}

}  // namespace lingshu
