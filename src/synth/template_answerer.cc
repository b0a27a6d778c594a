// Replies in the form that the stages ask for, from phantom truth where there is one and from meta elsewhere.
#include "synth/template_answerer.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "data/phantom.h"
#include "data/phantom_words.h"
#include "synth/caption.h"
#include "synth/phrases.h"
#include "synth/reasoning.h"
#include "synth/stage.h"

namespace lingshu {
namespace {

using PhantomText = std::string (*)(const PhantomTruth&);

std::string CaptionText(const Sample& seed, PhantomText phantom_text) {
  return seed.group.starts_with("phantom:") ? phantom_text(TruthOfSpec(seed.group)) : CoarseCaption(seed);
}

std::string CaptionReply(const std::string& text) { return text.empty() ? "" : DumpJson({{"caption", text}}); }

std::string Conclusion(const Sample& seed) { return fmt::format("So the answer is {}.", GoldPhrase(seed)); }

// What is looked at for the question's type, once the image has been named.
std::string Observation(const Sample& seed) {
  const std::string type = MetaOf(seed, "question_type");
  if (type == "modality") return fmt::format("Its texture and display are those of {}.", seed.modality);
  if (type == "organ")
    return MetaOf(seed, "organ").empty() ? "" : fmt::format("The shapes are those of the {}.", MetaOf(seed, "organ"));
  if (type == "plane")
    return MetaOf(seed, "plane").empty() ? "" : fmt::format("The view is {}.", MetaOf(seed, "plane"));
  if (!seed.meta.contains("finding")) return "";
  if (MetaOf(seed, "finding").empty()) return "I look for an abnormality and see none.";
  return fmt::format("{} {}", type == "count" ? "I count what is abnormal." : "I look for an abnormality.",
                     FindingSentence(seed));
}

std::string ReasoningReply(const Sample& seed) {
  const std::string reasoning = TemplateReasoning(seed);
  return reasoning.empty() ? "" : DumpJson({{"reasoning", reasoning}, {"answer", seed.answer}});
}

// The template can only judge its own conclusions; a chain that ends otherwise does not agree with the gold.
std::string Verdict(const Sample& seed, const Request& request) {
  const std::string& prompt = request.messages.back().content.back().text;
  return prompt.find(Conclusion(seed)) != std::string::npos ? "Consistent. The conclusion is the gold answer."
                                                            : "Inconsistent. The conclusion is another one.";
}

// A question on the finding, or on the modality where nothing is found; the caption seed's meta has both.
std::string QuestionReply(const Sample& seed) {
  const std::string finding = MetaOf(seed, "finding");
  if (!finding.empty())
    return DumpJson({{"question", "What does the image show?"},
                     {"answer", finding},
                     {"wrong answers", {"no abnormality", "a fracture"}}});
  if (seed.modality.empty()) return "";
  const std::string other = seed.modality == "CT" ? "MRI" : "CT";
  return DumpJson({{"question", "How was this image made?"}, {"answer", seed.modality}, {"wrong answers", {other}}});
}

// A seed that comes with its own explanation solves itself.
std::string Solution(const Sample& seed) {
  return seed.reasoning.empty() ? "" : fmt::format("{}\n### Final Answer: {}", seed.reasoning, seed.answer);
}

std::string Reply(const std::string& stage, const Sample& seed, const Request& request) {
  if (stage == "facts") return CaptionReply(CaptionText(seed, &FactualCaption));
  if (stage == "preference") return CaptionText(seed, &PreferenceCaption);
  if (stage == "summary") return CaptionReply(CaptionText(seed, &SummaryCaption));
  if (stage == "question") return QuestionReply(seed);
  if (stage == "reasoning") return ReasoningReply(seed);
  if (stage == "solve") return Solution(seed);
  if (stage == "validate") return Verdict(seed, request);
  return "";
}

}  // namespace

TemplateAnswerer::TemplateAnswerer(const std::vector<Sample>& seeds) {
  for (const Sample& seed : seeds) CHECK(seeds_.emplace(seed.id, &seed).second) << "two seeds have the id " << seed.id;
}

void TemplateAnswerer::Ask(const std::vector<Request>& requests, const AnswerSink& sink) {
  for (const Request& request : requests) {
    const auto [id, stage] = SplitStageId(request.id);
    const auto seed = seeds_.find(id);
    Answer answer{.id = request.id};
    if (seed != seeds_.end()) answer.text = Reply(stage, *seed->second, request);
    if (answer.text.empty()) {
      answer.finish_reason = FinishReason::kError;
      answer.error =
          seed == seeds_.end() ? "no such seed" : fmt::format("the seed's record says too little for \"{}\"", stage);
    }
    sink(std::move(answer));
  }
}

std::string TemplateReasoning(const Sample& seed) {
  const std::string view = ViewPhrase(seed), observation = Observation(seed);
  if (view.empty() || observation.empty() || seed.answer.empty()) return "";
  return fmt::format("The image is {}. {} {}", view, observation, Conclusion(seed));
}

}  // namespace lingshu
