#include "score/answer_line.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace lingshu {
namespace {

TEST(AnswerLineTest, ReadsWhatTheGeneralReaderReads) {
  const auto row = ReadAnswerLine(R"json({"id": "a\n1", "case_type": "mcq", "benchmark": "MedMCQA", "lang": "en", "question": {"deep": [1, 2]}, "options": ["A. \u00e9", "B. \"x\""],
                                   "gold": "B", "response": "first", "response": "(B)"})json");
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(row->id, "a\n1");
  EXPECT_EQ(row->options, (std::vector<std::string>{"A. é", "B. \"x\""}));
  EXPECT_EQ(row->response, "(B)");  // of equal keys the last, as everywhere
  EXPECT_TRUE(row->has_response);
  EXPECT_FALSE(ReadAnswerLine(R"({"id": "a", "gold": "B", "response": null})")->has_response);
}

TEST(AnswerLineTest, LeavesAllElseToTheGeneralReader) {
  for (const char* line : {R"({"id": "a", "gold": "B"})", R"({"id": 7, "gold": "B", "response": "x"})", R"({"id": "a", "gold": null, "response": "x"})",
                           R"({"id": "a", "gold": "B", "response": 1})", R"({"id": "a", "gold": "B", "response": "x", "options": ["A", 2]})",
                           R"({"id": "a", "gold": "B", "response": "x", "options": "AB"})", R"({"id": "a", "gold": "B", "response": "x", "case_type": "vqa_open"})",
                           R"({"id": "a", "reference": "r", "candidate": "c", "gold": "B", "response": "x"})", R"({"_header": true, "id": "a", "gold": "B", "response": "x"})",
                           R"({"id": "a", "gold": "B", "response": "x")", "[]", "", "\xff", R"({"id": "a", "gold": "B", "response": "x)" "\xff" R"("})"})
    EXPECT_FALSE(ReadAnswerLine(line).has_value()) << line;
}

TEST(AnswerLineTest, WritesAsTheGeneralWriterDoes) {
  const AnswerRow row{.id = "a\"\\\x01\x1f\t\n肺"};
  for (const ScoreState state : {ScoreState::kCorrect, ScoreState::kWrong, ScoreState::kUnparsed})
    for (const bool has_verdict : {true, false}) {
      const Score score{.state = state, .prediction = "B\b\f\r\x7f é", .rule = "mcq:only"};
      const Json expected = {{"id", row.id}, {"state", ScoreStateName(state)}, {"correct", has_verdict ? Json(state == ScoreState::kCorrect) : Json()}, {"prediction", score.prediction},
                             {"rule", score.rule}};
      EXPECT_EQ(VerdictLine(row, score, has_verdict), DumpJson(expected));
    }
  EXPECT_EQ(VerdictLine({.id = "x\xff"}, {}, true), DumpJson({{"id", "x\xff"}, {"state", ScoreStateName(Score{}.state)}, {"correct", false}, {"prediction", ""}, {"rule", ""}}));
}

}  // namespace
}  // namespace lingshu
