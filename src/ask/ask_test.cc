#include "ask/ask.h"

#include <gtest/gtest.h>

#include "ask/scripted.h"
#include "base/error.h"

namespace lingshu {
namespace {

TEST(AskAll, KeepsTheOrderOfTheRequests) {
  ScriptedAnswerer answerer({{"a", "1"}, {"b", "2"}}, {{"c", "HTTP 500"}});
  const std::vector<Answer> answers = answerer.AskAll({{.id = "b"}, {.id = "c"}, {.id = "a"}});
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[0].text, "2");
  EXPECT_EQ(answers[1].finish_reason, FinishReason::kError);
  EXPECT_EQ(answers[1].error, "HTTP 500");
  EXPECT_EQ(answers[2].text, "1");
}

TEST(AskAll, AnswersEveryRequestOfASharedId) {
  ScriptedAnswerer answerer(ScriptedAnswerer::Script{{"a", "1"}});
  const std::vector<Answer> answers = answerer.AskAll({{.id = "a"}, {.id = "a"}});
  EXPECT_EQ(answers[0].text, "1");
  EXPECT_EQ(answers[1].text, "1");
}

class Silent : public Answerer {
 public:
  std::string Name() const override { return "silent"; }
  void Ask(const std::vector<Request>&, const AnswerSink&) override {}
};

TEST(AskAll, ARequestWithoutAnAnswerIsAnError) {
  Silent answerer;
  const std::vector<Answer> answers = answerer.AskAll({{.id = "a"}});
  EXPECT_EQ(answers[0].id, "a");
  EXPECT_EQ(answers[0].finish_reason, FinishReason::kError);
}

class Stranger : public Answerer {
 public:
  std::string Name() const override { return "stranger"; }
  void Ask(const std::vector<Request>&, const AnswerSink& sink) override { sink({.id = "unasked"}); }
};

TEST(AskAll, AnAnswerToNothingAskedIsOurMistake) {
  Stranger answerer;
  EXPECT_THROW(answerer.AskAll({{.id = "a"}}), Error);
}

TEST(ScriptedAnswerer, RecordsWhatItWasAsked) {
  ScriptedAnswerer answerer(ScriptedAnswerer::Script(), ScriptedAnswerer::Script(), "fine");
  EXPECT_EQ(answerer.AskAll({{.id = "a"}})[0].text, "fine");
  EXPECT_EQ(answerer.asked().at(0).id, "a");
}

}  // namespace
}  // namespace lingshu
