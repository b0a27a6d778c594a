// The verifier against an adversary: replies that try to earn a reward without one answer (reliability table, F-93).
#include <gtest/gtest.h>

#include "score/score.h"

namespace lingshu {
namespace {

Sample Mcq() {
  return {.id = "t:1", .answer_type = AnswerType::kMultipleChoice, .question = "Which nerve supplies the deltoid muscle?",
          .options = {"Radial nerve", "Median nerve", "Axillary nerve", "Ulnar nerve"}, .answer = "C"};
}
Sample YesNo(const char* gold) { return {.id = "t:2", .answer_type = AnswerType::kYesNo, .question = "is there a fracture?", .answer = gold}; }
Sample Open() { return {.id = "t:3", .answer_type = AnswerType::kOpen, .question = "what is shown?", .answer = "pleural effusion"}; }

double Accuracy(const Sample& sample, const std::string& answer) {
  return VerifiableReward(sample, "<think>because</think><answer>" + answer + "</answer>").accuracy;
}

TEST(RewardTest, WellFormedAndRightEarnsOneAndAHalf) {
  const Reward reward = VerifiableReward(Mcq(), "<think>The deltoid is supplied by …</think>\n<answer>C</answer>");
  EXPECT_EQ(reward.format, 1);
  EXPECT_EQ(reward.accuracy, 1);
  EXPECT_EQ(reward.total, 1.5);
}

TEST(RewardTest, WellFormedAndWrongEarnsTheFormatOnly) {
  EXPECT_EQ(VerifiableReward(Mcq(), "<think>x</think><answer>A</answer>").total, 0.5);
}

TEST(RewardTest, WeightsAreTheCallers) {
  EXPECT_EQ(VerifiableReward(Mcq(), "<think>x</think><answer>C</answer>", 0.25, 2).total, 2.25);
}

TEST(RewardTest, SpanPointsIntoTheWholeResponse) {
  const std::string response = "<think>x</think><answer> C </answer>";
  const Reward reward = VerifiableReward(Mcq(), response);
  EXPECT_EQ(response.substr(reward.score.span_begin, reward.score.span_end - reward.score.span_begin), "C");
}

TEST(RewardTest, AnyOtherShapeEarnsNothing) {
  for (const char* response : {
           "C", "", "<answer>C</answer>", "<think>x</think>C", "<think>x</think>", "<think>x<answer>C</answer></think>",
           "<think>x</think><answer>A</answer><answer>C</answer>",          // two answers
           "<think>x</think><think>y</think><answer>C</answer>",            // two thoughts
           "<think><answer>C</answer></think><answer>C</answer>",           // hidden answer
           "<think>x</think><answer>C",                                      // cut off
           "<think>x</think><answer>C</answer> C",                           // trailing words
           "So: <think>x</think><answer>C</answer>",                         // leading words
           "<think>x</think> and <answer>C</answer>",                        // words between
           "<think></think><answer>C</answer>",                              // empty thought
           "<think> \n </think><answer>C</answer>",                          // blank thought
           "<think>x</think><answer></answer>", "<think>x</think><answer>  </answer>",
           "<THINK>x</THINK><ANSWER>C</ANSWER>",                             // the tags are these and no others
           "<answer>C</answer><think>x</think>",                             // wrong order
           "<think>x</think><answer>C</answer><think>y</think><answer>C</answer>"}) {
    const Reward reward = VerifiableReward(Mcq(), response);
    EXPECT_EQ(reward.total, 0) << response;
    EXPECT_EQ(reward.score.state, ScoreState::kUnparsed) << response;
  }
}

TEST(RewardTest, EndOfTurnTokenIsNoContent) { EXPECT_EQ(VerifiableReward(Mcq(), "<think>x</think><answer>C</answer><|im_end|>").total, 1.5); }

TEST(RewardTest, OneChoiceInAnyUsualFormIsAccurate) {
  for (const char* answer : {"C", "c", "(C)", "C.", "C. Axillary nerve", "C) axillary nerve", "Axillary nerve", "\\boxed{C}", "**C**", "Option C", "The answer is C.", "Ｃ"})
    EXPECT_EQ(Accuracy(Mcq(), answer), 1) << answer;
}

TEST(RewardTest, HedgesOverOptionsAreNotAccurate) {
  for (const char* answer :
       {"A and B and C", "A, B, C, D", "A/B/C/D", "C or A", "A or C", "either A or C", "both A and C", "A C", "ABCD", "C, maybe A", "\\boxed{A} \\boxed{C}",
        "\\boxed{A} or \\boxed{C}", "Radial nerve or Axillary nerve", "Radial nerve, Median nerve, Axillary nerve, Ulnar nerve", "all of the above",
        "A\nB\nC\nD", "C\nA", "A. Radial nerve\nB. Median nerve\nC. Axillary nerve\nD. Ulnar nerve",
        "A. Radial nerve B. Median nerve C. Axillary nerve D. Ulnar nerve", "C. Radial nerve", "A. Axillary nerve", "not C", "anything but C",
        "Option A or option C", "The answer is A or C"})
    EXPECT_EQ(Accuracy(Mcq(), answer), 0) << answer;
}

TEST(RewardTest, EchoOfTheQuestionIsNotAccurate) {
  EXPECT_EQ(Accuracy(Mcq(), "Which nerve supplies the deltoid muscle?\nA. Radial nerve\nB. Median nerve\nC. Axillary nerve\nD. Ulnar nerve"), 0);
  EXPECT_EQ(Accuracy(Mcq(), "Which nerve supplies the deltoid muscle? Options: A. Radial nerve B. Median nerve C. Axillary nerve D. Ulnar nerve "
                            "Answer with the option's letter from the given choices directly."), 0);
  EXPECT_EQ(Accuracy(YesNo("yes"), "is there a fracture?"), 0);
}

TEST(RewardTest, LookAlikeLettersAreNotLetters) {
  for (const char* answer : {"\xD0\xA1" /* Cyrillic Es */, "\xF0\x9D\x90\x82" /* mathematical bold C */, "\xE2\x93\x92" /* circled c */, "\xC7\xB7", "C\xCC\xA7" /* c with cedilla */})
    EXPECT_EQ(Accuracy(Mcq(), answer), 0) << answer;
}

TEST(RewardTest, BothPolaritiesAreNotAccurate) {
  for (const char* gold : {"yes", "no"})
    for (const char* answer : {"yes and no", "yes or no", "yes/no", "no, yes", "Yes. No.", "no yes", "maybe", "unknown", "not sure", "I do not know", "yesno", "nodule"})
      EXPECT_EQ(Accuracy(YesNo(gold), answer), 0) << gold << " | " << answer;
  EXPECT_EQ(Accuracy(YesNo("yes"), "Yes."), 1);
  EXPECT_EQ(Accuracy(YesNo("no"), "No, there is no fracture."), 1);
  EXPECT_EQ(Accuracy(YesNo("yes"), "No, there is no fracture."), 0);
}

TEST(RewardTest, OpenAnswersMustMatchWhole) {
  EXPECT_EQ(Accuracy(Open(), "Pleural effusion."), 1);
  EXPECT_EQ(Accuracy(Open(), "a pleural effusion"), 1);
  for (const char* answer : {"pneumonia, pleural effusion, fracture", "pleural effusion or pneumonia", "no pleural effusion", "effusion", "pleural effusion pleural effusion",
                             "what is shown?", "pneumonia\npleural effusion"})
    EXPECT_EQ(Accuracy(Open(), answer), 0) << answer;
}

TEST(RewardTest, LongAnswerEarnsNoAccuracy) { EXPECT_EQ(Accuracy(Mcq(), "C" + std::string(600, ' ') + "." + std::string(600, 'x')), 0); }

}  // namespace
}  // namespace lingshu
