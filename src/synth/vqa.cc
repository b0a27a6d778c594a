// Templates and self-instruction.
#include "synth/vqa.h"

#include <map>
#include <set>

#include <fmt/format.h>

#include "base/error.h"
#include "base/rng.h"
#include "base/strings.h"
#include "data/choice.h"
#include "image/image.h"
#include "synth/phrases.h"
#include "synth/reasoning.h"

namespace lingshu {
namespace {

struct Template {
  const char* label;  // "modality", or a key of meta
  std::vector<std::string> wordings;
};

const std::vector<Template>& Templates() {
  static const std::vector<Template> kTemplates = {
      {"modality",
       {"Which imaging modality was used?", "What kind of medical image is this?", "How was this image made?"}},
      {"organ",
       {"Which organ or region does the image show?", "What part of the body is shown?",
        "Which anatomical structure is imaged here?"}},
      {"finding",
       {"Which abnormality is visible in the image?", "What does the image show?",
        "Please identify the finding shown in the image."}},
  };
  return kTemplates;
}

std::string LabelOf(const Sample& sample, const std::string& label) {
  return label == "modality" ? sample.modality : MetaOf(sample, label);
}

// Every value of a label within a source; for modalities, all that there are.
std::vector<std::string> LabelSpace(const std::vector<Sample>& seeds, const std::string& source,
                                    const std::string& label) {
  if (label == "modality") return kModalities;
  std::set<std::string> values;
  for (const Sample& seed : seeds)
    if (seed.source == source && !LabelOf(seed, label).empty()) values.insert(LabelOf(seed, label));
  return {values.begin(), values.end()};
}

std::string QuestionPrompt(const Draft& draft, const std::vector<const Sample*>& examples) {
  std::string text =
      "Write one question about this medical image that can be answered by looking at it, with its answer and one to "
      "three wrong answers of the "
      "same kind. Do not ask for what the description alone says.\nExamples of questions:\n";
  for (const Sample* example : examples)
    text += fmt::format("- {} (answer: {})\n", example->question, GoldPhrase(*example));
  return text + fmt::format(
                    "\nDescription of the image: {}\n\nReply with JSON {{\"question\": \"…\", \"answer\": \"…\", "
                    "\"wrong answers\": [\"…\"]}} only. If the "
                    "description and the image do not agree, reply exactly: {}",
                    draft.seed->answer, kMismatch);
}

std::string TakeQuestion(Draft& draft, const std::string& reply) {
  const auto parsed = ParseWrittenQuestion(reply);
  if (const std::string* reason = std::get_if<std::string>(&parsed)) return *reason;
  const auto& written = std::get<WrittenQuestion>(parsed);
  draft.texts["question"] = written.question;
  draft.texts["answer"] = written.answer;
  for (size_t i = 0; i < written.wrong_answers.size(); ++i)
    draft.texts[fmt::format("wrong{}", i)] = written.wrong_answers[i];
  return "";
}

Sample WrittenSample(const Draft& draft) {
  Sample sample = *draft.seed;
  sample.id += ":written";
  sample.kind = SampleKind::kVqa;
  sample.question = draft.texts.at("question");
  sample.reasoning = sample.context = "";
  sample.meta["synthesis"] = "self_instruct";
  std::vector<std::string> wrong;
  for (int i = 0; draft.texts.contains(fmt::format("wrong{}", i)); ++i)
    wrong.push_back(draft.texts.at(fmt::format("wrong{}", i)));
  CHECK(MakeChoice(sample, draft.texts.at("answer"), wrong)) << sample.id;
  return sample;
}

}  // namespace

std::vector<Sample> TemplateQuestions(const std::vector<Sample>& seeds) {
  std::vector<Sample> questions;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> spaces;
  std::set<std::string> seen;
  for (const Sample& seed : seeds) {
    if (seed.images.empty() || !seen.insert(seed.group.empty() ? seed.id : seed.group).second) continue;
    for (const Template& one : Templates()) {
      const std::string right = LabelOf(seed, one.label);
      if (right.empty()) continue;
      std::vector<std::string>& space = spaces[{seed.source, one.label}];
      if (space.empty()) space = LabelSpace(seeds, seed.source, one.label);
      Sample sample = seed;
      sample.id += fmt::format(":ask_{}", one.label);
      sample.kind = SampleKind::kVqa;
      sample.context = sample.reasoning = "";
      sample.question = Rng(MixSeed({SeedOf("wording"), SeedOf(sample.id)})).Pick(one.wordings);
      sample.meta["question_type"] = one.label;
      sample.meta["synthesis"] = "template";
      if (MakeChoice(sample, right, space)) questions.push_back(std::move(sample));
    }
  }
  return questions;
}

std::variant<WrittenQuestion, std::string> ParseWrittenQuestion(const std::string& reply) {
  if (TrimAscii(reply).starts_with("Error:"))
    return TrimAscii(reply) == kMismatch ? "image and description disagree" : "the teacher reports an error";
  const Json json = ReplyJson(reply);
  WrittenQuestion written{.question = std::string(TrimAscii(StringOr(json, "question", ""))),
                          .answer = std::string(TrimAscii(StringOr(json, "answer", "")))};
  if (written.question.empty() || written.answer.empty()) return "no JSON with question and answer";
  const auto wrong = json.find("wrong answers");
  if (wrong == json.end() || !wrong->is_array() || wrong->empty() || wrong->size() > 3)
    return "not one to three wrong answers";
  for (const Json& answer : *wrong) {
    if (!answer.is_string() || TrimAscii(answer.get<std::string>()).empty()) return "not one to three wrong answers";
    written.wrong_answers.emplace_back(TrimAscii(answer.get<std::string>()));
    if (LowerAscii(written.wrong_answers.back()) == LowerAscii(written.answer)) return "a wrong answer is the answer";
  }
  return written;
}

SynthResult SynthesizeQuestions(const std::vector<Sample>& captions, const std::vector<Sample>& examples,
                                const std::filesystem::path& image_folder, Answerer& teacher) {
  const auto prompt = [&](const Draft& draft) {
    Rng rng(MixSeed({SeedOf("examples"), SeedOf(draft.seed->id)}));
    std::vector<const Sample*> chosen;
    for (int i = 0; i < 2 && !examples.empty(); ++i) chosen.push_back(&rng.Pick(examples));
    return QuestionPrompt(draft, chosen);
  };
  const auto run = [&](std::vector<Draft>& drafts, SynthReport& report) {
    AskStage({.name = "question", .prompt = prompt, .take = &TakeQuestion}, teacher, drafts, report);
  };
  return Synthesize(captions, image_folder, teacher, {.stages = run, .finish = &WrittenSample});
}

}  // namespace lingshu
