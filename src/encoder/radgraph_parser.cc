#include "encoder/radgraph_parser.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "score/medevalkit.h"

namespace lingshu {
namespace {

constexpr const char* kEmbedder = "_embedder.token_embedder_bert._matched_embedder.transformer_model.";

// Its regular expression [/,-,:,.,!?()] also means the range "," to ",": what it cuts is / , : . ! ? ( ).
bool IsCut(char c) { return std::string_view("/,:.!?()").find(c) != std::string_view::npos; }

bool IsWordCharacter(char c) { return static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// nltk's wordpunct_tokenize: runs of word characters and runs of signs.
std::string WordPunct(const std::string& text) {
  std::vector<std::string> words;
  char last = ' ';
  for (const char c : text) {
    if (!IsSpaceAscii(c)) {
      if (IsSpaceAscii(last) || IsWordCharacter(last) != IsWordCharacter(c)) words.emplace_back();
      words.back() += c;
    }
    last = c;
  }
  return JoinStrings(words, " ");
}

// One label a line. Entities have their null label in no line's place: index 0.
std::vector<std::string> ReadLabels(const std::filesystem::path& folder, const std::string& ending) {
  for (const fs::path& file : ListFiles(folder / "vocabulary", {".txt"})) {
    if (!file.filename().string().ends_with(ending)) continue;
    std::vector<std::string> labels = SplitString(ReadFile(file, uint64_t{1} << 20), '\n');
    if (!labels.empty() && labels.back().empty()) labels.pop_back();
    return labels;
  }
  throw Error(ErrorCode::kNotFound, fmt::format("{}: no vocabulary/*{}", folder.string(), ending));
}

std::string NameOf(const StateDict& weights, const std::string& prefix, const std::string& ending) {
  for (const auto& [name, unused] : weights)
    if (name.starts_with(prefix) && name.ends_with(ending)) return name;
  return prefix + "*" + ending;
}

Weight WeightAt(const StateDict& weights, const std::string& name) {
  const auto it = weights.find(name);
  if (it == weights.end()) throw Error(ErrorCode::kCorrupt, fmt::format("RadGraph's weights lack {}.", name));
  return {it->second};
}

}  // namespace

std::vector<std::string> RadGraphWords(const std::string& report, bool is_first_model) {
  std::string text = report;
  if (is_first_model) {
    std::string spaced;
    for (const char c : text) spaced += IsCut(c) ? fmt::format(" {} ", c) : std::string(1, c);
    return PythonSplit(spaced);
  }
  for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{{"\\n", "  "}, {"\\f", "  "}, {"\\u2122", "      "}, {"\n", " "}, {"\\\"", "``"}})
    text = ReplaceAll(text, from, to);
  text = WordPunct(text);
  for (const auto& [from, to] : std::initializer_list<std::pair<const char*, const char*>>{{").", ") ."}, {"%.", "% ."}, {".'", ". '"}, {"%,", "% ,"}, {"%)", "% )"}})
    text = ReplaceAll(text, from, to);
  return PythonSplit(text);
}

RadGraphParser::RadGraphParser(const std::filesystem::path& folder, const std::filesystem::path& bert_folder) {
  const std::string where = (folder / "config.json").string();
  const Json json = ParseJson(ReadFile(folder / "config.json", uint64_t{4} << 20), where);
  const Json& model = At(json, "model", where);
  max_span_width_ = IntAt(model, "max_span_width", where);
  spans_per_word_ = At(At(At(model, "modules", where), "relation", where), "spans_per_word", where).get<double>();
  entity_labels_ = ReadLabels(folder, "__ner_labels.txt");
  relation_labels_ = ReadLabels(folder, "__relation_labels.txt");
  const StateDict weights = ReadTorchFile(folder / "weights.th");
  tokenizer_ = EncoderTokenizer::Load(bert_folder);
  StateDict bert;
  for (const auto& [name, tensor] : weights)
    if (name.starts_with(kEmbedder)) bert[name.substr(std::string_view(kEmbedder).size())] = tensor;
  encoder_ = std::make_unique<const Encoder>(ReadEncoderConfig(bert_folder), std::move(bert), (folder / "weights.th").string());
  // "radgraph__ner_labels": the data set's name stands in the names of its scorers.
  const std::string scorer = NameOf(weights, "_ner._ner_scorers.", ".1._module.weight");
  const std::string ner = scorer.substr(0, scorer.size() - std::string_view(".1._module.weight").size());
  is_first_model_ = ner.ends_with(".radgraph__ner_labels");
  const std::string set = ner.substr(ner.rfind('.') + 1, ner.rfind("__") - ner.rfind('.') - 1) + "__relation_labels";
  width_embedding_ = WeightAt(weights, "_endpoint_span_extractor._span_width_embedding.weight");
  ner_network_ = ReadFeedForward(weights, ner + ".0._module.");
  ner_ = WeightAt(weights, ner + ".1._module.weight");
  ner_bias_ = WeightAt(weights, ner + ".1._module.bias");
  mention_network_ = ReadFeedForward(weights, "_relation._mention_pruners." + set + "._scorer.0._module.");
  mention_ = WeightAt(weights, "_relation._mention_pruners." + set + "._scorer.1._module.weight");
  mention_bias_ = WeightAt(weights, "_relation._mention_pruners." + set + "._scorer.1._module.bias");
  relation_network_ = ReadFeedForward(weights, "_relation._relation_feedforwards." + set + ".");
  relation_ = WeightAt(weights, "_relation._relation_scorers." + set + ".weight");
  relation_bias_ = WeightAt(weights, "_relation._relation_scorers." + set + ".bias");
}

RadGraphParser::FeedForward RadGraphParser::ReadFeedForward(const StateDict& weights, const std::string& prefix) const {
  FeedForward network;
  for (int i = 0; weights.contains(fmt::format("{}_linear_layers.{}.weight", prefix, i)); ++i) {
    network.weights.push_back(WeightAt(weights, fmt::format("{}_linear_layers.{}.weight", prefix, i)));
    network.biases.push_back(WeightAt(weights, fmt::format("{}_linear_layers.{}.bias", prefix, i)));
  }
  if (network.weights.empty()) throw Error(ErrorCode::kCorrupt, fmt::format("RadGraph's weights lack {}_linear_layers.0.weight.", prefix));
  return network;
}

Tensor RadGraphParser::Apply(const FeedForward& network, const Tensor& x) const {
  Tensor y = x;
  for (size_t i = 0; i < network.weights.size(); ++i) y = at::relu(Linear(y, network.weights[i], network.biases[i]));
  return y;
}

// The mean of each word's pieces. Longer reports are read in stretches of whole maximal inputs, as the reference folds them.
Tensor RadGraphParser::WordEmbeddings(const std::vector<std::string>& words) const {
  std::vector<int64_t> pieces;
  std::vector<std::pair<size_t, size_t>> places;  // of each word's pieces
  for (const std::string& word : words) {
    const std::vector<int64_t> ids = tokenizer_->EncodeText(word);
    places.emplace_back(pieces.size(), pieces.size() + ids.size());
    pieces.insert(pieces.end(), ids.begin(), ids.end());
  }
  const auto stretch = static_cast<size_t>(std::min<int64_t>(encoder_->config().max_tokens(), 512) - 2);
  std::vector<Tensor> parts;
  for (size_t begin = 0; begin < pieces.size(); begin += stretch) {
    std::vector<int64_t> ids = {tokenizer_->first()};
    const size_t end = std::min(begin + stretch, pieces.size());
    ids.insert(ids.end(), pieces.begin() + static_cast<std::ptrdiff_t>(begin), pieces.begin() + static_cast<std::ptrdiff_t>(end));
    ids.push_back(tokenizer_->last());
    parts.push_back(encoder_->Forward(ids).back().narrow(0, 1, static_cast<int64_t>(end - begin)));
  }
  const Tensor all = parts.empty() ? at::zeros({1, encoder_->config().hidden_size}) : at::cat(parts, 0);
  std::vector<Tensor> rows;
  for (const auto& [begin, end] : places)
    rows.push_back(begin == end ? at::zeros({all.size(1)}) : all.narrow(0, static_cast<int64_t>(begin), static_cast<int64_t>(end - begin)).mean(0));
  return at::stack(rows, 0);
}

RadGraphReport RadGraphParser::Parse(const std::string& report) const {
  const at::NoGradGuard no_grad;
  const std::vector<std::string> words = RadGraphWords(report.empty() ? "None" : report, is_first_model_);
  RadGraphReport parsed;
  if (words.empty()) return parsed;
  const auto num_words = static_cast<int64_t>(words.size());
  std::vector<int64_t> begins, ends, widths;
  for (int64_t begin = 0; begin < num_words; ++begin)
    for (int64_t end = begin; end < std::min(begin + max_span_width_, num_words); ++end) begins.push_back(begin), ends.push_back(end), widths.push_back(end - begin);
  const auto num_spans = static_cast<int64_t>(begins.size());
  const Tensor words_WD = WordEmbeddings(words);
  const Tensor spans_SE = at::cat({words_WD.index_select(0, ToTensor(begins, {num_spans})), words_WD.index_select(0, ToTensor(ends, {num_spans})),
                                   width_embedding_.value.index_select(0, ToTensor(widths, {num_spans}))},
                                  1);
  const auto with_null = [](const Tensor& scores) { return at::cat({at::zeros_like(scores.narrow(-1, 0, 1)), scores}, -1); };
  const Tensor labels_S = with_null(Linear(Apply(ner_network_, spans_SE), ner_, ner_bias_)).argmax(-1);
  std::map<std::pair<int64_t, int64_t>, std::string> keys;  // of entities by span
  const int64_t* label = labels_S.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < num_spans; ++i) {
    if (label[i] == 0) continue;
    const std::string key = std::to_string(parsed.size() + 1);
    std::vector<std::string> tokens(words.begin() + begins[i], words.begin() + ends[i] + 1);
    parsed[key] = {.tokens = JoinStrings(tokens, " "), .label = entity_labels_.at(static_cast<size_t>(label[i])), .relations = {}};
    keys[{begins[i], ends[i]}] = key;
  }
  // The likeliest mentions, in the order of the text.
  const int64_t num_kept = std::clamp<int64_t>(static_cast<int64_t>(std::ceil(static_cast<float>(num_words) * static_cast<float>(spans_per_word_))), 1, num_spans);
  const Tensor mention_S1 = Linear(Apply(mention_network_, spans_SE), mention_, mention_bias_);
  const Tensor kept_K = std::get<0>(std::get<1>(mention_S1.squeeze(1).topk(num_kept)).sort());
  const Tensor kept_KE = spans_SE.index_select(0, kept_K), scores_K = mention_S1.squeeze(1).index_select(0, kept_K);
  const int64_t* kept = kept_K.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < num_kept; ++i) {
    const auto from = keys.find({begins[kept[i]], ends[kept[i]]});
    if (from == keys.end()) continue;
    const Tensor one = kept_KE[i].unsqueeze(0).expand_as(kept_KE);
    const Tensor scores = Linear(Apply(relation_network_, at::cat({one, kept_KE, one * kept_KE}, 1)), relation_, relation_bias_) + (scores_K[i] + scores_K).unsqueeze(1);
    const Tensor best = with_null(scores).argmax(-1);
    for (int64_t k = 0; k < num_kept; ++k) {
      const int64_t relation = best[k].item<int64_t>() - 1;
      const auto to = keys.find({begins[kept[k]], ends[kept[k]]});
      if (relation < 0 || to == keys.end()) continue;
      parsed[from->second].relations.emplace_back(relation_labels_.at(static_cast<size_t>(relation)), to->second);
    }
  }
  return parsed;
}

}  // namespace lingshu
