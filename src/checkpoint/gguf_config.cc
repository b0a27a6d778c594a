// See gguf_config.h. Written once, as metadata from a configuration; reading back fills a configuration and, where
// "lingshu.config" is there, compares the metadata that it would give with what the file says.
#include "checkpoint/gguf_config.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"

namespace lingshu {
namespace {

constexpr const char* kOwnKey = "lingshu.config";
constexpr const char* kProjector = "qwen2.5vl_merger";

void SetU32(GgufMetadata& metadata, const char* key, int64_t value) {
  metadata.Set(key, GgufValue::OfInt(GgufType::kU32, value));
}
void SetText(GgufMetadata& metadata, const char* key, const std::string& value) {
  metadata.Set(key, GgufValue::OfString(value));
}

std::vector<int64_t> EveryNth(int64_t pattern, int64_t depth) {
  std::vector<int64_t> blocks;
  for (int64_t i = pattern - 1; i < depth; i += pattern) blocks.push_back(i);
  return blocks;
}

// Blocks with full attention are every n-th in llama.cpp; 0 when the configuration's are not.
int64_t WindowPattern(const VisionConfig& vision) {
  const std::vector<int64_t>& blocks = vision.fullatt_block_indexes;
  if (blocks.empty()) return 0;
  const int64_t pattern = blocks.front() + 1;
  return EveryNth(pattern, vision.depth) == blocks ? pattern : 0;
}

// What says how wide and deep the language model is.
void SetTextKeys(const TextConfig& text, GgufMetadata& metadata) {
  SetU32(metadata, "qwen2vl.block_count", text.num_hidden_layers);
  SetU32(metadata, "qwen2vl.context_length", text.max_position_embeddings);
  SetU32(metadata, "qwen2vl.embedding_length", text.hidden_size);
  SetU32(metadata, "qwen2vl.feed_forward_length", text.intermediate_size);
  SetU32(metadata, "qwen2vl.attention.head_count", text.num_attention_heads);
  SetU32(metadata, "qwen2vl.attention.head_count_kv", text.num_key_value_heads);
  metadata.Set("qwen2vl.rope.freq_base", GgufValue::OfFloat(text.rope_theta));
  metadata.Set("qwen2vl.attention.layer_norm_rms_epsilon", GgufValue::OfFloat(text.rms_norm_eps));
  std::vector<int64_t> sections = text.mrope_section;
  sections.resize(4, 0);  // llama.cpp has a fourth, which Qwen does not use
  metadata.Set("qwen2vl.rope.dimension_sections", GgufValue::OfInts(GgufType::kI32, sections));
}

void SetVisionKeys(const ModelConfig& config, GgufMetadata& metadata) {
  const VisionConfig& vision = config.vision;
  metadata.Set("clip.has_vision_encoder", GgufValue::OfBool(true));
  SetText(metadata, "clip.projector_type", kProjector);
  metadata.Set("clip.use_silu", GgufValue::OfBool(true));
  SetU32(metadata, "clip.vision.projection_dim", vision.out_hidden_size);
  SetU32(metadata, "clip.vision.image_size", 560);  // of llama.cpp's converter; images keep their own sizes
  SetU32(metadata, "clip.vision.patch_size", vision.patch_size);
  SetU32(metadata, "clip.vision.embedding_length", vision.hidden_size);
  SetU32(metadata, "clip.vision.feed_forward_length", vision.intermediate_size);
  SetU32(metadata, "clip.vision.block_count", vision.depth);
  SetU32(metadata, "clip.vision.attention.head_count", vision.num_heads);
  SetU32(metadata, "clip.vision.spatial_merge_size", vision.spatial_merge_size);
  SetU32(metadata, "clip.vision.window_size", vision.window_size);
  SetU32(metadata, "clip.vision.image_min_pixels", config.processor.min_pixels);
  SetU32(metadata, "clip.vision.image_max_pixels", config.processor.max_pixels);
  // llama.cpp demands this key: without it, it refuses the file, which is right when its pattern cannot say what ours
  // says.
  if (const int64_t pattern = WindowPattern(vision); pattern > 0) SetU32(metadata, "clip.vision.n_wa_pattern", pattern);
  metadata.Set("clip.vision.attention.layer_norm_epsilon", GgufValue::OfFloat(1e-6));
  metadata.Set("clip.vision.image_mean", GgufValue::OfFloats(GgufType::kF32, config.processor.image_mean));
  metadata.Set("clip.vision.image_std", GgufValue::OfFloats(GgufType::kF32, config.processor.image_std));
}

void SetGeneral(const char* architecture, const char* type, const std::string& name, int64_t file_type,
                GgufMetadata& metadata) {
  SetText(metadata, "general.architecture", architecture);
  SetText(metadata, "general.type", type);
  SetText(metadata, "general.name", name);
  SetU32(metadata, "general.file_type", file_type);
  SetU32(metadata, "general.quantization_version", 2);
}

// Assigns a key's integer when the file has it.
void Take(const GgufMetadata& metadata, const char* key, int64_t& field) {
  if (const auto value = metadata.FindInt(key)) field = *value;
}
void TakeRequired(const GgufMetadata& metadata, const char* key, int64_t& field) { field = metadata.GetInt(key); }

// Numbers of a preprocessor's file have eight digits, a float32 does not name all of them: those of the released models
// are recognised, so that they keep their digits.
void TakeStatistics(const GgufMetadata& metadata, const char* key, std::vector<double>& field) {
  const auto found = metadata.FindFloats(key);
  if (!found) return;
  const auto is_same = [](double a, double b) { return static_cast<float>(a) == static_cast<float>(b); };
  if (!std::equal(found->begin(), found->end(), field.begin(), field.end(), is_same)) field = *found;
}

void RequireText(const GgufMetadata& metadata, const char* key, const std::string& known) {
  if (const std::string found = metadata.GetString(key); found != known)
    throw Error(ErrorCode::kUnsupported,
                fmt::format("{}: {} is \"{}\", expected \"{}\".", metadata.where(), key, found, known));
}

void ReadText(const GgufFile& file, TextConfig& text) {
  const GgufMetadata& metadata = file.metadata();
  RequireText(metadata, "general.architecture", "qwen2vl");
  TakeRequired(metadata, "qwen2vl.block_count", text.num_hidden_layers);
  TakeRequired(metadata, "qwen2vl.context_length", text.max_position_embeddings);
  TakeRequired(metadata, "qwen2vl.embedding_length", text.hidden_size);
  TakeRequired(metadata, "qwen2vl.feed_forward_length", text.intermediate_size);
  TakeRequired(metadata, "qwen2vl.attention.head_count", text.num_attention_heads);
  text.num_key_value_heads = metadata.FindInt("qwen2vl.attention.head_count_kv").value_or(text.num_attention_heads);
  text.rope_theta = metadata.FindFloat("qwen2vl.rope.freq_base").value_or(1e6);
  text.rms_norm_eps = metadata.FindFloat("qwen2vl.attention.layer_norm_rms_epsilon").value_or(1e-6);
  text.mrope_section = metadata.FindInts("qwen2vl.rope.dimension_sections").value_or(std::vector<int64_t>{16, 24, 24});
  if (text.mrope_section.size() == 4 && text.mrope_section[3] == 0) text.mrope_section.pop_back();
  const GgufTensor* embedding = file.Find("token_embd.weight");
  if (embedding == nullptr || embedding->shape.size() != 2)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: no matrix token_embd.weight.", metadata.where()));
  text.vocab_size = embedding->shape[0];
  text.tie_word_embeddings = file.Find("output.weight") == nullptr;
}

void ReadVision(const GgufMetadata& metadata, ModelConfig& config) {
  RequireText(metadata, "general.architecture", "clip");
  RequireText(metadata, metadata.Find("clip.projector_type") ? "clip.projector_type" : "clip.vision.projector_type",
              kProjector);
  VisionConfig& vision = config.vision;
  TakeRequired(metadata, "clip.vision.block_count", vision.depth);
  TakeRequired(metadata, "clip.vision.embedding_length", vision.hidden_size);
  TakeRequired(metadata, "clip.vision.feed_forward_length", vision.intermediate_size);
  TakeRequired(metadata, "clip.vision.attention.head_count", vision.num_heads);
  TakeRequired(metadata, "clip.vision.patch_size", vision.patch_size);
  Take(metadata, "clip.vision.projection_dim", vision.out_hidden_size);
  Take(metadata, "clip.vision.spatial_merge_size", vision.spatial_merge_size);
  Take(metadata, "clip.vision.window_size", vision.window_size);
  Take(metadata, "clip.vision.image_min_pixels", config.processor.min_pixels);
  Take(metadata, "clip.vision.image_max_pixels", config.processor.max_pixels);
  TakeStatistics(metadata, "clip.vision.image_mean", config.processor.image_mean);
  TakeStatistics(metadata, "clip.vision.image_std", config.processor.image_std);
  if (vision.depth > 1024)
    throw Error(ErrorCode::kTooLarge, fmt::format("{}: {} blocks.", metadata.where(), vision.depth));
  vision.fullatt_block_indexes.clear();
  if (const auto pattern = metadata.FindInt("clip.vision.n_wa_pattern"); pattern && *pattern > 0)
    vision.fullatt_block_indexes = EveryNth(*pattern, vision.depth);
}

void ReadIds(const GgufMetadata& metadata, ModelConfig& config) {
  const GgufTokenizer tokenizer = TokenizerOf(metadata);
  const auto find = [&](const char* token, int64_t& field) {
    if (const int64_t id = tokenizer.Id(token); id >= 0) field = id;
  };
  find("<|image_pad|>", config.image_token_id);
  find("<|video_pad|>", config.video_token_id);
  find("<|vision_start|>", config.vision_start_token_id);
  find("<|vision_end|>", config.vision_end_token_id);
  Take(metadata, "tokenizer.ggml.bos_token_id", config.bos_token_id);
  config.pad_token_id = metadata.FindInt("tokenizer.ggml.padding_token_id").value_or(config.bos_token_id);
  config.eos_token_ids = {metadata.GetInt("tokenizer.ggml.eos_token_id")};
  for (const char* token : {"<|im_end|>", "<|endoftext|>"}) {  // both end an answer, whichever the file calls the end
    const int64_t id = tokenizer.Id(token);
    if (id >= 0 && id != config.eos_token_ids.front()) config.eos_token_ids.push_back(id);
  }
}

// Throws when one of `expected`'s values is not the file's; keys that the file leaves out are fine.
void CheckAgrees(const GgufMetadata& expected, const GgufMetadata& found) {
  for (const auto& [key, value] : expected.entries())
    if (const GgufValue* other = found.Find(key); other != nullptr && *other != value)
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"{}\" contradicts \"{}\".", found.where(), key, kOwnKey));
}

}  // namespace

int64_t FileTypeOf(BlockFormat format) {
  switch (format) {
    case BlockFormat::kF32:
      return 0;
    case BlockFormat::kF16:
      return 1;
    case BlockFormat::kBF16:
      return 32;
    case BlockFormat::kQ8_0:
      return 7;
    case BlockFormat::kQ4_0:
      return 2;
    case BlockFormat::kQ4_K:
      return 14;
    case BlockFormat::kQ6_K:
      return 18;
  }
  return 0;
}

GgufMetadata LanguageMetadata(const ModelConfig& config, const GgufTokenizer& tokenizer, const std::string& name,
                              int64_t file_type) {
  GgufMetadata metadata;
  SetGeneral("qwen2vl", "model", name, file_type, metadata);
  SetTextKeys(config.text, metadata);
  AddTokenizer(tokenizer, metadata);
  SetU32(metadata, "tokenizer.ggml.eos_token_id", config.eos_token_ids.front());
  SetU32(metadata, "tokenizer.ggml.padding_token_id", config.pad_token_id);
  SetU32(metadata, "tokenizer.ggml.bos_token_id", config.bos_token_id);
  SetText(metadata, kOwnKey, DumpJson(ToJson(config)));
  return metadata;
}

GgufMetadata VisionMetadata(const ModelConfig& config, const std::string& name, int64_t file_type) {
  GgufMetadata metadata;
  SetGeneral("clip", "mmproj", name, file_type, metadata);
  SetVisionKeys(config, metadata);
  return metadata;
}

ModelConfig GgufModelConfig(const GgufFile& language, const GgufFile* vision) {
  ModelConfig config;
  ReadText(language, config.text);
  config.vision.out_hidden_size = config.text.hidden_size;
  if (vision) ReadVision(vision->metadata(), config);
  ReadIds(language.metadata(), config);
  if (const auto own = language.metadata().FindString(kOwnKey)) {
    ModelConfig exact;
    ConfigReader(language.path().string()).Fill(ParseJson(*own, language.path().string()), "", exact);
    GgufMetadata text_keys, vision_keys;
    SetTextKeys(exact.text, text_keys);
    SetVisionKeys(exact, vision_keys);
    CheckAgrees(text_keys, language.metadata());
    if (vision) CheckAgrees(vision_keys, vision->metadata());
    config = exact;
  } else {
    ModelConfig checked;  // reading a configuration holds every number in its range
    ConfigReader(language.path().string()).Fill(ToJson(config), "", checked);
  }
  ValidateModelConfig(config, language.path().string());
  return config;
}

}  // namespace lingshu
