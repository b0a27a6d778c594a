// Qwen2.5-VL (arXiv 2502.13923): the weights as plain structs named as in the checkpoint, and the one forward pass that
// training, roll-outs, evaluation and serving share.
// Shapes: T tokens (packed), P patches, D hidden_size, N heads, K kv heads, H head_dim, F intermediate_size, V vocab.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "batch/batch.h"
#include "checkpoint/config.h"
#include "tensor/tensor.h"

namespace lingshu {

struct Mlp {  // SwiGLU; biases only in the vision tower
  Weight gate_proj, up_proj, down_proj;
  Weight gate_bias, up_bias, down_bias;
};

struct VisionBlock {
  Weight norm1, norm2, qkv, qkv_bias, proj, proj_bias;
  Mlp mlp;
};

struct VisionTower {
  Weight patch_embed;  // [hidden, in_channels · temporal · patch · patch]: the Conv3d as the matrix that it is
  std::vector<VisionBlock> blocks;
  Weight ln_q, merger0, merger0_bias, merger2, merger2_bias;
};

struct DecoderLayer {
  Weight input_layernorm, post_attention_layernorm;
  Weight q_proj, q_bias, k_proj, k_bias, v_proj, v_bias, o_proj;
  Mlp mlp;
};

// Const while it answers; training alone changes it.
struct Model {
  ModelConfig config;
  VisionTower visual;
  Weight embed_tokens;
  std::vector<DecoderLayer> layers;
  Weight norm, lm_head;  // lm_head is empty when tied: embed_tokens serves

  bool has_vision() const { return visual.patch_embed.value.defined(); }  // not so of a GGUF language model alone
  const Weight& output() const { return config.text.tie_word_embeddings ? embed_tokens : lm_head; }
};

// Calls visit(name, weight, shape) for every weight, in checkpoint order and under the released names ("visual.patch_embed…",
// "model.layers.0.self_attn.q_proj.weight", "lm_head.weight").
using WeightVisitor = std::function<void(const std::string& name, Weight& weight, const std::vector<int64_t>& shape)>;
void VisitWeights(Model& model, const WeightVisitor& visit);

// Which learning rate and which freezing a weight belongs to (paper, table 9).
enum class WeightGroup { kVision, kMerger, kLanguage };
WeightGroup GroupOf(const std::string& weight_name);

// Normal(0, initializer_range) matrices, norms 1, biases 0, by seed, as transformers does it.
std::shared_ptr<Model> InitModel(const ModelConfig& config, uint64_t seed);
// Reads a Hugging Face folder. Throws one Error that lists every missing, extra or misshapen tensor.
std::shared_ptr<Model> LoadModel(const std::filesystem::path& folder, DType dtype = DType::kFloat32);
// Writes config.json, model.safetensors, preprocessor_config.json, generation_config.json; the tokenizer's files are copied
// from tokenizer_folder when given.
void SaveModel(const Model& model, const std::filesystem::path& folder, const std::filesystem::path& tokenizer_folder = {});

// What a decoder layer calls for attention: (layer, q_TNH, k_TKH, v_TKH) → [T, N, H], positions already rotated in.
// Training passes SegmentAttention, the engine its paged cache.
using AttentionFn = std::function<Tensor(int64_t layer, const Tensor& q_TNH, const Tensor& k_TKH, const Tensor& v_TKH)>;

// Throws Error(kUsage) when the model was opened without its vision tower.
void CheckVision(const Model& model);
// pixel_values [P, patch_dim] of images with image_grid_thw [I, 3] → image features [P / merge², out_hidden_size].
Tensor VisionForward(const Model& model, const Tensor& pixel_values, const std::vector<int64_t>& image_grid_thw);
// Token embeddings with the features of images and videos put in place of their tokens, in order. A CHECK holds the two counts equal.
Tensor EmbedTokens(const Model& model, const std::vector<int64_t>& input_ids, const Tensor& image_features);
// The decoder with the final norm: [T, D] → [T, D].  position_ids [3, T].
Tensor LanguageForward(const Model& model, const Tensor& embeddings_TD, const std::vector<int64_t>& position_ids,
                       const AttentionFn& attention);
// All of it for a packed batch: hidden states [T, D] after the final norm.
Tensor ForwardBatch(const Model& model, const Batch& batch);
// hidden [R, D] → logits [R, V].
Tensor Logits(const Model& model, const Tensor& hidden_RD);

}  // namespace lingshu
