// Closed and open answers: what still is the gold, and what is not.
#include "score/answer_text.h"

#include <gtest/gtest.h>

#include "score/score.h"

namespace lingshu {
namespace {

struct Row {
  const char* gold;
  const char* response;
  bool is_correct;
};

const Row kClosed[] = {
    {"Left", "left side", true}, {"Left", "The left side", true}, {"Left", "left and right", false},
    {"Left", "right", false}, {"Left", "It is on the left", true}, {"MRI", "MR", true}, {"MRI", "mri scan", true},
    {"MRI", "CT", false}, {"MRI", "T2 weighted MRI", true}, {"X-Ray", "chest x-ray", false},
    {"X-Ray", "X ray", true}, {"X-Ray", "radiograph", true}, {"CT", "computed tomography", true},
    {"CT", "CT scan", true}, {"CT", "This is a CT.", true}, {"CT", "CT image", true}, {"CT", "pet/ct", false},
    {"Transverse Plane", "axial", true}, {"Transverse Plane", "transverse", true},
    {"Transverse Plane", "coronal", false}, {"Abdomen", "abdomen", true}, {"Abdomen", "The abdomen.", true},
    {"Abdomen", "Abdomen and pelvis", false}, {"Chest", "Lung", false}, {"Lung", "Lungs", false},
    {"Lung", "lung", true}, {"Liver, Spleen", "spleen and liver", true}, {"T2", "T2", true},
    {"T2", "T2-weighted", true}, {"T2", "T1", false}, {"横断面", "横断面", true}, {"横断面", "图中是横断面", true},
    {"胸部", "这是胸部。", true}, {"头部", "答案：头部", true}, {"Black", "black.", true}, {"White", "The answer is white", true},
    {"unspecified", "unspecified", true}, {"no selection", "no", false}, {"no selection", "No selection.", true},
    {"right", "\\boxed{right}", true}, {"hypodense", "<answer>Hypodense</answer>", true}};

const Row kOpen[] = {
    {"pleural effusion", "Pleural Effusion", true}, {"pleural effusion", "<answer>pleural effusion</answer>", true},
    {"pleural effusion", "pleural-effusion", true}, {"pleural effusion", "It is pleural effusion", true},
    {"pleural effusion", "no pleural effusion", false}, {"pleural effusion", "**pleural effusion**", true},
    {"pleural effusion", "\"pleural effusion\"", true},
    {"pleural effusion", "The answer is: pleural effusion", true},
    {"pleural effusion", "Final answer: pleural effusion.", true},
    {"pleural effusion", "<think>x</think>\npleural effusion", true}, {"2", "Two.", true}, {"2", "2.0", true},
    {"two", "2", true}, {"3.5 cm", "3.5 cm.", true}, {"3.5 cm", "3,5 cm", false}, {"5%", "5 %", true},
    {"5%", "5", false}, {"-3", "-3", true}, {"-3", "3", false}, {"a", "a", true},
    {"Crohn's disease", "Crohns disease", true}, {"Crohn’s disease", "Crohn's disease", true},
    {"x-ray", "x ray", true}, {"1,200", "1200", true}, {"heart, lungs", "heart lungs", true},
    {"heart and lungs", "lungs, heart", true}, {"heart and lungs", "heart", false}, {"肺", "肺。", true},
    {"肺", "答案是肺", true}, {"肺", "肺部", false}, {"肺和心脏", "心脏和肺", true}, {"ＣＴ", "CT", true}, {"café", "CAFÉ", true},
    {"β-blocker", "Β-blocker", true}, {"gastrointestinal", "Gastrointestinal\n\nExplanation: x", true},
    {"tumor", "tumour", false}};

TEST(AnswerTextTest, ClosedAnswersMayNameTheSameThing) {
  for (const Row& row : kClosed) {
    const Score score = ScoreStrict({.id = "t", .answer_type = AnswerType::kClosed, .answer = row.gold}, row.response);
    EXPECT_EQ(score.state, row.is_correct ? ScoreState::kCorrect : ScoreState::kWrong) << row.gold << " | " << row.response << " | " << score.rule;
  }
}

TEST(AnswerTextTest, OpenAnswersMatchAfterNormalisation) {
  for (const Row& row : kOpen) {
    const Score score = ScoreStrict({.id = "t", .answer_type = AnswerType::kOpen, .answer = row.gold}, row.response);
    EXPECT_EQ(score.state, row.is_correct ? ScoreState::kCorrect : ScoreState::kWrong) << row.gold << " | " << row.response << " | " << score.rule;
  }
}

TEST(AnswerTextTest, EmptyRepliesAreUnparsed) {
  for (const char* response : {"", " ", ".", "...", "\\boxed{}", "<answer></answer>", "answer is", "<think>x</think>"})
    EXPECT_EQ(ScoreStrict({.id = "t", .answer_type = AnswerType::kOpen, .answer = "cyst"}, response).state, ScoreState::kUnparsed) << response;
}

TEST(AnswerTextTest, ContainedAnswersMayStandInASentenceUndenied) {
  EXPECT_NE(MatchContained("exploitation", "it is exploitation of resources"), PhraseMatch::kNo);
  EXPECT_EQ(MatchContained("insulin", "glucagon, not insulin"), PhraseMatch::kNo);
  EXPECT_NE(MatchContained("24", "24.004 mmHg"), PhraseMatch::kNo);
  EXPECT_EQ(MatchContained("24", "not 24 but 30"), PhraseMatch::kNo);
  EXPECT_EQ(MatchContained("0.5", "50%"), PhraseMatch::kNo);
}

TEST(NormalizeTest, EvensOutCaseWidthPunctuationArticlesAndNumbers) {
  EXPECT_EQ(NormalizeAnswer("The  Left-lung."), "left lung");
  EXPECT_EQ(NormalizeAnswer("Two"), "2");
  EXPECT_EQ(NormalizeAnswer("3.50cm"), "3.5 cm");
  EXPECT_EQ(NormalizeAnswer("１，２００"), "1200");
  EXPECT_EQ(NormalizeAnswer("肺。"), "肺");
  EXPECT_EQ(NormalizeAnswer(".5"), "0.5");
  EXPECT_EQ(NormalizeAnswer(""), "");
}

TEST(TokenF1Test, IsTheHarmonicMeanOfPrecisionAndRecall) {
  // Precision 2/2, recall 2/3: 2 · 1 · 2/3 / (5/3) = 0.8.
  EXPECT_DOUBLE_EQ(TokenF1("left lung mass", "left lung"), 0.8);
  EXPECT_DOUBLE_EQ(TokenF1("left lung", "left lung mass"), 0.8);
  EXPECT_EQ(TokenF1("a cyst", "Cyst."), 1);
  EXPECT_EQ(TokenF1("cyst", "mass"), 0);
  EXPECT_EQ(TokenF1("cyst", ""), 0);
}

TEST(TokenF1Test, RepeatedWordsCountAsOftenAsTheGoldHasThem) {
  // One of four said words is the gold's: P 1/4, R 1.
  EXPECT_DOUBLE_EQ(TokenF1("effusion", "effusion effusion effusion effusion"), 0.4);
}

TEST(TokenF1Test, ChineseCharactersAreTokens) { EXPECT_DOUBLE_EQ(TokenF1("左肺", "左侧肺"), 0.8); }

}  // namespace
}  // namespace lingshu
