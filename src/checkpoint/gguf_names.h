// Which tensors of a GGUF pair hold which tensors of a Qwen2.5-VL checkpoint. The pair is a language model
// (architecture qwen2vl) and an mmproj (architecture clip, projector qwen2.5vl_merger), with llama.cpp's names:
//   model.embed_tokens.weight → token_embd.weight   model.norm.weight → output_norm.weight   lm_head.weight →
//   output.weight model.layers.N.self_attn.q_proj.weight → blk.N.attn_q.weight   … mlp.down_proj.weight →
//   blk.N.ffn_down.weight visual.blocks.N.attn.qkv.weight → v.blk.N.attn_q.weight, v.blk.N.attn_k.weight,
//   v.blk.N.attn_v.weight (thirds of the rows) visual.patch_embed.proj.weight [D, C, frames, p, p] →
//   v.patch_embd.weight, v.patch_embd.weight.1: a frame each [D, C, p, p] visual.merger.ln_q.weight → v.post_ln.weight
//   visual.merger.mlp.{0,2}.weight → mm.{0,2}.weight
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "checkpoint/tensors.h"

namespace lingshu {

enum class GgufPartKind {
  kWhole,
  kRows,   // rows [index · n, (index + 1) · n) of the checkpoint's tensor, n rows of the part
  kFrame,  // [:, :, index] of a patch embedding
};

struct GgufPart {
  std::string name;  // in the GGUF file
  std::vector<int64_t> shape;
  GgufPartKind kind = GgufPartKind::kWhole;
  int64_t index = 0;
};

struct GgufMapping {
  TensorSpec tensor;  // in the checkpoint
  bool is_vision = false;
  std::vector<GgufPart> parts;
};

// Every tensor that the configuration implies, in the order of ExpectedTensors; lm_head.weight of a tied model has
// none.
std::vector<GgufMapping> GgufMappings(const ModelConfig& config);

}  // namespace lingshu
