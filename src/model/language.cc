// The decoder of Qwen2.5-VL: grouped-query attention with M-RoPE (Qwen2-VL, arXiv 2409.12191, §2.1), SwiGLU, RMSNorm.
#include "model/model.h"

#include "base/error.h"
#include "tensor/ops.h"

namespace lingshu {
namespace {

// Angles [T, H / 2]: frequency r belongs to time, height or width as mrope_section says.
Tensor MropeAngles(const TextConfig& c, const std::vector<int64_t>& position_ids) {
  const int64_t half = c.HeadDim() / 2, tokens = static_cast<int64_t>(position_ids.size()) / 3;
  const Tensor exponent = at::arange(0, 2 * half, 2, at::kFloat) / static_cast<double>(2 * half);
  const Tensor inv_freq = 1.0 / at::pow(at::scalar_tensor(c.rope_theta, at::kFloat), exponent);
  const Tensor positions = ToTensor(position_ids, {3, tokens, 1}).to(at::kFloat);
  std::vector<Tensor> sections;
  int64_t begin = 0;
  for (size_t i = 0; i < c.mrope_section.size(); ++i) {
    const int64_t end = begin + c.mrope_section[i];
    sections.push_back(positions[static_cast<int64_t>(i % 3)] * inv_freq.slice(0, begin, end));
    begin = end;
  }
  CHECK(begin == half) << "mrope_section sums to " << begin << ", head_dim / 2 is " << half;
  return at::cat(sections, 1);
}

Tensor RunLayer(const DecoderLayer& layer, const TextConfig& c, const Tensor& x_TD, const Tensor& cos_TR, const Tensor& sin_TR,
                const std::function<Tensor(const Tensor&, const Tensor&, const Tensor&)>& attention) {
  const int64_t tokens = x_TD.size(0), h = c.HeadDim();
  const Tensor normed = RmsNorm(x_TD, layer.input_layernorm, c.rms_norm_eps);
  const std::vector<Tensor> qkv =
      Linears(normed, {{layer.q_proj, &layer.q_bias}, {layer.k_proj, &layer.k_bias}, {layer.v_proj, &layer.v_bias}});
  const Tensor q = Rope(qkv[0].reshape({tokens, c.num_attention_heads, h}), cos_TR, sin_TR);
  const Tensor k = Rope(qkv[1].reshape({tokens, c.num_key_value_heads, h}), cos_TR, sin_TR);
  const Tensor v = qkv[2].reshape({tokens, c.num_key_value_heads, h});
  // x = x + o_proj(attention(input_layernorm(x)));  x = x + mlp(post_attention_layernorm(x))
  const Tensor x = x_TD + Linear(attention(q, k, v).reshape({tokens, c.num_attention_heads * h}), layer.o_proj);
  const Tensor inner = RmsNorm(x, layer.post_attention_layernorm, c.rms_norm_eps);
  const std::vector<Tensor> gate_up = Linears(inner, {{layer.mlp.gate_proj}, {layer.mlp.up_proj}});
  return x + Linear(SwiGlu(gate_up[0], gate_up[1]), layer.mlp.down_proj);
}

}  // namespace

Tensor EmbedTokens(const Model& model, const std::vector<int64_t>& input_ids, const Tensor& image_features) {
  const int64_t tokens = static_cast<int64_t>(input_ids.size());
  std::vector<int64_t> places;
  for (int64_t i = 0; i < tokens; ++i) {
    CHECK(input_ids[i] >= 0 && input_ids[i] < model.config.text.vocab_size)
        << "token id " << input_ids[i] << " is outside of the vocabulary of " << model.config.text.vocab_size;
    if (model.config.IsPlaceholder(input_ids[i])) places.push_back(i);
  }
  const int64_t features = image_features.defined() ? image_features.size(0) : 0;
  CHECK(static_cast<int64_t>(places.size()) == features) << places.size() << " image tokens, " << features << " image features";
  const Tensor embeddings = Embedding(model.embed_tokens, input_ids);
  if (places.empty()) return embeddings;
  return embeddings.index_copy(0, ToTensor(places, {features}).to(embeddings.device()), image_features.to(embeddings.scalar_type()));
}

Tensor LanguageForward(const Model& model, const Tensor& embeddings_TD, const std::vector<int64_t>& position_ids,
                       const AttentionFn& attention) {
  const TextConfig& c = model.config.text;
  const Tensor angles = MropeAngles(c, position_ids);
  const Rotary rotary = RotaryOf(angles);
  const Tensor cos = rotary.cos.to(embeddings_TD.device()), sin = rotary.sin.to(embeddings_TD.device());
  Tensor x = embeddings_TD;
  for (int64_t i = 0; i < c.num_hidden_layers; ++i)
    x = RunLayer(model.layers[i], c, x, cos, sin, [&](const Tensor& q, const Tensor& k, const Tensor& v) { return attention(i, q, k, v); });
  return RmsNorm(x, model.norm, c.rms_norm_eps);
}

Tensor ForwardBatch(const Model& model, const Batch& batch) {
  Tensor features;
  if (!batch.image_grid_thw.empty()) {
    const int64_t patch_dim = model.config.vision.patch_dim();
    features = VisionForward(model, ToTensor(batch.pixel_values, {static_cast<int64_t>(batch.pixel_values.size()) / patch_dim, patch_dim}),
                             batch.image_grid_thw);
  }
  return LanguageForward(model, EmbedTokens(model, batch.input_ids, features), batch.position_ids,
                         [&](int64_t, const Tensor& q, const Tensor& k, const Tensor& v) {
                           return SegmentAttention(q, k, v, batch.segments, /*is_causal=*/true);
                         });
}

Tensor Logits(const Model& model, const Tensor& hidden_RD) { return Linear(hidden_RD, model.output()); }

}  // namespace lingshu
