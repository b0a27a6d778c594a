// Yes, no, or neither: by words, never by the substrings that make a "nodule" a no.
#include <gtest/gtest.h>

#include "score/score.h"

namespace lingshu {
namespace {

Score Read(const std::string& response, const char* gold = "yes") { return ScoreStrict({.id = "t", .answer_type = AnswerType::kYesNo, .answer = gold}, response); }

const char* const kMeansYes[] = {
    "yes.", "YES", "Yes, it is", "yeah", "Correct", "Positive", "present", "Present.", "It is present",
    "There is an effusion", "I believe yes", "answer is: yes", "Final answer: yes", "\\boxed{True}",
    "{\"answer\": \"yes\"}", "Yes\n\nThe nodule is not calcified.", "<think>no</think>yes",
    "<think>no</think>\n\nYes.", "是", "是的", "是的，有", "有", "存在", "对", "正确", "能", "答案：是", "答案是：是", "答案是有", "可见骨折",
    "The answer is 是", "图片中包含肝脏。", "answer: 包含",
    "Yes!", "(yes)", "Y", "Yes there is", "A fracture is seen", "This is true."};

const char* const kMeansNo[] = {
    "Incorrect", "Negative", "absent", "not present", "Not seen", "It is not visible", "They are absent",
    "The effusion is absent.", "There is no pleural effusion.", "There are no fractures", "There isn't a fracture",
    "No evidence of fracture", "The image shows no fracture", "I think the answer is no", "Answer: No",
    "**Answer:** No", "\\boxed{\\text{No}}", "No, the eyes are closed", "否", "不是", "没有", "无", "不存在", "不对", "不正确",
    "错误", "不", "不能", "答案是否", "答案:否", "答案为否。", "图中没有积液", "未见骨折", "The answer is 不包含.", "图片中不包含肝脏", "[no]", "`no`", "no<|im_end|>", "N.",
    "The lesion is not seen", "not visible", "Nope", "No fracture", "A fracture is not identified.", "False.",
    "That is false"};

const char* const kMeansNeither[] = {
    "There does not appear to be a fracture", "normal", "abnormal", "nodule", "not sure", "I'm not sure",
    "It is unclear", "unclear", "maybe", "possibly", "It depends", "Yes or no", "yes/no", "Yes and no", "No/Yes",
    "n/a", "none", "Not applicable", "不能确定", "无法判断", "图片是否包含肝脏", "不一定包含肝脏的全部", "不确定", "是否", "0", "1", "I cannot see it", "I can't tell",
    "Sure", "Unlikely", "Indeed", "The answer is not yes", "true/false", "\\boxed{}", "", "..."};

TEST(PolarityTest, ReadsYes) {
  for (const char* response : kMeansYes) {
    EXPECT_EQ(Read(response, "yes").state, ScoreState::kCorrect) << response;
    EXPECT_EQ(Read(response, "no").state, ScoreState::kWrong) << response;
  }
}

TEST(PolarityTest, ReadsNo) {
  for (const char* response : kMeansNo) {
    EXPECT_EQ(Read(response, "No").state, ScoreState::kCorrect) << response;
    EXPECT_EQ(Read(response, "Yes").state, ScoreState::kWrong) << response;
  }
}

TEST(PolarityTest, RefusalsAndHedgesAreUnparsedForEitherGold) {
  for (const char* response : kMeansNeither)
    for (const char* gold : {"yes", "no"}) EXPECT_EQ(Read(response, gold).state, ScoreState::kUnparsed) << response;
}

TEST(PolarityTest, GoldOfAClosedQuestionMayBeChinese) {
  const auto read = [](const char* gold, const char* response) { return ScoreStrict({.id = "t", .answer_type = AnswerType::kClosed, .language = "zh", .answer = gold}, response).state; };
  EXPECT_EQ(read("不是", "否"), ScoreState::kCorrect);
  EXPECT_EQ(read("包含", "是的"), ScoreState::kCorrect);
  EXPECT_EQ(read("没有", "有"), ScoreState::kWrong);
}

TEST(PolarityTest, GoldThatIsNoPolarityIsTheDatasFault) { EXPECT_EQ(Read("yes", "left").state, ScoreState::kJudgeError); }

}  // namespace
}  // namespace lingshu
