// The table of tensors, written once; CountParameters is its sum.
#include "checkpoint/tensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lingshu {
namespace {

class Table {
 public:
  void Add(const std::string& name, std::vector<int64_t> shape) { tensors.push_back({name, std::move(shape)}); }
  void AddLinear(const std::string& prefix, int64_t out, int64_t in, bool has_bias) {
    Add(prefix + ".weight", {out, in});
    if (has_bias) Add(prefix + ".bias", {out});
  }
  void AddMlp(const std::string& prefix, int64_t hidden, int64_t intermediate, bool has_bias) {
    AddLinear(prefix + ".gate_proj", intermediate, hidden, has_bias);
    AddLinear(prefix + ".up_proj", intermediate, hidden, has_bias);
    AddLinear(prefix + ".down_proj", hidden, intermediate, has_bias);
  }
  std::vector<TensorSpec> tensors;
};

void AddVision(const VisionConfig& vision, Table& table) {
  const int64_t hidden = vision.hidden_size;
  table.Add("visual.patch_embed.proj.weight",
            {hidden, vision.in_channels, vision.temporal_patch_size, vision.patch_size, vision.patch_size});
  for (int64_t i = 0; i < vision.depth; ++i) {
    const std::string block = fmt::format("visual.blocks.{}", i);
    table.Add(block + ".norm1.weight", {hidden});
    table.AddLinear(block + ".attn.qkv", 3 * hidden, hidden, /*has_bias=*/true);
    table.AddLinear(block + ".attn.proj", hidden, hidden, /*has_bias=*/true);
    table.Add(block + ".norm2.weight", {hidden});
    table.AddMlp(block + ".mlp", hidden, vision.intermediate_size, /*has_bias=*/true);
  }
  const int64_t merged = hidden * vision.spatial_merge_size * vision.spatial_merge_size;
  table.Add("visual.merger.ln_q.weight", {hidden});
  table.AddLinear("visual.merger.mlp.0", merged, merged, /*has_bias=*/true);
  table.AddLinear("visual.merger.mlp.2", vision.out_hidden_size, merged, /*has_bias=*/true);
}

void AddText(const TextConfig& text, Table& table) {
  const int64_t hidden = text.hidden_size;
  const int64_t query_width = text.num_attention_heads * text.HeadDim();
  const int64_t key_width = text.num_key_value_heads * text.HeadDim();
  table.Add("model.embed_tokens.weight", {text.vocab_size, hidden});
  for (int64_t i = 0; i < text.num_hidden_layers; ++i) {
    const std::string layer = fmt::format("model.layers.{}", i);
    table.Add(layer + ".input_layernorm.weight", {hidden});
    table.AddLinear(layer + ".self_attn.q_proj", query_width, hidden, /*has_bias=*/true);
    table.AddLinear(layer + ".self_attn.k_proj", key_width, hidden, /*has_bias=*/true);
    table.AddLinear(layer + ".self_attn.v_proj", key_width, hidden, /*has_bias=*/true);
    table.AddLinear(layer + ".self_attn.o_proj", hidden, query_width, /*has_bias=*/false);
    table.Add(layer + ".post_attention_layernorm.weight", {hidden});
    table.AddMlp(layer + ".mlp", hidden, text.intermediate_size, /*has_bias=*/false);
  }
  table.Add("model.norm.weight", {hidden});
  table.Add("lm_head.weight", {text.vocab_size, hidden});
  table.tensors.back().is_optional = text.tie_word_embeddings;
}

}  // namespace

std::vector<TensorSpec> ExpectedTensors(const ModelConfig& config) {
  Table table;
  AddVision(config.vision, table);
  AddText(config.text, table);
  return std::move(table.tensors);
}

std::string ReleasedName(std::string_view name) {
  constexpr std::string_view kLanguage = "model.language_model.", kVisual = "model.visual.";
  if (name.starts_with(kLanguage)) return "model." + std::string(name.substr(kLanguage.size()));
  if (name.starts_with(kVisual)) return "visual." + std::string(name.substr(kVisual.size()));
  return std::string(name);
}

std::string ShapeText(const std::vector<int64_t>& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

int64_t CountParameters(const ModelConfig& config) {
  int64_t count = 0;
  for (const TensorSpec& tensor : ExpectedTensors(config)) {
    if (tensor.is_optional) continue;
    int64_t elements = 1;
    for (const int64_t size : tensor.shape) elements *= size;
    count += elements;
  }
  return count;
}

}  // namespace lingshu
