// The tensors that a ModelConfig implies: names as in the released Qwen2.5-VL checkpoints, and shapes.
//   model.embed_tokens.weight [vocab_size, hidden_size]   model.layers.N.self_attn.q_proj.{weight,bias} …
//   visual.patch_embed.proj.weight [hidden_size, in_channels, temporal_patch_size, patch_size, patch_size]
//   visual.blocks.N.attn.qkv.{weight,bias} …   visual.merger.mlp.{0,2}.{weight,bias}   lm_head.weight unless tied
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checkpoint/config.h"

namespace lingshu {

struct TensorSpec {
  std::string name;
  std::vector<int64_t> shape;
  bool is_optional = false;  // lm_head.weight of a tied model: some savers write it, nobody reads it
};

// Every tensor of the model in the order of the forward pass.
std::vector<TensorSpec> ExpectedTensors(const ModelConfig& config);

// The released name of a tensor: "model.language_model.norm.weight" -> "model.norm.weight" and
// "model.visual.merger.ln_q.weight" -> "visual.merger.ln_q.weight"; other names come back as they are.
std::string ReleasedName(std::string_view name);

// "[5120, 1280]", for messages.
std::string ShapeText(const std::vector<int64_t>& shape);

}  // namespace lingshu
