// Replies as models write them, and what they mean: a letter, or nothing. Tables, because each row is one fact.
#include <gtest/gtest.h>

#include "score/score.h"

namespace lingshu {
namespace {

Score Read(const std::string& response, const std::string& gold = "C") {
  return ScoreStrict({.id = "t", .answer_type = AnswerType::kMultipleChoice, .options = {"Radial nerve", "Median nerve", "Axillary nerve", "Ulnar nerve"}, .answer = gold},
                     response);
}

const char* const kMeansC[] = {
    "axillary nerve", "Axillary Nerve!", "the axillary nerve", "C because Radial nerve does not fit",
    "C because it innervates the deltoid", "c because it fits", "C since it fits.",
    "C, because Radial nerve is wrong", "I think it's C", "I think it's C, not A.", "I think the answer is C",
    "Probably C", "Probably C.", "$C$", "$\\boxed{C}$", "'C'", "\"C\"", "-> C", "→ C", "- C", "Answer=C", "Ans: C",
    "Ans. C", "ANSWER: C", "answer : c", "Answer - C", "Answer:\nC", "Answer:\n\nC", "The answer is\nC",
    "<answer>\nC\n</answer>", "\\boxed{C. Axillary nerve}", "\\boxed{\\textbf{C}}", "\\boxed{\\text{(C)}}",
    "\\boxed{\\text{Axillary nerve}}", "$\\boxed{\\mathrm{C}}$", "\\boxed{C} because it fits", "\\fbox{C}",
    "C is the correct answer.", "C is the best answer because A is wrong.", "The correct choice is (C).",
    "I would choose C.", "I choose option C", "I'd go with C.", "I select C", "My choice: C", "Selected option: C",
    "Option: C", "option (C)", "(C) Axillary nerve", "[C] Axillary nerve", "C: Axillary nerve", "C - Axillary nerve",
    "C – Axillary nerve", "C Axillary nerve", "C) ", "C:", "C;", "C?", "C</s>", "C<|endoftext|>", "C<eos>", "<s>C",
    "# C", "**C.**", "**C)** Axillary nerve", "**C**. Axillary nerve", "*C*", "__C__", "`C`", "```\nC\n```",
    "{\"answer\":\"C\",\"reason\":\"A is wrong\"}", "{'answer': 'C'}", "{\"choice\": \"C\"}",
    "{\"reason\": \"The deltoid\", \"answer\": \"C\"}", "C\nC\nC", "The deltoid is supplied by the axillary nerve.",
    "It is the axillary nerve", "It's the axillary nerve, not the radial nerve.",
    "Not the radial nerve but the axillary nerve", "The radial nerve is not the answer; the axillary nerve is.",
    "Neither the radial nerve nor the median nerve; the axillary nerve.",
    "A is incorrect. B is incorrect. D is incorrect. C is correct.", "A: wrong. B: wrong. C: correct. D: wrong.",
    "Eliminating A, B and D leaves C.", "The answer is not A. The answer is C.",
    "The answer is A... wait, no, the answer is C.",
    "Let me think. Option A is the radial nerve. Option B is the median nerve. So the answer is C.",
    "Option A is the radial nerve. Option C is the axillary nerve. I choose C.",
    "Step 1: ... Step 2: ...\nTherefore, C.", "Therefore, the answer is C", "Hence C.", "Thus, option C is correct",
    "So C", "Final: C", "### Final Answer: C", "**Final Answer**\nC. Axillary nerve",
    "**Final Answer:**\n\n**C. Axillary nerve**", "Final answer\n\n\\boxed{C}", "The answer is **option C**.",
    "The answer is \"C\".", "The answer is 'C. Axillary nerve'.", "The answer is: (C) Axillary nerve.",
    "The answer is: C\n\nExplanation: A is wrong", "The most likely answer is C.",
    "The most appropriate answer is C", "The answer to this question is C.", "The correct option is C",
    "The correct answer would be C", "The correct answer should be: C", "Correct answer: C", "Correct Answer is C)",
    "The right answer is C", "Solution: C", "Response: C", "Result: C", "Choice: C", "Choose C",
    "Answer is option (C)", "ans C", "答案：Ｃ", "答案选C", "答案应为C", "故选C。", "因此选择C选项", "选项C", "C选项", "C项正确", "C是正确的",
    "C正确", "正确选项是C", "正确答案：C. Axillary nerve", "正确答案是（C）", "不选A，选C", "不是A，是C", "A错误，C正确", "排除A、B、D，选C", "【答案】C",
    "【答案】 C", "答案是：C", "答案为C。", "答案C", "本题选C", "我认为是C", "应该是C", "是C", "C。因为", "C，因为其他不对", "答案是C，不是A", "最可能的答案是C",
    "<think>A?</think>C", "<think>\\boxed{A}</think>\\boxed{C}", "</think>C", "<think></think>\n\nC",
    "think: A. Answer: C", "3. Axillary nerve", "Axillary nerve (C)", "Axillary nerve - C",
    "Axillary nerve, option C", "the axillary nerve (option C)",
    "The answer is C: Axillary nerve. This nerve supplies deltoid and teres minor. The radial nerve supplies the triceps.",
    "C\n\nA: radial nerve - triceps\nB: median nerve - forearm\nD: ulnar nerve - hand",
    "Let's analyze:\nA. Radial nerve - supplies triceps.\nB. Median nerve - forearm.\nC. Axillary nerve - deltoid.\nD. Ulnar nerve - hand.\n\nThe answer is C.",
    "Let's analyze:\nA. Radial nerve - supplies triceps.\nB. Median nerve - forearm.\nC. Axillary nerve - deltoid.\nD. Ulnar nerve - hand.\n\nC",
    "C (Axillary nerve)", "C [Axillary nerve]", "C\tAxillary nerve", "C.  Axillary  nerve", "C.axillary nerve",
    "C..", "C,", " \n C \n ", "c.", "(c)", "Sure! C", "Sure, the answer is C.",
    "Certainly! The correct answer is:\n\nC. Axillary nerve",
    "The correct answer is:\n\n**C. Axillary nerve**\n\nExplanation...", "The letter is C", "letter C",
    "C is likely, but A is possible.", "C!",
    "A) Radial nerve: no\nB) Median nerve: no\nC) Axillary nerve: yes\nD) Ulnar nerve: no"};

const char* const kMeansA[] = {
    "A", "a", "A.", "a)", "The answer is A", "The answer is A.", "The answer is a",
    "The answer is A because it fits", "The answer is A, radial nerve"};

// Refusals, hedges, echoes, letters that contradict their text, and words that only look like letters.
const char* const kMeansNothing[] = {
    "C. Radial nerve", "C - Radial nerve", "A or C", "C or A", "A, C", "<answer>A</answer><answer>C</answer>",
    "\\boxed{None}", "None", "none of the above", "N/A", "Unable to determine.", "I'm sorry, I cannot help",
    "As an AI model, I can't answer.", "It could be A or C.", "A. Radial nerve, B. Median nerve", "Both A and C",
    "A and C are correct", "None of A, B, C or D", "CCCC", "A is wrong, B is wrong, D is wrong.", "Answer: C or D",
    "Answer: C/D", "Answer: C, D", "Answer: C and D", "Answer: not C", "The answer cannot be determined",
    "The answer is unknown.", "The answer is a matter of debate", "The answer is a nerve.", "A nerve supplies it.",
    "I do not know", "I don't know.", "A patient presents with pain", "A和C", "A或C", "A、C", "都正确", "以上都对", "不知道",
    "<think>the answer is A", "All of the above", "A, B, C, D", "E", "Z", "Option E", "3",
    "axillary nerve or radial nerve", "Axillary nerve / Radial nerve", "Axillary nerve; radial nerve",
    "A) Radial nerve: no\nB) Median nerve: yes\nC) Axillary nerve: no\nD) Ulnar nerve: yes",
    "The image shows vitamin C deficiency", "hepatitis C", "I", "I think so", "D-dimer", "C-section",
    "C is not correct", "C is incorrect", "Definitely not A", "anything but A"};

TEST(ChoiceTest, ReadsTheChoiceThatIsMeant) {
  for (const char* response : kMeansC) {
    EXPECT_EQ(Read(response).prediction, "C") << response;
    EXPECT_EQ(Read(response).state, ScoreState::kCorrect) << response;
    EXPECT_EQ(Read(response, "B").state, ScoreState::kWrong) << response;
  }
  for (const char* response : kMeansA) EXPECT_EQ(Read(response).prediction, "A") << response;
}

TEST(ChoiceTest, NeverGuesses) {
  for (const char* response : kMeansNothing)
    for (const char* gold : {"A", "B", "C", "D"}) {
      EXPECT_EQ(Read(response, gold).state, ScoreState::kUnparsed) << response << " | " << Read(response).rule << " " << Read(response).prediction;
      EXPECT_EQ(Read(response, gold).value, 0) << response;
    }
}

TEST(ChoiceTest, SpanIsWhatTheRuleRead) {
  for (const auto& [response, span] : {std::pair<std::string, std::string>{"So the answer is C.", "C"}, {"答案：Ｃ。", "Ｃ"}, {"<think>é</think>\n**C**", "C"},
                                       {"The nerve is the axillary nerve.", "the axillary nerve"}, {"\\boxed{\\text{C}}", "C"}}) {
    const Score score = Read(response);
    EXPECT_EQ(response.substr(score.span_begin, score.span_end - score.span_begin), span) << response;
  }
}

TEST(ChoiceTest, RuleSaysHowItWasRead) {
  EXPECT_EQ(Read("C").rule, "mcq:only");
  EXPECT_EQ(Read("\\boxed{C}").rule, "mcq:boxed");
  EXPECT_EQ(Read("<answer>C</answer>").rule, "mcq:answer_tag");
  EXPECT_EQ(Read("We find that the answer is C").rule, "mcq:declared");
  EXPECT_EQ(Read("It fits.\nC").rule, "mcq:line");
  EXPECT_EQ(Read("The findings indicate the axillary nerve").rule, "mcq:option_text");
  EXPECT_EQ(Read("A and C").rule, "mcq:several");
  EXPECT_EQ(Read("C. Radial nerve").rule, "mcq:conflict");
  EXPECT_EQ(Read("I do not know").rule, "mcq:none");
}

TEST(ChoiceTest, GoldWithSeveralLettersWantsAllOfThem) {
  for (const char* response : {"ABD", "A, B, D", "A、B、D", "A, B and D", "DBA", "The answer is ABD", "答案：ABD", "A and B and D"}) EXPECT_EQ(Read(response, "ABD").state, ScoreState::kCorrect) << response;
  for (const char* response : {"A", "AB", "ABCD", "A and B", "C"}) EXPECT_EQ(Read(response, "ABD").state, ScoreState::kWrong) << response;
}

TEST(ChoiceTest, ArticleIsNotTheLetterA) {
  const Sample sample{.id = "t", .answer_type = AnswerType::kMultipleChoice, .options = {"A hyperechoic mass", "A cystic lesion", "A calcification"}, .answer = "C"};
  EXPECT_EQ(ScoreStrict(sample, "A calcification").prediction, "C");
  EXPECT_EQ(ScoreStrict(sample, "a cystic lesion").prediction, "B");
  EXPECT_EQ(ScoreStrict(sample, "The arrow shows a calcification.").prediction, "C");
  EXPECT_EQ(ScoreStrict(sample, "A: A hyperechoic mass").prediction, "A");
  EXPECT_EQ(ScoreStrict(sample, "A mass").state, ScoreState::kUnparsed);
}

TEST(ChoiceTest, LongerOptionHidesTheOneInsideIt) {
  const Sample sample{.id = "t", .answer_type = AnswerType::kMultipleChoice, .options = {"effusion", "pleural effusion", "large pleural effusion"}, .answer = "B"};
  EXPECT_EQ(ScoreStrict(sample, "I see a large pleural effusion here").prediction, "C");
  EXPECT_EQ(ScoreStrict(sample, "a pleural effusion").prediction, "B");
}

TEST(ChoiceTest, OptionsOfTheSameTextAreToldApartByLetterOnly) {
  const Sample sample{.id = "t", .answer_type = AnswerType::kMultipleChoice, .options = {"liver", "liver", "spleen"}, .answer = "B"};
  EXPECT_EQ(ScoreStrict(sample, "liver").state, ScoreState::kUnparsed);
  EXPECT_EQ(ScoreStrict(sample, "B. liver").state, ScoreState::kCorrect);
}

TEST(ChoiceTest, YesNoMaybeOptionsAreNotFoundInsidePhrases) {
  const Sample sample{.id = "t", .answer_type = AnswerType::kMultipleChoice, .options = {"yes", "no", "maybe"}, .answer = "A"};
  EXPECT_EQ(ScoreStrict(sample, "Yes.").prediction, "A");
  EXPECT_EQ(ScoreStrict(sample, "The answer is no").prediction, "B");
  EXPECT_EQ(ScoreStrict(sample, "There is no evidence in the abstract").state, ScoreState::kUnparsed);
}

TEST(ChoiceTest, GoldOutsideTheOptionsIsTheDatasFault) {
  EXPECT_EQ(Read("C", "").state, ScoreState::kJudgeError);
  EXPECT_EQ(Read("C", "E").state, ScoreState::kJudgeError);
  EXPECT_EQ(Read("C", "Axillary nerve").state, ScoreState::kCorrect);
}

TEST(ChoiceTest, HostileRepliesEndInAVerdict) {
  const std::string braces(20000, '{'), boxes = [] { std::string s; for (int i = 0; i < 5000; ++i) s += "\\boxed{"; return s; }();
  for (const std::string& response : {braces, boxes, std::string("\xFF\xFE\x80 C\xC3"), std::string("C\0D", 3), std::string(100000, 'C'), std::string("<answer>"), std::string("\\")})
    EXPECT_NO_THROW(Read(response)) << response.size();
}

}  // namespace
}  // namespace lingshu
