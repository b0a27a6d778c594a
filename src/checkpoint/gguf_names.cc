// See gguf_names.h: a table of endings per block, and the two tensors that llama.cpp splits.
#include "checkpoint/gguf_names.h"

#include <fmt/format.h>

#include "base/error.h"

namespace lingshu {
namespace {

struct Renamed {
  std::string_view from, to;
};
constexpr Renamed kWholeNames[] = {
    {"model.embed_tokens.", "token_embd."}, {"model.norm.", "output_norm."},   {"lm_head.", "output."},
    {"visual.merger.ln_q.", "v.post_ln."},  {"visual.merger.mlp.0.", "mm.0."}, {"visual.merger.mlp.2.", "mm.2."}};
constexpr Renamed kLayerNames[] = {{"input_layernorm.", "attn_norm."},    {"self_attn.q_proj.", "attn_q."},
                                   {"self_attn.k_proj.", "attn_k."},      {"self_attn.v_proj.", "attn_v."},
                                   {"self_attn.o_proj.", "attn_output."}, {"post_attention_layernorm.", "ffn_norm."},
                                   {"mlp.gate_proj.", "ffn_gate."},       {"mlp.up_proj.", "ffn_up."},
                                   {"mlp.down_proj.", "ffn_down."}};
constexpr Renamed kBlockNames[] = {{"norm1.", "ln1."},          {"norm2.", "ln2."},
                                   {"attn.proj.", "attn_out."}, {"mlp.gate_proj.", "ffn_gate."},
                                   {"mlp.up_proj.", "ffn_up."}, {"mlp.down_proj.", "ffn_down."}};
constexpr std::string_view kLayerPrefix = "model.layers.", kBlockPrefix = "visual.blocks.", kFused = "attn.qkv.";
constexpr std::string_view kPatchEmbed = "visual.patch_embed.proj.weight";

// The table's entry that `name` begins with; "" when there is none.
template <size_t N>
std::string Rename(const Renamed (&table)[N], std::string_view name) {
  for (const Renamed& row : table)
    if (name.starts_with(row.from)) return std::string(row.to) + std::string(name.substr(row.from.size()));
  return "";
}

// "7.mlp.up_proj.weight" → "7." and "mlp.up_proj.weight".
struct Numbered {
  std::string_view number, rest;
};
Numbered SplitNumber(std::string_view text) {
  const size_t dot = text.find('.') + 1;
  return {text.substr(0, dot), text.substr(dot)};
}

std::vector<GgufPart> PartsOf(const TensorSpec& tensor) {
  const std::string_view name = tensor.name;
  if (name == kPatchEmbed) {
    std::vector<GgufPart> parts;
    const std::vector<int64_t>& s = tensor.shape;
    for (int64_t frame = 0; frame < s[2]; ++frame)
      parts.push_back({frame == 0 ? "v.patch_embd.weight" : fmt::format("v.patch_embd.weight.{}", frame),
                       {s[0], s[1], s[3], s[4]},
                       GgufPartKind::kFrame,
                       frame});
    return parts;
  }
  if (name.starts_with(kBlockPrefix)) {
    const auto [number, rest] = SplitNumber(name.substr(kBlockPrefix.size()));
    if (!rest.starts_with(kFused))
      return {{fmt::format("v.blk.{}{}", number, Rename(kBlockNames, rest)), tensor.shape}};
    std::vector<GgufPart> parts;
    for (const char letter : {'q', 'k', 'v'}) {
      std::vector<int64_t> shape = tensor.shape;
      shape[0] /= 3;
      parts.push_back({fmt::format("v.blk.{}attn_{}.{}", number, letter, rest.substr(kFused.size())), shape,
                       GgufPartKind::kRows, static_cast<int64_t>(parts.size())});
    }
    return parts;
  }
  if (name.starts_with(kLayerPrefix)) {
    const auto [number, rest] = SplitNumber(name.substr(kLayerPrefix.size()));
    return {{fmt::format("blk.{}{}", number, Rename(kLayerNames, rest)), tensor.shape}};
  }
  const std::string renamed = Rename(kWholeNames, name);
  CHECK(!renamed.empty()) << name << " has no name in GGUF";
  return {{renamed, tensor.shape}};
}

}  // namespace

std::vector<GgufMapping> GgufMappings(const ModelConfig& config) {
  std::vector<GgufMapping> mappings;
  for (const TensorSpec& tensor : ExpectedTensors(config)) {
    if (tensor.is_optional) continue;
    mappings.push_back({tensor, tensor.name.starts_with("visual."), PartsOf(tensor)});
  }
  return mappings;
}

}  // namespace lingshu
