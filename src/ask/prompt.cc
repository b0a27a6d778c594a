// Prompts worded as MedEvalKit words them, so that scores can be compared; a leading newline before "Question:" is
// theirs. Reasoning uses the trigger and the closing line of Lingshu (Xu et al. 2025, arXiv 2506.07044, §2.4 of its
// appendix).
#include "ask/prompt.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/rng.h"

namespace lingshu {
namespace {

// The sentence that fixes the form of the answer: directly, and with room for thought before it.
struct Form {
  const char* direct;
  const char* after_thought;
};

Form FormOf(AnswerType type, bool is_chinese) {
  switch (type) {
    case AnswerType::kMultipleChoice:
      return is_chinese
                 ? Form{"请直接使用给定选项中的选项字母来回答该问题。", "请使用给定选项中的选项字母来回答该问题。"}
                 : Form{"Answer with the option's letter from the given choices directly.",
                        "Answer with the option's letter from the given choices."};
    case AnswerType::kYesNo:
      return is_chinese ? Form{"请输出'是'或'否'(不要有任何其它输出)。", "请回答'是'或'否'。"}
                        : Form{"Please output 'yes' or 'no'(no extra output).", "Please answer 'yes' or 'no'."};
    case AnswerType::kClosed:
      return is_chinese ? Form{"请用一个单词或者短语回答该问题。", "请用一个单词或者短语回答该问题。"}
                        : Form{"Answer the question using a single word or phrase.",
                               "Answer the question using a single word or phrase."};
    case AnswerType::kOpen:
      return is_chinese ? Form{"请简要回答该问题。", "请简要回答该问题。"}
                        : Form{"Please answer the question concisely.", "Please answer the question concisely."};
  }
  return {"", ""};
}

// The form of answer that a prompt asks for: meta["prompt_kind"] where the source has told it from the question (data/
// question_form.h), else the sample's answer type. Never the gold answer.
AnswerType PromptKind(const Sample& sample) {
  if (sample.answer_type == AnswerType::kMultipleChoice) return sample.answer_type;
  const auto it = sample.meta.find("prompt_kind");
  const std::vector<std::string> names = EnumNames(static_cast<AnswerType*>(nullptr));
  const auto place = it == sample.meta.end() ? names.end() : std::find(names.begin(), names.end(), it->second);
  return place == names.end() ? sample.answer_type : static_cast<AnswerType>(place - names.begin());
}

std::string Instruction(const Sample& sample, PromptMode mode) {
  const bool is_chinese = sample.language == "zh";
  const Form form = FormOf(PromptKind(sample), is_chinese);
  switch (mode) {
    case PromptMode::kDirect:
      return form.direct;
    case PromptMode::kReasoning:
      return is_chinese ? "请一步一步地解决这个问题。" : "Please solve the problem step-by-step.";
    case PromptMode::kRl:
      return std::string(form.after_thought) +
             (is_chinese ? "\n先在<think></think>中思考，再在<answer></answer>中作答。"
                         : "\nFirst think inside <think> </think>, then answer inside <answer> </answer>.");
  }
  return "";
}

std::string QuestionText(const Sample& sample, PromptMode mode) {
  const bool is_chinese = sample.language == "zh";
  if (sample.answer_type != AnswerType::kMultipleChoice) return sample.question + "\n" + Instruction(sample, mode);
  std::string text = fmt::format("\n{}{}\n{}\n", is_chinese ? "问题： " : "Question: ", sample.question,
                                 is_chinese ? "选项： " : "Options: ");
  for (size_t i = 0; i < sample.options.size(); ++i)
    text += fmt::format("{}.{}{}\n", static_cast<char>('A' + i), is_chinese ? "" : " ", sample.options[i]);
  return text + Instruction(sample, mode);
}

// LLaVA's way: one of several wordings, so that a caption does not hang on one sentence. The id chooses: no state, no
// seed.
const std::string& CaptionInstruction(const std::string& id) {
  static const std::vector<std::string> kInstructions = {
      "Describe this medical image.",          "Please describe the image in detail.",
      "What is shown in this image?",          "Provide a description of the given medical image.",
      "Write a caption for this image.",       "Explain what can be seen in this medical image.",
      "Give a detailed account of the image.", "Summarize the visual content of the image.",
  };
  return kInstructions[Rng(MixSeed({SeedOf("caption_instruction"), SeedOf(id)})).Below(kInstructions.size())];
}

constexpr const char* kReportInstruction =
    "You are a helpful assistant. Please generate a report for the given images, including both findings and "
    "impressions. "
    "Return the report in the following format: Findings: {} Impression: {}.";

// What a sample without a question of its own is asked by its kind.
std::string Body(const Sample& sample, PromptMode mode) {
  switch (sample.kind) {
    case SampleKind::kCaption:
      return sample.question.empty() ? CaptionInstruction(sample.id) : sample.question;
    case SampleKind::kReport:
      return sample.question.empty() ? kReportInstruction : sample.question;
    case SampleKind::kOcr:
      return sample.question.empty() ? "Explain the question in the photograph." : sample.question;
    default:
      return QuestionText(sample, mode);
  }
}

}  // namespace

std::vector<std::string> EnumNames(PromptMode*) { return {"direct", "reasoning", "rl"}; }

std::string PromptText(const Sample& sample, PromptMode mode) {
  const std::string body = Body(sample, mode);
  return sample.context.empty() ? body : fmt::format("Context: {}\n{}", sample.context, body);
}

std::string TargetText(const Sample& sample, PromptMode mode) {
  const bool is_description = sample.kind == SampleKind::kCaption || sample.kind == SampleKind::kReport;
  if (mode == PromptMode::kDirect || is_description) return sample.answer;
  if (mode == PromptMode::kRl)
    return fmt::format("<think>{}</think><answer>{}</answer>", sample.reasoning, sample.answer);
  return fmt::format("{}{}### Final Answer: {}", sample.reasoning, sample.reasoning.empty() ? "" : "\n", sample.answer);
}

Request MakeRequest(const Sample& sample, const std::vector<ImagePtr>& images, PromptMode mode,
                    const Sampling& sampling) {
  CHECK(images.size() == sample.images.size())
      << sample.id << ": " << images.size() << " images were loaded of " << sample.images.size();
  Message message{.role = "user"};
  for (const ImagePtr& image : images) message.content.push_back({.image = image});
  message.content.push_back({.text = PromptText(sample, mode)});
  return {.id = sample.id, .messages = {std::move(message)}, .sampling = sampling};
}

}  // namespace lingshu
