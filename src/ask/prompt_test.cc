// Expected texts are those that MedEvalKit builds for the same rows.
#include "ask/prompt.h"

#include <set>

#include <gtest/gtest.h>

#include "base/error.h"

namespace lingshu {
namespace {

Sample Question(AnswerType type) {
  Sample sample{.id = "s:test:1", .answer_type = type, .question = "Is there an effusion?", .answer = "yes"};
  if (type == AnswerType::kMultipleChoice) {
    sample.question = "Which nerve supplies the deltoid muscle?";
    sample.options = {"Radial nerve", "Axillary nerve"};
    sample.answer = "B";
  }
  return sample;
}

TEST(PromptText, MultipleChoiceListsLetteredOptions) {
  EXPECT_EQ(PromptText(Question(AnswerType::kMultipleChoice), PromptMode::kDirect),
            "\nQuestion: Which nerve supplies the deltoid muscle?\nOptions: \nA. Radial nerve\nB. Axillary nerve\n"
            "Answer with the option's letter from the given choices directly.");
}

TEST(PromptText, FollowsTheAnswerType) {
  EXPECT_EQ(PromptText(Question(AnswerType::kYesNo), PromptMode::kDirect),
            "Is there an effusion?\nPlease output 'yes' or 'no'(no extra output).");
  EXPECT_EQ(PromptText(Question(AnswerType::kClosed), PromptMode::kDirect),
            "Is there an effusion?\nAnswer the question using a single word or phrase.");
  EXPECT_EQ(PromptText(Question(AnswerType::kOpen), PromptMode::kDirect),
            "Is there an effusion?\nPlease answer the question concisely.");
}

TEST(PromptText, NeverDependsOnTheGold) {
  for (const AnswerType type :
       {AnswerType::kMultipleChoice, AnswerType::kYesNo, AnswerType::kClosed, AnswerType::kOpen}) {
    Sample other = Question(type);
    other.answer = "the left lung";
    other.reasoning = "because";
    for (const PromptMode mode : {PromptMode::kDirect, PromptMode::kReasoning, PromptMode::kRl})
      EXPECT_EQ(PromptText(other, mode), PromptText(Question(type), mode));
  }
}

TEST(PromptText, PutsTheContextFirst) {
  Sample sample = Question(AnswerType::kMultipleChoice);
  sample.context = "BACKGROUND: short.";
  EXPECT_TRUE(
      PromptText(sample, PromptMode::kDirect).starts_with("Context: BACKGROUND: short.\n\nQuestion: Which nerve"));
}

TEST(PromptText, AsksChineseSamplesInChinese) {
  Sample sample{.id = "x",
                .answer_type = AnswerType::kMultipleChoice,
                .language = "zh",
                .question = "人体最大的器官是",
                .options = {"肝脏", "肺"}};
  EXPECT_EQ(PromptText(sample, PromptMode::kDirect),
            "\n问题： 人体最大的器官是\n选项： \nA.肝脏\nB.肺\n请直接使用给定选项中的选项字母来回答该问题。");
}

TEST(PromptText, ReasoningEndsWithThePapersTrigger) {
  EXPECT_EQ(PromptText(Question(AnswerType::kOpen), PromptMode::kReasoning),
            "Is there an effusion?\nPlease solve the problem step-by-step.");
}

TEST(PromptText, RlAsksForThoughtAndAnswerTags) {
  EXPECT_EQ(PromptText(Question(AnswerType::kYesNo), PromptMode::kRl),
            "Is there an effusion?\nPlease answer 'yes' or 'no'.\nFirst think inside <think> </think>, then answer "
            "inside <answer> </answer>.");
}

TEST(PromptText, CaptionsVaryByIdAndStayForOne) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const Sample sample{.id = "s:train:" + std::to_string(i), .kind = SampleKind::kCaption, .answer = "A CT."};
    EXPECT_EQ(PromptText(sample, PromptMode::kDirect), PromptText(sample, PromptMode::kDirect));
    seen.insert(PromptText(sample, PromptMode::kDirect));
  }
  EXPECT_EQ(seen.size(), 8u);
}

TEST(PromptText, ReportsAreAskedForInTheirFormat) {
  const Sample sample{.id = "r", .kind = SampleKind::kReport};
  EXPECT_TRUE(PromptText(sample, PromptMode::kDirect).ends_with("Findings: {} Impression: {}."));
}

TEST(TargetText, IsTheAnswerAloneOrClosesTheReasoning) {
  Sample sample = Question(AnswerType::kMultipleChoice);
  sample.reasoning = "The axillary nerve leaves C5.";
  EXPECT_EQ(TargetText(sample, PromptMode::kDirect), "B");
  EXPECT_EQ(TargetText(sample, PromptMode::kReasoning), "The axillary nerve leaves C5.\n### Final Answer: B");
  EXPECT_EQ(TargetText(sample, PromptMode::kRl), "<think>The axillary nerve leaves C5.</think><answer>B</answer>");
}

TEST(MakeRequest, PutsImagesBeforeTheText) {
  Sample sample = Question(AnswerType::kYesNo);
  sample.images = {{"a.png", ""}, {"b.png", ""}};
  const ImagePtr a = std::make_shared<Image>(), b = std::make_shared<Image>();
  const Request request = MakeRequest(sample, {a, b}, PromptMode::kDirect, {.max_new_tokens = 5});
  EXPECT_EQ(request.id, "s:test:1");
  ASSERT_EQ(request.messages.size(), 1u);
  EXPECT_EQ(request.messages[0].role, "user");
  ASSERT_EQ(request.messages[0].content.size(), 3u);
  EXPECT_EQ(request.messages[0].content[1].image, b);
  EXPECT_EQ(request.messages[0].content[2].text, PromptText(sample, PromptMode::kDirect));
  EXPECT_EQ(request.sampling.max_new_tokens, 5);
  EXPECT_THROW(MakeRequest(sample, {a}, PromptMode::kDirect, {}), Error);
}

}  // namespace
}  // namespace lingshu
