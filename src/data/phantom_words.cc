// Sentences from the models' tables. Numbers up to three are words; sizes in mm are left out, for no scale is visible.
#include "data/phantom_words.h"

#include <fmt/format.h>

#include "data/phantom_model.h"

namespace lingshu {
namespace {

std::string Capitalized(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string Article(const std::string& word) {
  const bool has_vowel = !word.empty() && std::string("aeiou").find(word[0]) != std::string::npos;
  return has_vowel ? "an" : "a";
}

// Writes `name` into the {} of a table's wording.
std::string Worded(const std::string& wording, const std::string& name) {
  return wording.empty() || name.empty() ? "" : fmt::format(fmt::runtime(wording), name);
}

std::string Joined(const std::string& first, const std::string& second) {
  return first.empty() || second.empty() ? first + second : first + " " + second;
}

// "a CT scan of the liver in the axial plane"
std::string ImagePhrase(const PhantomTruth& truth) {
  const PhantomModel& model = ModelOf(truth);
  return Joined(fmt::format("{} of {}", model.noun, SceneOf(truth).subject), Worded(model.view, truth.plane));
}

// "There is a large cyst in the right lobe of the liver."
std::string FindingSentence(const PhantomTruth& truth) {
  return fmt::format("There {} {}.", truth.count > 1 ? "are" : "is", Joined(FindingPhrase(truth), PlacePhrase(truth)));
}

std::string LookSentence(const PhantomTruth& truth) {
  return fmt::format("{} {}.", truth.count > 1 ? "Each appears as" : "It appears as", FindingOf(truth)->look);
}

}  // namespace

std::string FindingPhrase(const PhantomTruth& truth) {
  const PhantomFinding* finding = FindingOf(truth);
  if (finding == nullptr) return "";
  if (truth.count > 1) {
    const std::string number = truth.count == 2 ? "two" : truth.count == 3 ? "three" : fmt::format("{}", truth.count);
    return Joined(Joined(number, truth.size_class), finding->plural);
  }
  const std::string name = Joined(truth.size_class, finding->name);
  return finding->has_article ? Article(name) + " " + name : name;
}

std::string PlacePhrase(const PhantomTruth& truth, const std::string& side) {
  return Worded(SceneOf(truth).where, side);
}
std::string PlacePhrase(const PhantomTruth& truth) { return PlacePhrase(truth, truth.side); }

std::string WithArticle(const PhantomTruth& truth, const std::string& finding) {
  for (const PhantomScene& scene : ModelOf(truth).scenes)
    for (const PhantomFinding& known : scene.findings)
      if (known.name == finding && !known.has_article) return finding;
  return Article(finding) + " " + finding;
}

std::string CoarseCaption(const PhantomTruth& truth) {
  // As long as that of a finding: a filter on length must not take the normal pictures out of a modality.
  const std::string finding = truth.finding.empty() ? ", in which no abnormality is seen" : " with " + Joined(FindingPhrase(truth), PlacePhrase(truth));
  return Capitalized(ImagePhrase(truth)) + finding + ".";
}

std::string Knowledge(const PhantomTruth& truth) {
  const PhantomFinding* finding = FindingOf(truth);
  return finding == nullptr ? "" : finding->about;
}

std::string FactualCaption(const PhantomTruth& truth) {
  const std::string image = fmt::format("This is {}.", ImagePhrase(truth));
  if (truth.finding.empty()) return fmt::format("{} {} No abnormality is seen.", image, SceneOf(truth).normal);
  return fmt::format("{} {} {} {}", image, FindingSentence(truth), LookSentence(truth), Knowledge(truth));
}

std::string PreferenceCaption(const PhantomTruth& truth) {
  const std::string technique = Worded(ModelOf(truth).technique, truth.technique);
  const std::string image = Joined(fmt::format("The image is {}.", ImagePhrase(truth)), technique);
  const std::string structures = fmt::format("It shows {}.", SceneOf(truth).structures);
  return fmt::format("{} {} {}", image, structures,
                     truth.finding.empty() ? SceneOf(truth).normal : FindingSentence(truth));
}

std::string SummaryCaption(const PhantomTruth& truth) {
  const std::string image =
      Joined(fmt::format("{} showing {}.", Capitalized(ImagePhrase(truth)), SceneOf(truth).structures),
             Worded(ModelOf(truth).technique, truth.technique));
  if (truth.finding.empty()) return fmt::format("{} {} No abnormality is seen.", image, SceneOf(truth).normal);
  return fmt::format("{} {} {} {}", image, FindingSentence(truth), LookSentence(truth), Knowledge(truth));
}

std::string PhantomReport(const PhantomTruth& truth) {
  const std::string seen = fmt::format("Findings: {} of {}.", Capitalized(ModelOf(truth).noun), SceneOf(truth).subject);
  if (truth.finding.empty()) return fmt::format("{} {} Impression: No abnormality.", seen, SceneOf(truth).normal);
  return fmt::format("{} {} {} Impression: {}.", seen, FindingSentence(truth), LookSentence(truth),
                     Capitalized(Joined(FindingPhrase(truth), PlacePhrase(truth))));
}

}  // namespace lingshu
