// Writing ModelConfig as the flat files that the released models have and every version of transformers reads.
// torch_dtype is left out: readers take it from the weights.
#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "checkpoint/config.h"

namespace lingshu {
namespace {

Json ConfigJson(const ModelConfig& config) {
  const TextConfig& text = config.text;
  Json json = {{"architectures", {"Qwen2_5_VLForConditionalGeneration"}}, {"model_type", "qwen2_5_vl"}};
  json["bos_token_id"] = config.bos_token_id;
  json["eos_token_id"] = config.eos_token_ids.front();
  json["image_token_id"] = config.image_token_id;
  json["video_token_id"] = config.video_token_id;
  json["vision_start_token_id"] = config.vision_start_token_id;
  json["vision_end_token_id"] = config.vision_end_token_id;
  json["vocab_size"] = text.vocab_size;
  json["hidden_size"] = text.hidden_size;
  json["intermediate_size"] = text.intermediate_size;
  json["num_hidden_layers"] = text.num_hidden_layers;
  json["num_attention_heads"] = text.num_attention_heads;
  json["num_key_value_heads"] = text.num_key_value_heads;
  json["max_position_embeddings"] = text.max_position_embeddings;
  json["rms_norm_eps"] = text.rms_norm_eps;
  json["rope_theta"] = text.rope_theta;
  json["rope_scaling"] = {{"type", "mrope"}, {"mrope_section", text.mrope_section}};
  json["tie_word_embeddings"] = text.tie_word_embeddings;
  json["hidden_act"] = "silu";
  json["attention_dropout"] = 0.0;
  json["use_sliding_window"] = false;
  json["initializer_range"] = text.initializer_range;
  json["use_cache"] = true;
  Json vision = ToJson(config.vision);
  vision["in_chans"] = config.vision.in_channels;  // the released files' name for it
  vision["hidden_act"] = "silu";
  // transformers wants an integer here, and every released model has one.
  if (const auto whole = static_cast<int64_t>(config.vision.tokens_per_second);
      static_cast<double>(whole) == config.vision.tokens_per_second)
    vision["tokens_per_second"] = whole;
  json["vision_config"] = vision;
  return json;
}

Json PreprocessorJson(const ModelConfig& config) {
  return {{"min_pixels", config.processor.min_pixels},      {"max_pixels", config.processor.max_pixels},
          {"patch_size", config.vision.patch_size},         {"temporal_patch_size", config.vision.temporal_patch_size},
          {"merge_size", config.vision.spatial_merge_size}, {"image_mean", config.processor.image_mean},
          {"image_std", config.processor.image_std},
          {"image_processor_type", config.processor.backend == ResizeBackend::kPil ? "Qwen2VLImageProcessor" : "Qwen2VLImageProcessorFast"},
          {"processor_class", "Qwen2_5_VLProcessor"}};
}

Json VideoPreprocessorJson(const ModelConfig& config) {
  return {{"size", {{"shortest_edge", config.processor.video_min_pixels}, {"longest_edge", config.processor.video_max_pixels}}},
          {"patch_size", config.vision.patch_size},
          {"temporal_patch_size", config.vision.temporal_patch_size},
          {"merge_size", config.vision.spatial_merge_size},
          {"image_mean", config.processor.image_mean},
          {"image_std", config.processor.image_std},
          {"video_processor_type", "Qwen2VLVideoProcessor"},
          {"processor_class", "Qwen2_5_VLProcessor"}};
}

// Greedy: a score should not depend on a sampler's defaults.
Json GenerationJson(const ModelConfig& config) {
  return {{"bos_token_id", config.bos_token_id},
          {"pad_token_id", config.pad_token_id},
          {"eos_token_id", config.eos_token_ids},
          {"do_sample", false}};
}

}  // namespace

void SaveModelConfig(const ModelConfig& config, const std::filesystem::path& folder) {
  ValidateModelConfig(config, folder.string());
  MakeFolder(folder);
  WriteFileAtomic(folder / "preprocessor_config.json", PreprocessorJson(config).dump(2) + "\n");
  if (config.processor.video_min_pixels > 0 && config.processor.video_max_pixels > 0)
    WriteFileAtomic(folder / "video_preprocessor_config.json", VideoPreprocessorJson(config).dump(2) + "\n");
  WriteFileAtomic(folder / "generation_config.json", GenerationJson(config).dump(2) + "\n");
  WriteFileAtomic(folder / "config.json", ConfigJson(config).dump(2) + "\n");
}

}  // namespace lingshu
