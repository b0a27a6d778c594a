// EncoderConfig: config.json of the encoders that metrics of reports use, under the names of that file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lingshu {

enum class EncoderFamily { kBert, kRoberta, kMpnet, kDistilBert, kDebertaV2 };

struct EncoderConfig {
  EncoderFamily family = EncoderFamily::kBert;
  int64_t vocab_size = 0, hidden_size = 0, num_hidden_layers = 0, num_attention_heads = 0, intermediate_size = 0;
  int64_t max_position_embeddings = 512, type_vocab_size = 2;
  int64_t pad_token_id = 0;  // RoBERTa and MPNet count positions from the one behind it
  double layer_norm_eps = 1e-12;
  std::string hidden_act = "gelu";
  int64_t relative_attention_num_buckets = 32;  // MPNet
  // DeBERTa-v2 and -v3
  bool relative_attention = false, position_biased_input = true, share_att_key = false, norm_rel_ebd = false;
  bool has_c2p = false, has_p2c = false;  // pos_att_type
  int64_t max_relative_positions = -1, position_buckets = -1, embedding_size = 0;
  int64_t conv_kernel_size = 0, conv_groups = 1;
  std::string conv_act = "tanh";
  std::vector<std::string> labels;  // id2label in order; empty without a classifier

  int64_t head_dim() const { return hidden_size / num_attention_heads; }
  // Longest input with its special tokens.
  int64_t max_tokens() const;
};

// Throws Error(kNotFound | kCorrupt) naming file and key, Error(kUnsupported) for another model_type, listing those read.
EncoderConfig ReadEncoderConfig(const std::filesystem::path& folder);

}  // namespace lingshu
