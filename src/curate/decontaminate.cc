// decontaminate: drops training samples that show a picture of an evaluation set or repeat one of its texts. The paper
// does this "strictly" and gives no details; ours are below, and the report names the sets that were compared.
//
//   pictures  the same bytes, or perceptual hashes near each other and the same fine structure, also mirrored
//   texts     half of an evaluation text's 8-word sequences occur in the sample; the same question with the same answer
//
// Some benchmarks share pictures between their own train and test questions (VQA-RAD: every test image). images=drop
// takes such training samples out; images=same_question only those that repeat the question and the answer as well, and
// shared=[vqa_rad] says that of single training sources.
#include <fmt/format.h>

#include "base/error.h"
#include "base/progress.h"
#include "curate/evaluation_index.h"
#include "curate/step.h"
#include "data/source.h"

namespace lingshu {
namespace {

enum class ImageRule { kDrop, kSameQuestion, kIgnore };
std::vector<std::string> EnumNames(ImageRule*) { return {"drop", "same_question", "ignore"}; }

struct DecontaminateConfig {
  std::vector<std::string> evaluation;
  std::string split = "test";
  ImageRule images = ImageRule::kDrop;
  std::vector<std::string> shared;
  int64_t image_distance = 6;
  int64_t ngram_words = 8;
  double overlap = 0.5;

  template <typename V>
  void Visit(V& v) {
    v("evaluation", evaluation, "sources to hold training against; empty: every one that has the split and is there");
    v("split", split, "their split");
    v("images", images, "drop, same_question or ignore: what a shared picture means");
    v("shared", shared, "training sources for which drop means same_question: their published splits share pictures");
    v("image_distance", image_distance, "bits in which hashes of one picture may differ",
      Between(0, HammingIndex::kMaxDistance));
    v("ngram_words", ngram_words, "words in a sequence", Between(3, 32));
    v("overlap", overlap, "share of an evaluation text's sequences from which a sample repeats it", Between(0.05, 1));
  }
};

// Generated sources (without a folder) keep their splits apart by seed and need no comparison.
std::vector<std::string> EvaluationNames(const DecontaminateConfig& config, const StepContext& context) {
  if (!config.evaluation.empty()) return config.evaluation;
  std::vector<std::string> names;
  for (const Source& source : Registry<Source>::Get().All())
    if (!source.folder.empty() &&
        std::find(source.splits.begin(), source.splits.end(), config.split) != source.splits.end() &&
        IsAvailable(source, context.data_root))
      names.push_back(source.name);
  return names;
}

class Decontaminate : public Rule {
 public:
  Decontaminate(const DecontaminateConfig& config, const StepContext& context)
      : config_(config), index_(static_cast<int>(config.image_distance), config.ngram_words) {
    for (const std::string& name : EvaluationNames(config, context)) {
      try {
        AddSource(name, context.data_root);
        names_.push_back(name);
      } catch (const Error& e) {  // a folder that holds another split of the set is no reason to stop, unless it was asked for
        if (e.code() != ErrorCode::kNotFound || !config.evaluation.empty()) throw;
        Warn("decontaminate: not compared with " + name + ": " + e.message());
      }
    }
    index_.Finish();
  }

  Features Measure(const Candidate& candidate) const override { return {static_cast<uint64_t>(MatchOf(candidate))}; }

  std::string Judge(const Candidate&, const Features& features) override {
    switch (static_cast<Match>(features[0])) {
      case Match::kNone:
        return "";
      case Match::kImage:
        return "picture of an evaluation set";
      case Match::kText:
        return "text of an evaluation set";
      case Match::kQuestion:
        return "question of an evaluation set";
    }
    return "";
  }

  Json Describe() const override {
    Json json = ToJson(config_);
    json["evaluation"] = names_;
    json["evaluation_unreadable"] = num_unreadable_;
    json["evaluation_images"] = index_.num_images();
    json["evaluation_texts"] = index_.num_texts();
    return json;
  }

 private:
  enum class Match : uint64_t { kNone, kImage, kText, kQuestion };

  void AddSource(const std::string& name, const std::filesystem::path& root) {
    std::vector<Sample> samples;
    Registry<Source>::Get()
        .Find(name, "source")
        .read(
            {.root = root, .split = config_.split},
            [&](Sample sample) {
              samples.push_back(std::move(sample));
              return true;
            },
            [&](const std::string& id, const std::string&) {
              Warn("decontaminate: cannot compare with " + id + ", which is unreadable");
            });
    ImageTable images(root);
    int64_t num_unreadable = 0;
    if (config_.images != ImageRule::kIgnore) images.Measure(samples);
    for (const Sample& sample : samples) {
      std::vector<const ImageFacts*> facts;
      if (config_.images != ImageRule::kIgnore)
        for (const ImageRef& ref : sample.images) facts.push_back(images.Find(ref));
      const bool is_readable = std::all_of(facts.begin(), facts.end(), [](const ImageFacts* known) { return known->error.empty(); });
      num_unreadable += !is_readable;
      if (facts.size() == sample.images.size() && is_readable) index_.Add({sample, facts, root});
    }
    if (num_unreadable > 0) Warn(fmt::format("decontaminate: {} samples of {} have images that cannot be read and are not compared", num_unreadable, name));
    num_unreadable_ += num_unreadable;
  }

  Match MatchOf(const Candidate& candidate) const {
    if (!candidate.images.empty()) {
      if (config_.images == ImageRule::kIgnore) return Match::kNone;
      const std::vector<int64_t> pictures = index_.FindPictures(candidate);
      const bool is_shared = std::find(config_.shared.begin(), config_.shared.end(), candidate.sample.source) != config_.shared.end();
      if (config_.images == ImageRule::kDrop && !is_shared) return pictures.empty() ? Match::kNone : Match::kImage;
      return index_.HasQuestion(candidate.sample, pictures) ? Match::kQuestion : Match::kNone;
    }
    if (index_.HasQuestion(candidate.sample, {})) return Match::kQuestion;
    return index_.TextOverlap(candidate.sample) >= config_.overlap ? Match::kText : Match::kNone;
  }

  DecontaminateConfig config_;
  EvaluationIndex index_;
  int64_t num_unreadable_ = 0;
  std::vector<std::string> names_;
};

const Register<Step> kDecontaminate(
    {.name = "decontaminate",
     .help = "drops samples that show pictures or repeat texts of evaluation sets",
     .paper = "Xu et al. 2025, arXiv 2506.07044, data cleaning; 8-gram overlap as Brown et al. 2020",
     .make = [](const std::vector<std::string>& settings, const StepContext& context) -> std::unique_ptr<Rule> {
       return std::make_unique<Decontaminate>(StepSettings<DecontaminateConfig>("decontaminate", settings), context);
     }});

}  // namespace
}  // namespace lingshu
