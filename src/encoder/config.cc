#include "encoder/config.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"

namespace lingshu {
namespace {

constexpr int64_t kMost = int64_t{1} << 24;  // of any count or size

int64_t Positive(const Json& config, const char* key, const std::string& where) {
  const int64_t value = IntAt(config, key, where);
  if (value < 1 || value > kMost) throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"{}\" should lie between 1 and {}, found {}.", where, key, kMost, value));
  return value;
}

int64_t IntOr(const Json& config, const char* key, int64_t fallback, const std::string& where) {
  const auto it = config.find(key);
  return it == config.end() || it->is_null() ? fallback : IntAt(config, key, where);
}

bool BoolOr(const Json& config, const char* key, bool fallback) {
  const auto it = config.find(key);
  return it != config.end() && it->is_boolean() ? it->get<bool>() : fallback;
}

EncoderFamily FamilyOf(const std::string& type, const std::string& where) {
  static constexpr std::array<const char*, 5> kNames = {"bert", "roberta", "mpnet", "distilbert", "deberta-v2"};
  for (size_t i = 0; i < kNames.size(); ++i)
    if (type == kNames[i]) return static_cast<EncoderFamily>(i);
  throw Error(ErrorCode::kUnsupported, fmt::format("{}: model_type \"{}\".\nKnown: bert, roberta, mpnet, distilbert, deberta-v2 (also of v3).", where, type));
}

// "p2c|c2p" or ["p2c", "c2p"].
bool HasPart(const Json& config, const char* key, const std::string& part) {
  const auto it = config.find(key);
  if (it == config.end()) return false;
  if (it->is_string()) return it->get<std::string>().find(part) != std::string::npos;
  return it->is_array() && std::find(it->begin(), it->end(), Json(part)) != it->end();
}

std::vector<std::string> LabelsOf(const Json& config, const std::string& where) {
  std::vector<std::string> labels;
  const auto it = config.find("id2label");
  if (it == config.end() || !it->is_object()) return labels;
  for (size_t i = 0; i < it->size(); ++i) labels.push_back(StringAt(*it, std::to_string(i), where));
  return labels;
}

}  // namespace

int64_t EncoderConfig::max_tokens() const {
  const bool has_offset = family == EncoderFamily::kRoberta || family == EncoderFamily::kMpnet;
  return has_offset ? max_position_embeddings - pad_token_id - 1 : max_position_embeddings;
}

EncoderConfig ReadEncoderConfig(const std::filesystem::path& folder) {
  const fs::path path = folder / "config.json";
  const std::string where = path.string();
  const Json json = ParseJson(ReadFile(path, uint64_t{4} << 20), where);
  EncoderConfig config{.family = FamilyOf(StringAt(json, "model_type", where), where)};
  config.vocab_size = Positive(json, "vocab_size", where);
  const bool is_distil = config.family == EncoderFamily::kDistilBert;
  config.hidden_size = Positive(json, is_distil ? "dim" : "hidden_size", where);
  config.num_hidden_layers = Positive(json, is_distil ? "n_layers" : "num_hidden_layers", where);
  config.num_attention_heads = Positive(json, is_distil ? "n_heads" : "num_attention_heads", where);
  config.intermediate_size = Positive(json, is_distil ? "hidden_dim" : "intermediate_size", where);
  config.max_position_embeddings = Positive(json, "max_position_embeddings", where);
  if (config.hidden_size % config.num_attention_heads != 0)
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: hidden_size {} is no multiple of num_attention_heads {}.", where, config.hidden_size, config.num_attention_heads));
  config.type_vocab_size = IntOr(json, "type_vocab_size", config.family == EncoderFamily::kBert ? 2 : 0, where);
  config.pad_token_id = IntOr(json, "pad_token_id", config.family == EncoderFamily::kRoberta || config.family == EncoderFamily::kMpnet ? 1 : 0, where);
  if (const auto eps = json.find("layer_norm_eps"); eps != json.end() && eps->is_number()) config.layer_norm_eps = eps->get<double>();
  else if (config.family == EncoderFamily::kDebertaV2) config.layer_norm_eps = 1e-7;
  config.hidden_act = StringOr(json, is_distil ? "activation" : "hidden_act", "gelu");
  config.relative_attention_num_buckets = IntOr(json, "relative_attention_num_buckets", 32, where);
  config.relative_attention = BoolOr(json, "relative_attention", false);
  config.position_biased_input = BoolOr(json, "position_biased_input", true);
  config.share_att_key = BoolOr(json, "share_att_key", false);
  config.norm_rel_ebd = HasPart(json, "norm_rel_ebd", "layer_norm");
  config.has_c2p = HasPart(json, "pos_att_type", "c2p");
  config.has_p2c = HasPart(json, "pos_att_type", "p2c");
  config.max_relative_positions = IntOr(json, "max_relative_positions", -1, where);
  if (config.max_relative_positions < 1) config.max_relative_positions = config.max_position_embeddings;
  config.position_buckets = IntOr(json, "position_buckets", -1, where);
  config.embedding_size = IntOr(json, "embedding_size", config.hidden_size, where);
  config.conv_kernel_size = IntOr(json, "conv_kernel_size", 0, where);
  config.conv_groups = IntOr(json, "conv_groups", 1, where);
  config.conv_act = StringOr(json, "conv_act", "tanh");
  config.labels = LabelsOf(json, where);
  return config;
}

}  // namespace lingshu
