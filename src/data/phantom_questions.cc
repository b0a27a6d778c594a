// Question templates. Every wording is correct for every model's nouns; a new one is one more line in its list.
#include "data/phantom_questions.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"
#include "data/phantom_model.h"
#include "data/phantom_words.h"

namespace lingshu {
namespace {

// Names that a question could offer: all organs, or all findings with those of the same modality first.
std::vector<std::string> OrganNames() {
  std::vector<std::string> names;
  for (const PhantomModel& model : Registry<PhantomModel>::Get().All())
    for (const PhantomScene& scene : model.scenes) names.push_back(scene.organ);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<std::string> FindingNames(const PhantomModel& model) {
  std::vector<std::string> names;
  for (const PhantomScene& scene : model.scenes)
    for (const PhantomFinding& finding : scene.findings) names.push_back(finding.name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// The plural of the truth's finding or its name, with the verb that agrees.
struct Subject {
  std::string verb, name;  // "are", "nodules"
};
Subject SubjectOf(const PhantomTruth& truth) {
  if (truth.count > 1) return {"are", FindingOf(truth)->plural};
  return {"is", truth.finding};
}

class Writer {
 public:
  Writer(const PhantomTruth& truth, const std::string& split) : truth_(truth), rng_(PhantomRng(truth, "questions")) {
    base_.source = "phantom";
    base_.split = split;
    base_.modality = truth.modality;
    base_.images = {{.path = PhantomSpec(truth), .sha256 = ""}};
    base_.group = base_.images[0].path;
    base_.meta = {{"organ", truth.organ},
                  {"plane", truth.plane},
                  {"technique", truth.technique},
                  {"finding", truth.finding},
                  {"side", truth.side},
                  {"size", truth.size_class},
                  {"count", fmt::format("{}", truth.count)}};
  }

  std::vector<Sample> Write() {
    if (truth_.finding.empty()) WriteNormal();
    else WriteAbnormal();
    return std::move(samples_);
  }

 private:
  void WriteNormal() {
    AskModality();
    AskPresence();
    AskOrgan();
    AskPlane();
    AskAbsentCount();
    Tell();
  }

  // With a finding there is more to ask: count and size take turns, so that no image has more than nine.
  void WriteAbnormal() {
    AskModality();
    AskPresence();
    AskOrgan();
    AskPlane();
    AskFinding();
    AskSide();
    const bool has_count = FindingOf(truth_)->max_count > 1, has_size = !truth_.size_class.empty();
    const bool asks_count = has_count && (!has_size || rng_.Chance(0.5));
    if (asks_count) AskCount();
    else if (has_size) AskSize();
    Tell();
  }

  Sample& Add(const std::string& type, const std::string& key, AnswerType answer_type, std::string question,
              std::string answer) {
    Sample& sample = samples_.emplace_back(base_);
    sample.id = fmt::format("phantom:{}:{}-{}", base_.split, ReplaceAll(base_.group.substr(8), ":", "-"), key);
    sample.answer_type = answer_type;
    sample.question = std::move(question);
    sample.answer = std::move(answer);
    sample.meta["question_type"] = type;
    return sample;
  }

  // Multiple choice among the right answer and up to three of `others`; the gold becomes the letter.
  void AddChoice(const std::string& type, std::string question, const std::string& right,
                 std::vector<std::string> others) {
    std::erase(others, right);
    rng_.Shuffle(others);
    others.resize(std::min<size_t>(others.size(), 3));
    others.push_back(right);
    rng_.Shuffle(others);
    const auto at = std::find(others.begin(), others.end(), right) - others.begin();
    Sample& sample =
        Add(type, type, AnswerType::kMultipleChoice, std::move(question), std::string(1, static_cast<char>('A' + at)));
    sample.options = std::move(others);
  }

  std::string Pick(const std::vector<std::string>& wordings) { return rng_.Pick(wordings); }

  // Without options: recognition, not elimination.
  void AskModality() {
    Add("modality", "modality", AnswerType::kOpen,
        Pick({"Which imaging modality is shown?", "What is the modality of this image?", "How was this image acquired?",
              "What type of medical image is this?"}),
        truth_.modality);
  }

  void AskPresence() {
    const bool is_abnormal = !truth_.finding.empty();
    const std::string name = is_abnormal ? truth_.finding : rng_.Pick(SceneOf(truth_).findings).name;
    const std::string a_name = WithArticle(truth_, name);
    const std::string question =
        Pick({"Is there an abnormality in this image?", "Does this image show an abnormal finding?",
              fmt::format("Is there {} in this image?", a_name), fmt::format("Does this image show {}?", a_name)});
    Add("presence", "presence", AnswerType::kYesNo, question, is_abnormal ? "yes" : "no");
  }

  void AskOrgan() {
    const std::string question =
        Pick({"Which organ or part of the body is shown?", "What part of the body does this image show?",
              "Which anatomy is shown in this image?"});
    if (rng_.Chance(0.5)) AddChoice("organ", question, truth_.organ, OrganNames());
    else Add("organ", "organ", AnswerType::kOpen, question, truth_.organ);
  }

  void AskPlane() {
    const PhantomModel& model = ModelOf(truth_);
    if (truth_.plane.empty() || model.planes.empty()) return;
    const std::string listed = JoinStrings(model.planes, " or ");
    if (model.planes.size() > 2) AddChoice("plane", model.plane_question, truth_.plane, model.planes);
    else
      Add("plane", "plane", AnswerType::kClosed, fmt::format("{} Answer {}.", model.plane_question, listed),
          truth_.plane);
  }

  void AskFinding() {
    const std::string question = Pick({"What abnormality is shown in this image?", "What is the abnormal finding?",
                                       "Which finding does this image show?"});
    std::vector<std::string> others = FindingNames(ModelOf(truth_));
    if (others.size() >= 3) AddChoice("finding", question, truth_.finding, others);
    else Add("finding", "finding", AnswerType::kOpen, question, truth_.finding);
  }

  void AskSide() {
    if (truth_.side.empty()) return;
    const PhantomScene& scene = SceneOf(truth_);
    const Subject subject = SubjectOf(truth_);
    if (scene.sides.size() > 2) {
      AddChoice("side", fmt::format("In which quadrant of the image {} the {}?", subject.verb, subject.name),
                truth_.side, scene.sides);
      return;
    }
    const std::string one = PlacePhrase(truth_, scene.sides[0]), other = PlacePhrase(truth_, scene.sides[1]);
    const std::string question =
        Pick({fmt::format("Where {} the {}: {} or {}?", subject.verb, subject.name, one, other),
              fmt::format("{} the {} {} or {}?", subject.verb == "is" ? "Is" : "Are", subject.name, one, other)});
    Add("side", "side", AnswerType::kClosed, question, truth_.side);
  }

  std::string CountQuestion(const std::string& plural) {
    return Pick({fmt::format("How many {} are visible?", plural),
                 fmt::format("What is the number of {} in this image?", plural),
                 fmt::format("Count the {} in this image.", plural)});
  }

  void AskCount() {
    Add("count", "count", AnswerType::kClosed, CountQuestion(FindingOf(truth_)->plural),
        fmt::format("{}", truth_.count));
  }

  // Zero is an answer too. Asked where a wrong count could be believed, on part of the normal images.
  void AskAbsentCount() {
    const PhantomFinding& finding = rng_.Pick(SceneOf(truth_).findings);
    const bool needs_more = truth_.plane.empty() || rng_.Chance(0.3);
    if (finding.max_count > 1 && needs_more)
      Add("count", "count", AnswerType::kClosed, CountQuestion(finding.plural), "0");
  }

  void AskSize() {
    const Subject subject = SubjectOf(truth_);
    const std::string verb = subject.verb == "is" ? "Is" : "Are";
    Add("size", "size", AnswerType::kClosed,
        Pick({fmt::format("{} the {} small or large?", verb, subject.name),
              fmt::format("How large {} the {}, small or large?", subject.verb, subject.name)}),
        truth_.size_class);
  }

  void Tell() {
    Add("caption", "caption", AnswerType::kOpen,
        Pick({"Describe this image briefly.", "Write a short caption for this image.", "What does this image show?"}),
        CoarseCaption(truth_))
        .kind = SampleKind::kCaption;
    Add("report", "report", AnswerType::kOpen,
        Pick({"Write a report of this image with findings and impression.",
              "Report this image: findings and impression."}),
        PhantomReport(truth_))
        .kind = SampleKind::kReport;
  }

  const PhantomTruth& truth_;
  Rng rng_;
  Sample base_;
  std::vector<Sample> samples_;
};

}  // namespace

std::vector<Sample> PhantomSamples(const PhantomTruth& truth, const std::string& split) {
  return Writer(truth, split).Write();
}

}  // namespace lingshu
