// caption_length: drops captions that say too little or too much (paper: below 10 or above 1,024 tokens; the tokenizer
// is not named, and ours is the model's where the caller gives one).
#include <cctype>

#include "curate/step.h"

namespace lingshu {
namespace {

struct CaptionLengthConfig {
  int64_t min_tokens = 10;
  int64_t max_tokens = 1024;
  template <typename V>
  void Visit(V& v) {
    v("min_tokens", min_tokens, "shorter captions are dropped", AtLeast(0));
    v("max_tokens", max_tokens, "longer captions are dropped", AtLeast(1));
  }
};

// Without a tokenizer: runs of letters or digits and single marks, which English medical text has about 0.8 of in each
// token of Qwen2.5's vocabulary.
int64_t CountWordsAndMarks(std::string_view text) {
  int64_t count = 0;
  bool is_in_word = false;
  for (const unsigned char c : text) {
    const bool is_letter = std::isalnum(c) || c >= 0x80;
    if (is_letter ? !is_in_word : std::ispunct(c)) ++count;
    is_in_word = is_letter;
  }
  return count;
}

class CaptionLength : public Rule {
 public:
  CaptionLength(const CaptionLengthConfig& config, const StepContext& context)
      : config_(config), count_tokens_(context.count_tokens) {}

  Features Measure(const Candidate& candidate) const override {
    if (candidate.sample.kind != SampleKind::kCaption) return {};
    const std::string& caption = candidate.sample.answer;
    return {static_cast<uint64_t>(count_tokens_ ? count_tokens_(caption) : CountWordsAndMarks(caption))};
  }

  std::string Judge(const Candidate&, const Features& features) override {
    if (features.empty()) return "";
    const auto tokens = static_cast<int64_t>(features[0]);
    return tokens < config_.min_tokens ? "caption too short" : tokens > config_.max_tokens ? "caption too long" : "";
  }

  Json Describe() const override {
    Json json = ToJson(config_);
    json["counted_by"] = count_tokens_ ? "the model's tokenizer" : "words and marks";
    return json;
  }

 private:
  CaptionLengthConfig config_;
  std::function<int64_t(std::string_view)> count_tokens_;
};

const Register<Step> kCaptionLength({.name = "caption_length",
                                     .help = "drops captions of fewer than min_tokens or more than max_tokens",
                                     .paper = "Xu et al. 2025, arXiv 2506.07044, data cleaning",
                                     .make = [](const std::vector<std::string>& settings,
                                                const StepContext& context) -> std::unique_ptr<Rule> {
                                       return std::make_unique<CaptionLength>(
                                           StepSettings<CaptionLengthConfig>("caption_length", settings), context);
                                     }});

}  // namespace
}  // namespace lingshu
