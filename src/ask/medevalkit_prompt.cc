#include "ask/medevalkit_prompt.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "data/reading.h"

namespace lingshu {
namespace {

struct Wording {
  const char *direct, *reasoning, *direct_zh, *reasoning_zh;
};
constexpr Wording kChoice = {"Answer with the option's letter from the given choices directly.",
                             "Answer with the option's letter from the given choices and put the letter in one \"\\boxed{}\".",
                             "请直接使用给定选项中的选项字母来回答该问题。", "请直接使用给定选项中的选项字母来回答该问题,并将答案包裹在\"\\boxed{}\"里"};
constexpr Wording kYesNo = {"Please output 'yes' or 'no'(no extra output).", "Please output \"yes\" or \"no\" and put the answer in one \"\\boxed{}\".",
                            "请输出'是'或'否'(不要有任何其它输出)。", "请输出'是'或'否'，并将答案放在一个'\\boxed{}'中。"};
constexpr Wording kClosed = {"Answer the question using a single word or phrase.",
                             "Answer the question using a single word or phrase and put the answer in one \"\\boxed{}\".", "请用一个单词或者短语回答该问题。",
                             "请用一个单词或者短语回答该问题，并将答案放在一个'\\boxed{}'中。"};
constexpr Wording kOpen = {"Please answer the question concisely.", "Please answer the question concisely and put the answer in one \"\\boxed{}\".",
                           "请简要回答该问题。", "请简要回答该问题，并将答案放在一个'\\boxed{}'中。"};
constexpr const char* kReport =
    "You are a helpful assistant. Please generate a report for the given images, including both findings and impressions. "
    "Return the report in the following format: Findings: {} Impression: {}.";
constexpr const char* kIndent = "\n        ";  // the source's own indentation, inside its triple quotes

const char* Sentence(const Wording& wording, const Sample& sample, bool is_reasoning) {
  if (sample.language == "zh") return is_reasoning ? wording.reasoning_zh : wording.direct_zh;
  return is_reasoning ? wording.reasoning : wording.direct;
}

std::string MetaOr(const Sample& sample, const char* key, const std::string& fallback) {
  const auto it = sample.meta.find(key);
  return it == sample.meta.end() ? fallback : it->second;
}

std::string OptionLines(const Sample& sample, MedEvalKitForm::Options form) {
  const std::string published = MetaOr(sample, "options_as_published", "");
  const bool is_shuffled = sample.meta.contains("option_order");
  if (form == MedEvalKitForm::Options::kPublished && !published.empty() && !is_shuffled) return published;
  std::vector<std::string> lines;
  for (size_t i = 0; i < sample.options.size(); ++i) {
    const std::string letter = OptionLetter(static_cast<int64_t>(i));
    lines.push_back((form == MedEvalKitForm::Options::kSpaced  ? letter + ". "
                     : form == MedEvalKitForm::Options::kTight ? letter + "."
                                                               : "") +
                    sample.options[i]);
  }
  return JoinStrings(lines, "\n");
}

const Wording& WordingOf(const Sample& sample, MedEvalKitForm::Kind kind) {
  const std::string gold = MetaOr(sample, "answer_as_published", sample.answer);
  switch (kind) {
    case MedEvalKitForm::Kind::kAnswerType:
      return sample.answer_type == AnswerType::kYesNo ? kYesNo : sample.answer_type == AnswerType::kClosed ? kClosed : kOpen;
    case MedEvalKitForm::Kind::kPublishedType: return MetaOr(sample, "answer_type", "") == "CLOSED" ? kClosed : kOpen;
    case MedEvalKitForm::Kind::kGoldAnyCase: return LowerAscii(gold) == "yes" || LowerAscii(gold) == "no" ? kYesNo : kOpen;
    case MedEvalKitForm::Kind::kGoldLowerCase: return gold == "yes" || gold == "no" ? kYesNo : kOpen;
  }
  return kOpen;
}

std::string MmmuPrompt(const Sample& sample, bool is_reasoning) {
  if (sample.options.empty()) return fmt::format("\n{}\n{}{}", sample.question, kIndent, Sentence(kClosed, sample, is_reasoning));
  std::string options;
  for (size_t i = 0; i < sample.options.size(); ++i) options += fmt::format("({}) {}\n", OptionLetter(static_cast<int64_t>(i)), sample.options[i]);
  return fmt::format("\n{}\n\n{}\n{}{}", sample.question, options, kIndent, Sentence(kChoice, sample, is_reasoning));
}

}  // namespace

std::string MedEvalKitPrompt(const Sample& sample, const MedEvalKitForm& form, bool is_reasoning) {
  if (form.shape == MedEvalKitForm::Shape::kMmmu) return MmmuPrompt(sample, is_reasoning);
  if (sample.kind == SampleKind::kReport)
    return form.shape == MedEvalKitForm::Shape::kMimic ? fmt::format("{}{}{}", kIndent, kReport, kIndent) : kReport;
  if (sample.options.empty()) return fmt::format("{}\n{}", sample.question, Sentence(WordingOf(sample, form.kind), sample, is_reasoning));
  const bool is_chinese = sample.language == "zh";
  const std::string prompt = fmt::format("\n{} {}\n{}\n{}\n{}", is_chinese ? "问题：" : "Question:", sample.question, is_chinese ? "选项： " : "Options: ",
                                         OptionLines(sample, form.options), Sentence(kChoice, sample, is_reasoning));
  return form.has_context && !sample.context.empty() ? fmt::format("Context: {}\n{}", sample.context, prompt) : prompt;
}

}  // namespace lingshu
