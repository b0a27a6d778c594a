// BertScorer: the embeddings that BERTScore compares (Zhang et al. 2020), as bert_score 0.3.13 takes them.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "encoder/encoder.h"
#include "score/bert_score.h"
#include "text/encoder_tokenizer.h"

namespace lingshu {

// Weights of word pieces by id: 1 each, or ln((N + 1) / (df + 1)) over N references.
struct PieceWeights {
  bool has_idf = false;
  int64_t num_references = 0;
  std::map<int64_t, int64_t> frequencies;

  float Of(int64_t id) const;
};

class BertScorer {
 public:
  // `layer` is the hidden state that is compared (5 for distilroberta-base, 17 for roberta-large).
  BertScorer(const std::filesystem::path& folder, int64_t layer);

  PieceWeights Unweighted() const { return {}; }
  PieceWeights InverseFrequencies(const std::vector<std::string>& references) const;
  EncodedText Encode(const std::string& text, const PieceWeights& weights) const;

 private:
  std::vector<int64_t> Ids(const std::string& text) const;

  Encoder encoder_;
  std::unique_ptr<const EncoderTokenizer> tokenizer_;
  int64_t layer_;
};

}  // namespace lingshu
