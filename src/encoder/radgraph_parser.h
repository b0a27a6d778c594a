// RadGraphParser: entities and relations of a report as radgraph 0.1.18 reads them (Jain et al. 2021, arXiv:2106.14463): DyGIE++ (Wadden et al.
// 2019) over a BERT. Every span of words is an entity of some label or none; the spans that look like mentions are paired.
// Shapes: W words, S spans, E span embedding, K kept spans.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "encoder/encoder.h"
#include "score/radgraph.h"
#include "text/encoder_tokenizer.h"

namespace lingshu {

// The words that the model sees: "radgraph" puts spaces around / , : . ! ? ( ) and what lies between "," and ":"; the later models cut at every sign.
std::vector<std::string> RadGraphWords(const std::string& report, bool is_first_model);

class RadGraphParser {
 public:
  // The unpacked archive: config.json, weights.th, vocabulary/*__ner_labels.txt and *__relation_labels.txt; and the folder of the BERT's tokenizer
  // and config.json. Throws Error(kNotFound | kCorrupt | kUnsupported).
  RadGraphParser(const std::filesystem::path& folder, const std::filesystem::path& bert_folder);
  RadGraphReport Parse(const std::string& report) const;

 private:
  struct FeedForward {
    std::vector<Weight> weights, biases;
  };
  FeedForward ReadFeedForward(const StateDict& weights, const std::string& prefix) const;
  Tensor Apply(const FeedForward& network, const Tensor& x) const;
  Tensor WordEmbeddings(const std::vector<std::string>& words) const;

  std::unique_ptr<const EncoderTokenizer> tokenizer_;
  std::unique_ptr<const Encoder> encoder_;
  std::vector<std::string> entity_labels_, relation_labels_;
  int64_t max_span_width_ = 0;
  double spans_per_word_ = 0;
  bool is_first_model_ = false;
  Weight width_embedding_, ner_, ner_bias_, mention_, mention_bias_, relation_, relation_bias_;
  FeedForward ner_network_, mention_network_, relation_network_;
};

}  // namespace lingshu
