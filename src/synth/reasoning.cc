// Distillation of chains and their validation.
#include "synth/reasoning.h"

#include <array>

#include <fmt/format.h>

#include "base/strings.h"
#include "score/score.h"
#include "synth/phrases.h"

namespace lingshu {
namespace {

std::string OptionLines(const Sample& sample) {
  std::string text;
  for (size_t i = 0; i < sample.options.size(); ++i)
    text += fmt::format("{}. {}\n", static_cast<char>('A' + i), sample.options[i]);
  return text;
}

std::string ReasoningPrompt(const Draft& draft) {
  const Sample& seed = *draft.seed;
  const bool has_options = !seed.options.empty();
  return fmt::format(
      "Show the reasoning of an expert who answers this medical question{}.\n{}Question: {}\n{}Gold answer: {}\n\n"
      "Reason step by step from what the {} to the answer, as if the gold answer were not known: never mention that it "
      "was given. {}"
      "End with the conclusion, which must agree with the gold answer. Reply with JSON {{\"reasoning\": \"…\", "
      "\"answer\": \"…\"}} only{}.",
      draft.images.empty() ? "" : " from the image", seed.context.empty() ? "" : "Context: " + seed.context + "\n",
      seed.question, has_options ? "Options:\n" + OptionLines(seed) : "", GoldPhrase(seed),
      draft.images.empty() ? "question says" : "image shows", has_options ? "Weigh every option. " : "",
      has_options ? "; \"answer\" is the letter" : "");
}

std::string ValidatePrompt(const Draft& draft) {
  return fmt::format(
      "Does the conclusion of this reasoning agree with the gold answer?\nQuestion: {}\n{}Gold answer: "
      "{}\n\nReasoning: {}\n\n"
      "Begin with \"Consistent.\" or \"Inconsistent.\", then say why in one sentence.",
      draft.seed->question, OptionLines(*draft.seed), GoldPhrase(*draft.seed), draft.texts.at("reasoning"));
}

// The teacher must not say where its knowledge comes from.
bool CitesTheGold(const std::string& reasoning) {
  constexpr std::array<std::string_view, 5> kPhrases = {"gold answer", "given answer", "provided answer",
                                                        "correct answer is given", "ground truth"};
  return std::any_of(kPhrases.begin(), kPhrases.end(),
                     [&](std::string_view phrase) { return ContainsNoCase(reasoning, phrase); });
}

std::string TakeReasoning(Draft& draft, const std::string& reply) {
  const Json json = ReplyJson(reply);
  const std::string reasoning(TrimAscii(StringOr(json, "reasoning", ""))), answer = StringOr(json, "answer", "");
  if (reasoning.empty()) return "no JSON with a reasoning";
  if (CitesTheGold(reasoning)) return "the gold is cited";
  // Open answers may be worded in many ways and are left to the validator.
  if (draft.seed->answer_type != AnswerType::kOpen && ScoreStrict(*draft.seed, answer).state != ScoreState::kCorrect)
    return "another answer";
  draft.texts["reasoning"] = reasoning;
  return "";
}

std::string TakeVerdict(Draft&, const std::string& reply) {
  const std::string_view text = TrimAscii(reply);
  if (text.starts_with("Consistent.")) return "";
  return text.starts_with("Inconsistent.") ? "inconsistent" : "no verdict";
}

Sample ReasoningSample(const Draft& draft) {
  Sample sample = *draft.seed;
  sample.id += ":reasoning";
  sample.kind = SampleKind::kReasoning;
  sample.reasoning = draft.texts.at("reasoning");
  sample.meta["synthesis"] = "reasoning";
  return sample;
}

}  // namespace

std::string GoldPhrase(const Sample& sample) {
  if (sample.answer_type != AnswerType::kMultipleChoice || sample.answer.size() != 1) return sample.answer;
  const auto index = static_cast<size_t>(sample.answer[0] - 'A');
  return index < sample.options.size() ? sample.answer + ", " + sample.options[index] : sample.answer;
}

SynthResult SynthesizeReasoning(const std::vector<Sample>& seeds, const std::filesystem::path& image_folder,
                                Answerer& teacher) {
  const auto run = [&](std::vector<Draft>& drafts, SynthReport& report) {
    AskStage({.name = "reasoning", .prompt = &ReasoningPrompt, .take = &TakeReasoning}, teacher, drafts, report);
    AskStage({.name = "validate", .max_new_tokens = 64, .prompt = &ValidatePrompt, .take = &TakeVerdict}, teacher,
             drafts, report);
  };
  return Synthesize(seeds, image_folder, teacher, {.stages = run, .finish = &ReasoningSample});
}

}  // namespace lingshu
