// ChexbertLabeler (Smit et al. 2020, arXiv:2004.09167): BERT with a head for each of 14 observations, as f1chexbert 0.0.2 and
// CXR-Report-Metric run it.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "encoder/encoder.h"
#include "score/chexbert.h"
#include "text/encoder_tokenizer.h"

namespace lingshu {

struct ChexbertOutput {
  ChexbertClasses classes;
  std::vector<float> cls;  // [CLS] of the last layer: what SembScore compares
};

class ChexbertLabeler {
 public:
  // bert-base-uncased's vocab.txt (and config.json, when it is there), and chexbert.pth or model.safetensors.
  ChexbertLabeler(const std::filesystem::path& bert_folder, const std::filesystem::path& weights);
  ChexbertOutput Label(const std::string& report) const;

 private:
  std::unique_ptr<const EncoderTokenizer> tokenizer_;
  std::unique_ptr<const Encoder> encoder_;
  std::vector<Weight> heads_, head_biases_;
};

}  // namespace lingshu
