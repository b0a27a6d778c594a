// The forward passes, mirrored from transformers: modeling_bert, modeling_roberta, modeling_distilbert, modeling_mpnet,
// modeling_deberta_v2.
#include "encoder/encoder.h"

#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "checkpoint/tensors.h"

namespace lingshu {
namespace {

// How a family names the parts of its layers.
struct Names {
  const char *prefix, *layer, *q, *k, *v, *o, *attention_norm, *up, *down, *output_norm;
};

Names NamesOf(EncoderFamily family) {
  switch (family) {
    case EncoderFamily::kBert:
    case EncoderFamily::kRoberta:
      return {family == EncoderFamily::kBert ? "bert." : "roberta.", "encoder.layer.", "attention.self.query", "attention.self.key", "attention.self.value",
              "attention.output.dense", "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"};
    case EncoderFamily::kMpnet:
      return {"mpnet.", "encoder.layer.", "attention.attn.q", "attention.attn.k", "attention.attn.v", "attention.attn.o", "attention.LayerNorm", "intermediate.dense",
              "output.dense", "output.LayerNorm"};
    case EncoderFamily::kDistilBert:
      return {"distilbert.", "transformer.layer.", "attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm", "ffn.lin1", "ffn.lin2",
              "output_layer_norm"};
    case EncoderFamily::kDebertaV2: break;
  }
  return {"deberta.", "encoder.layer.", "attention.self.query_proj", "attention.self.key_proj", "attention.self.value_proj", "attention.output.dense",
          "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm"};
}

// Finds tensors under their name, with or without the family's prefix; older files call a norm's weight gamma.
class WeightFinder {
 public:
  WeightFinder(const StateDict& weights, const char* prefix, const std::string& where) : weights_(weights), prefix_(prefix), where_(where) {}

  Weight Optional(const std::string& name) const {
    for (const std::string& spelled : {name, ReplaceAll(ReplaceAll(name, "LayerNorm.weight", "LayerNorm.gamma"), "LayerNorm.bias", "LayerNorm.beta")})
      for (const std::string& full : {prefix_ + spelled, spelled, "module." + prefix_ + spelled})
        if (const auto it = weights_.find(full); it != weights_.end()) return {it->second};
    return {};
  }

  Weight At(const std::string& name, at::IntArrayRef shape) const {
    Weight weight = Optional(name);
    if (!weight.value.defined()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: tensor {}{} is missing.", where_, prefix_, name));
    if (weight.value.sizes() != shape)
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: tensor {}{}: expected {}, file has {}.", where_, prefix_, name, ShapeText(shape.vec()), ShapeText(weight.value.sizes().vec())));
    return weight;
  }

 private:
  const StateDict& weights_;
  std::string prefix_, where_;
};

Tensor Activate(const Tensor& x, const std::string& name) {
  if (name == "gelu") return at::gelu(x);
  if (name == "gelu_new" || name == "gelu_pytorch_tanh") return at::gelu(x, "tanh");
  if (name == "relu") return at::relu(x);
  if (name == "tanh") return at::tanh(x);
  throw Error(ErrorCode::kUnsupported, fmt::format("activation \"{}\".\nKnown: gelu, gelu_new, gelu_pytorch_tanh, relu, tanh.", name));
}

// [T, D] -> [N, T, H].
Tensor Heads(const Tensor& x_TD, int64_t num_heads) { return x_TD.view({x_TD.size(0), num_heads, -1}).permute({1, 0, 2}).contiguous(); }

// MPNet's buckets of key − query distances: sign, exact up to a quarter of them, then logarithmic up to 128 (T5's).
Tensor MpnetBuckets(int64_t num_tokens, int64_t num_buckets) {
  const Tensor at = at::arange(num_tokens, at::kLong);
  const Tensor distance = at.unsqueeze(1) - at.unsqueeze(0);  // query − key
  const int64_t half = num_buckets / 2, exact = half / 2;
  const Tensor absolute = distance.abs();
  const Tensor logarithmic = (exact + (at::log(absolute.to(at::kFloat) / static_cast<double>(exact)) / std::log(128.0 / static_cast<double>(exact)) * static_cast<double>(half - exact)).to(at::kLong)).clamp_max(half - 1);
  return (distance < 0).to(at::kLong) * half + at::where(absolute < exact, absolute, logarithmic);
}

// DeBERTa's query − key distances, logarithmic beyond half of the buckets.
Tensor DebertaDistances(int64_t num_tokens, int64_t buckets, int64_t max_position) {
  const Tensor at = at::arange(num_tokens, at::kLong);
  const Tensor distance = at.unsqueeze(1) - at.unsqueeze(0);
  if (buckets <= 0) return distance;
  const int64_t middle = buckets / 2;
  const Tensor is_near = at::logical_and(distance < middle, distance > -middle);
  const Tensor absolute = at::where(is_near, at::full_like(distance, middle - 1), distance.abs());
  const Tensor base = at::log(at::scalar_tensor(static_cast<double>(max_position - 1) / static_cast<double>(middle), at::kFloat));
  const Tensor logarithmic = at::ceil(at::log(absolute.to(at::kFloat) / static_cast<double>(middle)) / base * static_cast<double>(middle - 1)) + static_cast<double>(middle);
  return at::where(absolute <= middle, distance.to(at::kFloat), logarithmic * distance.sign().to(at::kFloat)).to(at::kLong);
}

}  // namespace

Encoder Encoder::Load(const std::filesystem::path& folder) { return Encoder(ReadEncoderConfig(folder), ReadStateDict(folder), folder.string()); }

Encoder::Encoder(EncoderConfig config, StateDict weights, const std::string& where) : config_(std::move(config)) {
  const at::NoGradGuard no_grad;
  const Names names = NamesOf(config_.family);
  const WeightFinder find(weights, names.prefix, where);
  const int64_t d = config_.hidden_size, f = config_.intermediate_size, e = config_.embedding_size;
  word_embeddings_ = find.At("embeddings.word_embeddings.weight", {config_.vocab_size, e});
  if (config_.position_biased_input) position_embeddings_ = find.At("embeddings.position_embeddings.weight", {config_.max_position_embeddings, e});
  if (config_.type_vocab_size > 0) token_type_embeddings_ = find.At("embeddings.token_type_embeddings.weight", {config_.type_vocab_size, e});
  if (e != d) embed_proj_ = find.At("embeddings.embed_proj.weight", {d, e});
  embedding_norm_ = find.At("embeddings.LayerNorm.weight", {d});
  embedding_norm_bias_ = find.At("embeddings.LayerNorm.bias", {d});
  for (int64_t i = 0; i < config_.num_hidden_layers; ++i) {
    const std::string at = fmt::format("{}{}.", names.layer, i);
    EncoderLayer layer;
    const auto linear = [&](const std::string& name, int64_t out, int64_t in, Weight& weight, Weight& bias) {
      weight = find.At(at + name + ".weight", {out, in});
      bias = find.At(at + name + ".bias", {out});
    };
    const auto norm = [&](const std::string& name, Weight& weight, Weight& bias) {
      weight = find.At(at + name + ".weight", {d});
      bias = find.At(at + name + ".bias", {d});
    };
    linear(names.q, d, d, layer.q, layer.q_bias);
    linear(names.k, d, d, layer.k, layer.k_bias);
    linear(names.v, d, d, layer.v, layer.v_bias);
    linear(names.o, d, d, layer.o, layer.o_bias);
    norm(names.attention_norm, layer.attention_norm, layer.attention_norm_bias);
    linear(names.up, f, d, layer.up, layer.up_bias);
    linear(names.down, d, f, layer.down, layer.down_bias);
    norm(names.output_norm, layer.output_norm, layer.output_norm_bias);
    const bool has_own_positions = config_.family == EncoderFamily::kDebertaV2 && config_.relative_attention && !config_.share_att_key;
    if (has_own_positions && config_.has_c2p) linear("attention.self.pos_key_proj", d, d, layer.pos_key, layer.pos_key_bias);
    if (has_own_positions && config_.has_p2c) linear("attention.self.pos_query_proj", d, d, layer.pos_query, layer.pos_query_bias);
    layers_.push_back(std::move(layer));
  }
  if (config_.family == EncoderFamily::kMpnet)
    relative_bias_ = find.At("encoder.relative_attention_bias.weight", {config_.relative_attention_num_buckets, config_.num_attention_heads});
  if (config_.family == EncoderFamily::kDebertaV2 && config_.relative_attention) {
    const int64_t span = config_.position_buckets > 0 ? config_.position_buckets : config_.max_relative_positions;
    rel_embeddings_ = find.At("encoder.rel_embeddings.weight", {2 * span, d}).value;
    if (config_.norm_rel_ebd) rel_embeddings_ = Norm(rel_embeddings_, find.At("encoder.LayerNorm.weight", {d}), find.At("encoder.LayerNorm.bias", {d}));
  }
  if (config_.conv_kernel_size > 0) {
    conv_ = find.At("encoder.conv.conv.weight", {d, d / config_.conv_groups, config_.conv_kernel_size});
    conv_bias_ = find.At("encoder.conv.conv.bias", {d});
    conv_norm_ = find.At("encoder.conv.LayerNorm.weight", {d});
    conv_norm_bias_ = find.At("encoder.conv.LayerNorm.bias", {d});
  }
  const auto classifier = weights.find("classifier.weight");
  if (classifier != weights.end() && classifier->second.dim() == 2) {
    const int64_t num_classes = classifier->second.size(0);
    const WeightFinder plain(weights, "", where);
    classifier_ = plain.At("classifier.weight", {num_classes, d});
    classifier_bias_ = plain.At("classifier.bias", {num_classes});
  }
}

Tensor Encoder::Norm(const Tensor& x_TD, const Weight& weight, const Weight& bias) const {
  return at::layer_norm(x_TD, {config_.hidden_size}, weight.value, bias.value, config_.layer_norm_eps);
}

Tensor Encoder::Embed(const std::vector<int64_t>& ids) const {
  const auto num_tokens = static_cast<int64_t>(ids.size());
  Tensor x = word_embeddings_.value.index_select(0, ToTensor(ids, {num_tokens}));
  if (position_embeddings_.value.defined()) {
    const bool has_offset = config_.family == EncoderFamily::kRoberta || config_.family == EncoderFamily::kMpnet;
    x = x + position_embeddings_.value.narrow(0, has_offset ? config_.pad_token_id + 1 : 0, num_tokens);
  }
  if (token_type_embeddings_.value.defined()) x = x + token_type_embeddings_.value[0];
  if (embed_proj_.value.defined()) x = Linear(x, embed_proj_);
  return Norm(x, embedding_norm_, embedding_norm_bias_);
}

Tensor Encoder::Positions(int64_t num_tokens) const {
  if (config_.family == EncoderFamily::kMpnet) {
    const Tensor buckets = MpnetBuckets(num_tokens, config_.relative_attention_num_buckets);
    return relative_bias_.value.index_select(0, buckets.view({-1})).view({num_tokens, num_tokens, -1}).permute({2, 0, 1}).contiguous();
  }
  if (rel_embeddings_.defined()) return DebertaDistances(num_tokens, config_.position_buckets, config_.max_relative_positions);
  return {};
}

Tensor Encoder::Attend(const EncoderLayer& layer, const Tensor& x_TD, const Tensor& positions) const {
  const int64_t num_heads = config_.num_attention_heads, num_tokens = x_TD.size(0);
  const Tensor q_NTH = Heads(Linear(x_TD, layer.q, layer.q_bias), num_heads), k_NTH = Heads(Linear(x_TD, layer.k, layer.k_bias), num_heads),
               v_NTH = Heads(Linear(x_TD, layer.v, layer.v_bias), num_heads);
  const int num_terms = 1 + (rel_embeddings_.defined() ? config_.has_c2p + config_.has_p2c : 0);
  const double scale = 1 / std::sqrt(static_cast<double>(config_.head_dim() * num_terms));
  Tensor scores_NTT = at::bmm(q_NTH, k_NTH.transpose(1, 2)) * scale;
  if (config_.family == EncoderFamily::kMpnet) scores_NTT = scores_NTT + positions;
  if (rel_embeddings_.defined()) {
    const int64_t span = rel_embeddings_.size(0) / 2;
    const bool is_shared = config_.share_att_key;
    if (config_.has_c2p) {  // content of the query, place of the key
      const Tensor place = Heads(is_shared ? Linear(rel_embeddings_, layer.k, layer.k_bias) : Linear(rel_embeddings_, layer.pos_key, layer.pos_key_bias), num_heads);
      const Tensor index = (positions + span).clamp(0, 2 * span - 1).unsqueeze(0).expand({num_heads, num_tokens, num_tokens});
      scores_NTT = scores_NTT + at::bmm(q_NTH, place.transpose(1, 2)).gather(2, index) * scale;
    }
    if (config_.has_p2c) {  // content of the key, place of the query
      const Tensor place = Heads(is_shared ? Linear(rel_embeddings_, layer.q, layer.q_bias) : Linear(rel_embeddings_, layer.pos_query, layer.pos_query_bias), num_heads);
      const Tensor index = (span - positions).clamp(0, 2 * span - 1).unsqueeze(0).expand({num_heads, num_tokens, num_tokens});
      scores_NTT = scores_NTT + at::bmm(k_NTH, place.transpose(1, 2)).gather(2, index).transpose(1, 2) * scale;
    }
  }
  const Tensor mixed = at::bmm(at::softmax(scores_NTT, -1), v_NTH).permute({1, 0, 2}).contiguous().view({num_tokens, config_.hidden_size});
  return Linear(mixed, layer.o, layer.o_bias);
}

// DeBERTa-v2's convolution beside the first layer.
Tensor Encoder::Convolve(const Tensor& embedded_TD, const Tensor& x_TD) const {
  const Tensor local = at::conv1d(embedded_TD.t().unsqueeze(0).contiguous(), conv_.value, conv_bias_.value, 1, (config_.conv_kernel_size - 1) / 2, 1, config_.conv_groups).squeeze(0).t();
  return Norm(x_TD + Activate(local, config_.conv_act), conv_norm_, conv_norm_bias_);
}

std::vector<Tensor> Encoder::Forward(const std::vector<int64_t>& ids, int64_t num_layers) const {
  const at::NoGradGuard no_grad;
  const auto num_tokens = static_cast<int64_t>(ids.size());
  CHECK(num_tokens >= 1 && num_tokens <= config_.max_tokens()) << num_tokens << " tokens, at most " << config_.max_tokens();
  for (const int64_t id : ids) CHECK(id >= 0 && id < config_.vocab_size) << "id " << id << " of a vocabulary of " << config_.vocab_size;
  std::vector<Tensor> states = {Embed(ids)};
  const Tensor positions = Positions(num_tokens);
  const size_t wanted = num_layers < 0 ? layers_.size() : static_cast<size_t>(num_layers);
  CHECK(wanted <= layers_.size()) << wanted << " of " << layers_.size() << " layers";
  for (size_t i = 0; i < wanted; ++i) {
    const EncoderLayer& layer = layers_[i];
    const Tensor attended = Norm(Attend(layer, states.back(), positions) + states.back(), layer.attention_norm, layer.attention_norm_bias);
    const Tensor fed = Linear(Activate(Linear(attended, layer.up, layer.up_bias), config_.hidden_act), layer.down, layer.down_bias);
    Tensor x = Norm(fed + attended, layer.output_norm, layer.output_norm_bias);
    if (i == 0 && conv_.value.defined()) x = Convolve(states[0], x);
    states.push_back(std::move(x));
  }
  return states;
}

Tensor Encoder::ClassifyTokens(const Tensor& hidden_TD) const {
  const at::NoGradGuard no_grad;
  CHECK(has_classifier()) << "the encoder has no classifier";
  return Linear(hidden_TD, classifier_, classifier_bias_);
}

}  // namespace lingshu
