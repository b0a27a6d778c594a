#include "encoder/bert_scorer.h"

#include <cmath>
#include <set>

#include "base/strings.h"

namespace lingshu {
namespace {

// Runs of spaces as one, none at the ends.
std::string Collapsed(const std::string& text) {
  std::string result;
  for (const char c : TrimAscii(text))
    if (c != ' ' || result.empty() || result.back() != ' ') result += c;
  return result;
}

std::vector<std::vector<float>> RowsOf(const Tensor& x_TD) {
  std::vector<std::vector<float>> rows;
  const Tensor plain = x_TD.contiguous();
  const float* data = plain.const_data_ptr<float>();
  for (int64_t t = 0; t < plain.size(0); ++t) rows.emplace_back(data + t * plain.size(1), data + (t + 1) * plain.size(1));
  return rows;
}

}  // namespace

float PieceWeights::Of(int64_t id) const {
  if (!has_idf) return 1;
  const auto it = frequencies.find(id);
  return static_cast<float>(std::log(static_cast<double>(num_references + 1) / static_cast<double>((it == frequencies.end() ? 0 : it->second) + 1)));
}

BertScorer::BertScorer(const std::filesystem::path& folder, int64_t layer)
    : encoder_(Encoder::Load(folder)), tokenizer_(EncoderTokenizer::Load(folder)), layer_(layer) {}

std::vector<int64_t> BertScorer::Ids(const std::string& text) const {
  const std::string words = Collapsed(text);
  // RoBERTa's first word is spelled as one inside a sentence (add_prefix_space).
  const bool has_prefix = encoder_.config().family == EncoderFamily::kRoberta && !words.empty();
  return tokenizer_->Encode(has_prefix ? " " + words : words, encoder_.config().max_tokens());
}

PieceWeights BertScorer::InverseFrequencies(const std::vector<std::string>& references) const {
  PieceWeights weights{.has_idf = true, .num_references = static_cast<int64_t>(references.size())};
  for (const std::string& reference : references) {
    const std::vector<int64_t> ids = Ids(reference);
    for (const int64_t id : std::set<int64_t>(ids.begin(), ids.end())) ++weights.frequencies[id];
  }
  return weights;
}

EncodedText BertScorer::Encode(const std::string& text, const PieceWeights& weights) const {
  const std::vector<int64_t> ids = Ids(text);
  EncodedText encoded{.embeddings = RowsOf(encoder_.Forward(ids, layer_).back())};
  for (size_t i = 0; i < ids.size(); ++i) {
    const bool is_special = i == 0 || i + 1 == ids.size();
    encoded.weights.push_back(is_special && !weights.has_idf ? 0 : weights.Of(ids[i]));
  }
  return encoded;
}

}  // namespace lingshu
