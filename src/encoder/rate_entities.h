// RateReader: the entities of a report as RaTEScore 0.6.0 finds them (Zhao et al. 2024, arXiv:2406.16845): sentences, a DeBERTa tagger, and
// the [CLS] of BioLORD for each entity's words.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "encoder/encoder.h"
#include "score/rate_score.h"
#include "text/encoder_tokenizer.h"

namespace lingshu {

// Sentences end at . ? ! before white space and at line breaks; those under three characters are left out. The reference uses
// medspaCy's rules (PyRuSH), which also know abbreviations: a text with such may be cut elsewhere.
std::vector<std::string> ReportSentences(const std::string& report);

// Spans of pieces with their type, as the reference walks B- and I- labels; the last piece of a span is included.
struct EntitySpan {
  size_t begin = 0, end = 0;
  std::string type;
};
std::vector<EntitySpan> EntitySpans(const std::vector<std::string>& labels);

class RateReader {
 public:
  RateReader(const std::filesystem::path& tagger_folder, const std::filesystem::path& embedder_folder);
  std::vector<RateEntity> Read(const std::string& report) const;

 private:
  Encoder tagger_, embedder_;
  std::unique_ptr<const EncoderTokenizer> tagger_tokenizer_, embedder_tokenizer_;
};

}  // namespace lingshu
