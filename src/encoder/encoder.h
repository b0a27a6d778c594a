// Encoder: the bidirectional transformers behind metrics of reports, on our own tensors from Hugging Face folders.
//   BERT (Devlin et al. 2019), RoBERTa (Liu et al. 2019), DistilBERT (Sanh et al. 2019), MPNet (Song et al. 2020),
//   DeBERTa-v2 and -v3 (He et al. 2021, arXiv:2006.03654, arXiv:2111.09543)
// Shapes: T tokens, D hidden_size, N heads, H head_dim, C classes. float32 throughout; one text at a time, so no padding.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "encoder/config.h"
#include "encoder/state_dict.h"
#include "tensor/tensor.h"

namespace lingshu {

struct EncoderLayer {
  Weight q, q_bias, k, k_bias, v, v_bias, o, o_bias, attention_norm, attention_norm_bias;
  Weight up, up_bias, down, down_bias, output_norm, output_norm_bias;
  Weight pos_key, pos_key_bias, pos_query, pos_query_bias;  // DeBERTa without share_att_key
};

// Const after Load and shared by threads.
class Encoder {
 public:
  // Throws Error(kNotFound | kCorrupt | kUnsupported) naming file, key or tensor.
  static Encoder Load(const std::filesystem::path& folder);
  // From tensors that came another way (a labeller's checkpoint); `where` names them in errors.
  Encoder(EncoderConfig config, StateDict weights, const std::string& where);

  // hidden_states as transformers gives them: [0] of the embeddings, [i] behind layer i, each [T, D]. num_layers < 0: all.
  // REQUIRES: 1 <= ids.size() <= config().max_tokens(), every id below vocab_size.
  std::vector<Tensor> Forward(const std::vector<int64_t>& ids, int64_t num_layers = -1) const;
  // logits [T, C] of a token classifier from the last hidden state. REQUIRES: has_classifier().
  Tensor ClassifyTokens(const Tensor& hidden_TD) const;
  bool has_classifier() const { return classifier_.value.defined(); }
  const EncoderConfig& config() const { return config_; }

 private:
  Tensor Embed(const std::vector<int64_t>& ids) const;
  Tensor Norm(const Tensor& x_TD, const Weight& weight, const Weight& bias) const;
  Tensor Attend(const EncoderLayer& layer, const Tensor& x_TD, const Tensor& positions) const;
  Tensor Convolve(const Tensor& embedded_TD, const Tensor& x_TD) const;
  // What attention scores get by the distance of two tokens: [N, T, T] for MPNet, bucket numbers [T, T] for DeBERTa.
  Tensor Positions(int64_t num_tokens) const;

  EncoderConfig config_;
  Weight word_embeddings_, position_embeddings_, token_type_embeddings_, embed_proj_, embedding_norm_, embedding_norm_bias_;
  Weight relative_bias_;   // MPNet [buckets, N]
  Tensor rel_embeddings_;  // DeBERTa, normalised
  Weight conv_, conv_bias_, conv_norm_, conv_norm_bias_;
  std::vector<EncoderLayer> layers_;
  Weight classifier_, classifier_bias_;
};

}  // namespace lingshu
