// text_duplicates: of near-duplicate texts without images keeps the first. Sources are read in the order of the recipe,
// so listing the most reliable one first keeps its copy (paper: MinHash-LSH across instruction sets, keeping the most
// reliable source; its parameters are not given, ours are 5-gram words, 128 permutations and a similarity of 0.8).
// Samples with images are left alone: there a short question is rightly asked of many pictures.
#include <cstring>

#include "curate/minhash.h"
#include "curate/shingles.h"
#include "curate/step.h"

namespace lingshu {
namespace {

struct TextDuplicatesConfig {
  double similarity = 0.8;
  int64_t ngram_words = 5;
  template <typename V>
  void Visit(V& v) {
    v("similarity", similarity, "Jaccard similarity from which two texts are one", Between(0.5, 1));
    v("ngram_words", ngram_words, "words in a shingle", Between(1, 32));
  }
};

class TextDuplicates : public Rule {
 public:
  explicit TextDuplicates(const TextDuplicatesConfig& config) : config_(config), texts_(config.similarity) {}

  Features Measure(const Candidate& candidate) const override {
    const Sample& sample = candidate.sample;
    if (!sample.images.empty()) return {};
    std::string text = sample.context + "\n" + sample.question;
    for (const std::string& option : sample.options) text += "\n" + option;  // the answer's letter alone says nothing
    if (sample.options.empty()) text += "\n" + sample.answer;
    const std::vector<uint64_t> shingles = Shingles(WordHashes(text), config_.ngram_words);
    if (shingles.empty()) return {};
    const Signature signature = MinHash(shingles);
    Features features(sizeof(signature) / sizeof(uint64_t));
    std::memcpy(features.data(), signature.data(), sizeof(signature));
    return features;
  }

  std::string Judge(const Candidate&, const Features& features) override {
    if (features.empty()) return "";
    Signature signature;
    std::memcpy(signature.data(), features.data(), sizeof(signature));
    return texts_.FindOrInsert(signature) ? "near-duplicate text" : "";
  }

  Json Describe() const override {
    Json json = ToJson(config_);
    json["permutations"] = kPermutations;
    return json;
  }

 private:
  TextDuplicatesConfig config_;
  SimilarTexts texts_;
};

const Register<Step> kTextDuplicates(
    {.name = "text_duplicates",
     .help = "of near-duplicate texts keeps the first; list the most reliable source first",
     .paper = "Xu et al. 2025, arXiv 2506.07044, text cleaning; Broder 1997 for MinHash",
     .make = [](const std::vector<std::string>& settings, const StepContext&) -> std::unique_ptr<Rule> {
       return std::make_unique<TextDuplicates>(StepSettings<TextDuplicatesConfig>("text_duplicates", settings));
     }});

}  // namespace
}  // namespace lingshu
