#include "encoder/rate_entities.h"

#include <array>
#include <optional>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"

namespace lingshu {
namespace {

constexpr int64_t kMaxTokens = 512, kMaxEntityTokens = 30;

RateType TypeOf(const std::string& name) {
  static constexpr std::array<const char*, kNumRateTypes> kNames = {"ABNORMALITY", "NON-ABNORMALITY", "DISEASE", "NON-DISEASE", "ANATOMY"};
  for (int i = 0; i < kNumRateTypes; ++i)
    if (name == kNames[i]) return static_cast<RateType>(i);
  throw Error(ErrorCode::kUnsupported, fmt::format("RaTEScore's tagger names the type \"{}\".\nKnown: ABNORMALITY, NON-ABNORMALITY, DISEASE, NON-DISEASE, ANATOMY.", name));
}

}  // namespace

std::vector<std::string> ReportSentences(const std::string& report) {
  std::vector<std::string> sentences;
  size_t begin = 0;
  for (size_t i = 0; i <= report.size(); ++i) {
    const bool is_last = i == report.size();
    const bool is_sign = !is_last && (report[i] == '.' || report[i] == '?' || report[i] == '!') && i + 1 < report.size() && IsSpaceAscii(report[i + 1]);
    if (!is_last && !is_sign && report[i] != '\n') continue;
    const std::string_view sentence = TrimAscii(std::string_view(report).substr(begin, std::min(i + 1, report.size()) - begin));
    if (sentence.size() >= 3) sentences.emplace_back(sentence);
    begin = i + 1;
  }
  return sentences;
}

// The reference's walk, its oddities included: the end of one entity lives on until an "O" clears it, and then an entity that the text's end cuts
// off is not counted.
std::vector<EntitySpan> EntitySpans(const std::vector<std::string>& labels) {
  std::vector<EntitySpan> spans;
  std::optional<size_t> start, end;
  std::string type;
  // The first and the last piece are [CLS] and [SEP].
  for (size_t i = 1; i + 1 < labels.size(); ++i) {
    const std::string &label = labels[i], &next = labels[i + 1];
    if (label == "O") continue;
    const bool goes_on = next.starts_with("I-"), is_over = next.starts_with("O");
    if (label.starts_with("B-")) {
      start = i;
      type = label.substr(2);
      if (goes_on) continue;
      end = i;
      spans.push_back({i, i, type});
    } else if (goes_on) {
      continue;
    } else {
      end = i;
      if (start) spans.push_back({*start, i, type});
      start = i;
      type = label.substr(2);
    }
    if (is_over) start.reset(), end.reset();
  }
  if (start && !end && labels.size() > 2) spans.push_back({*start, labels.size() - 2, type});
  return spans;
}

RateReader::RateReader(const std::filesystem::path& tagger_folder, const std::filesystem::path& embedder_folder)
    : tagger_(Encoder::Load(tagger_folder)), embedder_(Encoder::Load(embedder_folder)), tagger_tokenizer_(EncoderTokenizer::Load(tagger_folder)),
      embedder_tokenizer_(EncoderTokenizer::Load(embedder_folder)) {
  if (!tagger_.has_classifier() || tagger_.config().labels.empty())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: a token classifier with id2label is expected.", tagger_folder.string()));
}

std::vector<RateEntity> RateReader::Read(const std::string& report) const {
  std::vector<RateEntity> entities;
  for (const std::string& sentence : ReportSentences(report)) {
    const std::vector<int64_t> ids = tagger_tokenizer_->Encode(sentence, std::min(kMaxTokens, tagger_.config().max_tokens()));
    const Tensor best = tagger_.ClassifyTokens(tagger_.Forward(ids).back()).argmax(-1);
    std::vector<std::string> labels;
    for (size_t i = 0; i < ids.size(); ++i) labels.push_back(tagger_.config().labels.at(static_cast<size_t>(best[static_cast<int64_t>(i)].item<int64_t>())));
    for (const EntitySpan& span : EntitySpans(labels)) {
      const std::string words = tagger_tokenizer_->Join({ids.begin() + static_cast<std::ptrdiff_t>(span.begin), ids.begin() + static_cast<std::ptrdiff_t>(span.end) + 1});
      const Tensor cls = embedder_.Forward(embedder_tokenizer_->Encode(words, kMaxEntityTokens)).back()[0].contiguous();
      const float* data = cls.const_data_ptr<float>();
      entities.push_back({.type = TypeOf(span.type), .embedding = {data, data + cls.size(0)}});
    }
  }
  return entities;
}

}  // namespace lingshu
