// ModelConfig: what config.json and preprocessor_config.json say of a Qwen2.5-VL model, in its flat (released) and
// nested (newer) form. Nothing that these files say is hard-coded anywhere else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/config.h"
#include "image/resize.h"

namespace lingshu {

struct VisionConfig {
  int64_t depth = 32;
  int64_t hidden_size = 1280;
  int64_t num_heads = 16;
  int64_t intermediate_size = 3420;
  int64_t out_hidden_size = 3584;
  int64_t in_channels = 3;
  int64_t patch_size = 14;
  int64_t spatial_merge_size = 2;
  int64_t temporal_patch_size = 2;
  int64_t window_size = 112;  // pixels
  std::vector<int64_t> fullatt_block_indexes = {7, 15, 23, 31};
  double tokens_per_second = 2;
  double initializer_range = 0.02;

  int64_t head_dim() const { return hidden_size / num_heads; }
  int64_t patch_dim() const { return in_channels * temporal_patch_size * patch_size * patch_size; }

  template <typename V>
  void Visit(V& v) {
    v("depth", depth, "blocks of the vision tower", Between(1, 1024));
    v("hidden_size", hidden_size, "width", Between(1, 65536));
    v("num_heads", num_heads, "attention heads", Between(1, 1024));
    v("intermediate_size", intermediate_size, "width of the SwiGLU MLP", Between(1, 1 << 20));
    v("out_hidden_size", out_hidden_size, "width after the merger: the language model's hidden_size", Between(1, 65536));
    v("in_channels", in_channels, "colour channels", Between(1, 16));
    v("patch_size", patch_size, "patch side in pixels", Between(1, 256));
    v("spatial_merge_size", spatial_merge_size, "patches per side merged into one token", Between(1, 16));
    v("temporal_patch_size", temporal_patch_size, "frames per patch", Between(1, 16));
    v("window_size", window_size, "side of an attention window in pixels", Between(1, 1 << 16));
    v("fullatt_block_indexes", fullatt_block_indexes, "blocks with full attention", Between(0, 1023));
    v("tokens_per_second", tokens_per_second, "time ids per second of video", AtLeast(0));
    v("initializer_range", initializer_range, "standard deviation of new matrices", Between(0, 1));
  }
};

struct TextConfig {
  int64_t vocab_size = 152064;
  int64_t hidden_size = 3584;
  int64_t intermediate_size = 18944;
  int64_t num_hidden_layers = 28;
  int64_t num_attention_heads = 28;
  int64_t num_key_value_heads = 4;
  int64_t head_dim = 0;  // 0: hidden_size / num_attention_heads
  int64_t max_position_embeddings = 128000;
  double rms_norm_eps = 1e-6;
  double rope_theta = 1e6;
  std::vector<int64_t> mrope_section = {16, 24, 24};
  bool tie_word_embeddings = false;
  double initializer_range = 0.02;

  int64_t HeadDim() const { return head_dim > 0 ? head_dim : hidden_size / num_attention_heads; }

  template <typename V>
  void Visit(V& v) {
    v("vocab_size", vocab_size, "rows of the embedding", Between(1, 1 << 24));
    v("hidden_size", hidden_size, "width", Between(1, 65536));
    v("intermediate_size", intermediate_size, "width of the SwiGLU MLP", Between(1, 1 << 20));
    v("num_hidden_layers", num_hidden_layers, "decoder layers", Between(1, 1024));
    v("num_attention_heads", num_attention_heads, "query heads", Between(1, 1024));
    v("num_key_value_heads", num_key_value_heads, "key and value heads", Between(1, 1024));
    v("head_dim", head_dim, "width of a head; 0 is hidden_size / num_attention_heads", Between(0, 4096));
    v("max_position_embeddings", max_position_embeddings, "longest context in tokens", Between(1, 1 << 28));
    v("rms_norm_eps", rms_norm_eps, "epsilon of the norms", Between(0, 1));
    v("rope_theta", rope_theta, "base of the rotary angles", AtLeast(1));
    v("mrope_section", mrope_section, "frequencies for time, height, width; their sum is head_dim / 2", Between(0, 4096));
    v("tie_word_embeddings", tie_word_embeddings, "lm_head is the embedding");
    v("initializer_range", initializer_range, "standard deviation of new matrices", Between(0, 1));
  }
};

// preprocessor_config.json and video_preprocessor_config.json
struct ProcessorConfig {
  int64_t min_pixels = 3136;
  int64_t max_pixels = 12845056;
  int64_t video_min_pixels = 0;  // of a frame; 0: as images
  int64_t video_max_pixels = 0;
  ResizeBackend backend = ResizeBackend::kPil;  // of still images; frames of a video are always resized as torchvision does
  std::vector<double> image_mean = {0.48145466, 0.4578275, 0.40821073};
  std::vector<double> image_std = {0.26862954, 0.26130258, 0.27577711};

  template <typename V>
  void Visit(V& v) {
    v("min_pixels", min_pixels, "smaller images are enlarged to this area", Between(1, 1 << 30));
    v("max_pixels", max_pixels, "larger images are reduced to this area", Between(1, 1 << 30));
    v("video_min_pixels", video_min_pixels, "smaller frames of a video are enlarged to this area; 0: as images", Between(0, 1 << 30));
    v("video_max_pixels", video_max_pixels, "larger frames of a video are reduced to this area; 0: as images", Between(0, 1 << 30));
    v("backend", backend, "whose resize still images get");
    v("image_mean", image_mean, "per channel, of values in [0, 1]");
    v("image_std", image_std, "per channel, of values in [0, 1]");
  }
};

struct ModelConfig {
  TextConfig text;
  VisionConfig vision;
  ProcessorConfig processor;
  int64_t image_token_id = 151655;
  int64_t video_token_id = 151656;
  int64_t vision_start_token_id = 151652;
  int64_t vision_end_token_id = 151653;
  int64_t bos_token_id = 151643;
  int64_t pad_token_id = 151643;
  std::vector<int64_t> eos_token_ids = {151645, 151643};

  // A token that stands for a piece of an image or a video: only a prompt may hold it.
  bool IsPlaceholder(int64_t id) const { return id == image_token_id || id == video_token_id; }

  template <typename V>
  void Visit(V& v) {
    v("text", text, "");
    v("vision", vision, "");
    v("processor", processor, "");
    v("image_token_id", image_token_id, "<|image_pad|>");
    v("video_token_id", video_token_id, "<|video_pad|>");
    v("vision_start_token_id", vision_start_token_id, "<|vision_start|>");
    v("vision_end_token_id", vision_end_token_id, "<|vision_end|>");
    v("bos_token_id", bos_token_id, "<|endoftext|>");
    v("pad_token_id", pad_token_id, "<|endoftext|>");
    v("eos_token_ids", eos_token_ids, "generation stops at any of these");
  }
};

// Reads config.json, preprocessor_config.json and generation_config.json of a Hugging Face folder.
// Throws Error naming file and key; sizes that contradict each other (sum of mrope_section, heads) are named together.
ModelConfig LoadModelConfig(const std::filesystem::path& folder);
// Throws Error(kCorrupt) listing every contradiction.
void ValidateModelConfig(const ModelConfig& config, const std::string& where);
// Writes the released flat form, which transformers of every version reads, with preprocessor and generation configs.
void SaveModelConfig(const ModelConfig& config, const std::filesystem::path& folder);
// The shape of a model without its weights: a released config.json, with the processor's limits when those files are beside it, or a file
// of our own (configs/model/*.yaml).
ModelConfig LoadModelShape(const std::filesystem::path& file);

int64_t CountParameters(const ModelConfig& config);

}  // namespace lingshu
