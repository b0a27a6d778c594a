// Synthesis with scripted and template teachers.
#include <set>

#include <gtest/gtest.h>

#include "ask/prompt.h"
#include "ask/scripted.h"
#include "base/error.h"
#include "data/fixture.h"
#include "data/source.h"
#include "synth/caption.h"
#include "synth/phrases.h"
#include "synth/ocr.h"
#include "synth/reasoning.h"
#include "synth/template_answerer.h"
#include "synth/text_image.h"
#include "synth/vqa.h"

namespace lingshu {
namespace {

// A liver CT without an image file: phantoms are drawn.
Sample Seed(const std::string& id = "s:train:1") {
  Sample seed{.id = id,
              .source = "s",
              .split = "train",
              .answer_type = AnswerType::kYesNo,
              .modality = "CT",
              .question = "Is there a cyst?",
              .answer = "yes"};
  seed.images = {{"phantom:ct:3", ""}};
  seed.meta = {{"organ", "liver"}, {"finding", "cyst"}, {"size", "large"},
               {"side", "right"},  {"count", "1"},      {"question_type", "presence"}};
  return seed;
}

int64_t Dropped(const SynthResult& result, const std::string& reason) {
  const auto it = result.report.dropped.find(reason);
  return it == result.report.dropped.end() ? 0 : it->second;
}

TEST(Phrases, SayWhatTheRecordSays) {
  Sample seed = Seed();
  EXPECT_EQ(ViewPhrase(seed), "a CT of the liver");
  EXPECT_EQ(FindingSentence(seed), "There is a large cyst in the right part.");
  seed.meta["count"] = "2";
  seed.meta["finding"] = "metastasis";
  EXPECT_EQ(FindingSentence(seed), "There are two large metastases in the right part.");
  seed.meta["finding"] = "";
  EXPECT_EQ(FindingSentence(seed), "No abnormality is seen.");
  seed.meta.erase("finding");
  EXPECT_EQ(FindingSentence(seed), "");
}

TEST(CoarseCaption, LeavesOutWhatCannotBeSeen) {
  Sample seed = Seed();
  seed.meta["age"] = "63";
  seed.meta["sex"] = "F";
  EXPECT_EQ(CoarseCaption(seed), "A CT of the liver. There is a large cyst in the right part.");
}

TEST(DrawBoxes, DrawsOutlinesInsideTheImage) {
  const ImagePtr image = std::make_shared<Image>(Image{.width = 6, .height = 5, .rgb = std::vector<uint8_t>(90, 9)});
  const ImagePtr drawn = DrawBoxes(image, "1,1,3,3;4,-2,99,99");
  EXPECT_EQ(drawn->Pixel(1, 1)[1], 255);
  EXPECT_EQ(drawn->Pixel(2, 2)[1], 9);
  EXPECT_EQ(drawn->Pixel(5, 4)[1], 255);
  EXPECT_EQ(image->Pixel(1, 1)[1], 9);
  EXPECT_EQ(DrawBoxes(image, ""), image);
  for (const char* bad : {"1,2,3", "a,1,2,3", "3,1,1,2", "1,1,2,2;", "1,1,2,99999999999"})
    EXPECT_THROW(DrawBoxes(image, bad), Error) << bad;
}

TEST(Captions, GoThroughTheThreeStagesOfTheTeacher) {
  ScriptedAnswerer teacher(
      ScriptedAnswerer::Script{{"s:train:1#facts", "Sure: ```json\n{\"caption\": \"A cyst in the liver.\"}\n```"},
                               {"s:train:1#preference", "An axial CT."},
                               {"s:train:1#summary", R"({"caption": "An axial CT of the liver with a cyst."})"}});
  const SynthResult result = SynthesizeCaptions({Seed()}, "", teacher);
  ASSERT_EQ(result.samples.size(), 1u);
  EXPECT_EQ(result.samples[0].id, "s:train:1:caption");
  EXPECT_EQ(result.samples[0].kind, SampleKind::kCaption);
  EXPECT_EQ(result.samples[0].answer, "An axial CT of the liver with a cyst.");
  EXPECT_EQ(result.samples[0].question, "");
  ASSERT_EQ(teacher.asked().size(), 3u);
  const std::string summary = teacher.asked()[2].messages[0].content.back().text;
  EXPECT_NE(summary.find("A cyst in the liver."), std::string::npos);
  EXPECT_NE(summary.find("An axial CT."), std::string::npos);
  EXPECT_EQ(result.report.asked, 3);
}

TEST(Captions, AreDroppedForForbiddenWordsRefusalsAndFailures) {
  const auto drop = [](const std::string& facts) {
    ScriptedAnswerer teacher(ScriptedAnswerer::Script{{"s:train:1#facts", facts}}, ScriptedAnswerer::Script(), "text");
    const SynthResult result = SynthesizeCaptions({Seed()}, "", teacher);
    EXPECT_TRUE(result.samples.empty());
    EXPECT_EQ(result.report.dropped.size(), 1u);
    return result.report.dropped.empty() ? "" : result.report.dropped.begin()->first;
  };
  EXPECT_EQ(drop(R"({"caption": "The bounding box shows a cyst."})"), "facts: forbidden words");
  EXPECT_EQ(drop("I'm sorry, I cannot help with that."), "facts: the teacher declined");
  EXPECT_EQ(drop("{\"caption\": 3}"), "facts: no JSON with a caption");
  EXPECT_EQ(drop(""), "facts: no JSON with a caption");
}

TEST(Captions, AreOneForEachImage) {
  std::vector<Sample> seeds = {Seed("s:train:1"), Seed("s:train:2"), Seed("s:train:3")};
  seeds[0].group = seeds[1].group = "image1";
  seeds[2].group = "image2";
  TemplateAnswerer teacher(seeds);
  EXPECT_EQ(SynthesizeCaptions(seeds, "", teacher).samples.size(), 2u);
}

TEST(Synthesis, AnUnreadableImageIsDropped) {
  Sample seed = Seed();
  seed.images[0].path = "missing.png";
  const std::vector<Sample> seeds = {seed};
  TemplateAnswerer teacher(seeds);
  const SynthResult result = SynthesizeReasoning(seeds, "/nowhere", teacher);
  EXPECT_EQ(Dropped(result, "unreadable image"), 1);
  EXPECT_EQ(result.report.made, 0);
}

TEST(Reasoning, KeepsConsistentChainsAndDropsTheOthers) {
  std::vector<Sample> seeds = {Seed("a"), Seed("b"), Seed("c"), Seed("d"), Seed("e")};
  ScriptedAnswerer teacher(
      ScriptedAnswerer::Script{{"a#reasoning", R"({"reasoning": "There is a round dark area.", "answer": "yes"})"},
                               {"a#validate", "Consistent. It agrees."},
                               {"b#reasoning", R"({"reasoning": "Nothing is there.", "answer": "no"})"},
                               {"c#reasoning", R"({"reasoning": "There is a cyst.", "answer": "Yes."})"},
                               {"c#validate", "Inconsistent. No."},
                               {"d#reasoning", R"({"reasoning": "As the gold answer says, yes.", "answer": "yes"})"},
                               {"e#reasoning", R"({"reasoning": "There is a cyst.", "answer": "yes"})"},
                               {"e#validate", "I agree."}});
  const SynthResult result = SynthesizeReasoning(seeds, "", teacher);
  ASSERT_EQ(result.samples.size(), 1u);
  EXPECT_EQ(result.samples[0].id, "a:reasoning");
  EXPECT_EQ(result.samples[0].kind, SampleKind::kReasoning);
  EXPECT_EQ(TargetText(result.samples[0], PromptMode::kReasoning),
            "There is a round dark area.\n### Final Answer: yes");
  EXPECT_EQ(Dropped(result, "reasoning: another answer"), 1);
  EXPECT_EQ(Dropped(result, "validate: inconsistent"), 1);
  EXPECT_EQ(Dropped(result, "reasoning: the gold is cited"), 1);
  EXPECT_EQ(Dropped(result, "validate: no verdict"), 1);
}

TEST(TemplateReasoning, IsShortAndEndsInTheGold) {
  EXPECT_EQ(TemplateReasoning(Seed()),
            "The image is a CT of the liver. I look for an abnormality. There is a large cyst in the right part. So "
            "the answer is yes.");
  Sample choice = Seed();
  choice.answer_type = AnswerType::kMultipleChoice;
  choice.options = {"left", "right"};
  choice.answer = "B";
  choice.meta["question_type"] = "side";
  EXPECT_TRUE(TemplateReasoning(choice).ends_with("So the answer is B, right."));
  Sample bare = Seed();
  bare.meta.clear();
  EXPECT_EQ(TemplateReasoning(bare), "");
}

TEST(TemplateAnswerer, ValidatesOnlyWhatEndsInTheGold) {
  const std::vector<Sample> seeds = {Seed("a")};
  TemplateAnswerer teacher(seeds);
  const auto verdict = [&](const std::string& text) {
    return teacher.AskAll({{.id = "a#validate", .messages = {{"user", {{.text = text}}}}}})[0].text;
  };
  EXPECT_TRUE(verdict("Reasoning: … So the answer is yes.").starts_with("Consistent."));
  EXPECT_TRUE(verdict("Reasoning: … So the answer is no.").starts_with("Inconsistent."));
  EXPECT_EQ(teacher.AskAll({{.id = "b#facts"}})[0].finish_reason, FinishReason::kError);
}

TEST(TemplateAnswerer, AnswersEveryPhantomSeed) {
  std::vector<Sample> seeds;
  Registry<Source>::Get()
      .Find("phantom", "source")
      .read(
          {.split = "train", .limit = 400},
          [&](Sample sample) {
            if (sample.kind == SampleKind::kVqa) seeds.push_back(std::move(sample));
            return true;
          },
          [](const std::string&, const std::string&) {});
  ASSERT_GT(seeds.size(), 200u);
  TemplateAnswerer teacher(seeds);
  const SynthResult reasoning = SynthesizeReasoning(seeds, "", teacher);
  EXPECT_EQ(reasoning.samples.size(), seeds.size()) << DumpJson(ToJson(reasoning.report));
  const SynthResult captions = SynthesizeCaptions(seeds, "", teacher);
  EXPECT_TRUE(captions.report.dropped.empty()) << DumpJson(ToJson(captions.report));
  std::set<std::string> groups;
  for (const Sample& seed : seeds) groups.insert(seed.group);
  EXPECT_EQ(captions.samples.size(), groups.size());
}

TEST(TemplateQuestions, AskWithDistractorsOfTheSameSource) {
  std::vector<Sample> seeds = {Seed("1"), Seed("2"), Seed("3")};
  for (int i = 0; i < 3; ++i) seeds[i].group = std::to_string(i);
  seeds[1].meta["organ"] = "kidney";
  seeds[2].source = "other";
  seeds[2].meta["organ"] = "brain";
  const std::vector<Sample> questions = TemplateQuestions(seeds);
  int organs = 0;
  for (const Sample& question : questions) {
    EXPECT_EQ(question.answer_type, AnswerType::kMultipleChoice);
    if (question.meta.at("question_type") != "organ") continue;
    ++organs;
    EXPECT_EQ(question.options.size(), 2u);
    EXPECT_EQ(GoldPhrase(question).substr(3), question.meta.at("organ"));
    EXPECT_TRUE(std::find(question.options.begin(), question.options.end(), "brain") == question.options.end());
  }
  EXPECT_EQ(organs, 2);  // the lone organ of the other source has no distractor
}

TEST(WrittenQuestion, IsReadOrRefusedWithAReason) {
  const auto reason = [](const std::string& reply) { return std::get<std::string>(ParseWrittenQuestion(reply)); };
  const auto good = std::get<WrittenQuestion>(ParseWrittenQuestion(
      R"(```json {"question": "Which organ?", "answer": "liver", "wrong answers": ["spleen"]} ```)"));
  EXPECT_EQ(good.wrong_answers, (std::vector<std::string>{"spleen"}));
  EXPECT_EQ(reason(kMismatch), "image and description disagree");
  EXPECT_EQ(reason("Error: quota"), "the teacher reports an error");
  EXPECT_EQ(reason("Which organ? The liver."), "no JSON with question and answer");
  EXPECT_EQ(reason(R"({"question": "q", "answer": "a", "wrong answers": []})"), "not one to three wrong answers");
  EXPECT_EQ(reason(R"({"question": "q", "answer": "a", "wrong answers": ["A"]})"), "a wrong answer is the answer");
  EXPECT_EQ(reason(R"({"question": "q", "answer": "a", "wrong answers": ["b", 3]})"), "not one to three wrong answers");
}

TEST(SelfInstruction, MakesChoicesAndDropsMismatches) {
  std::vector<Sample> captions = {Seed("a"), Seed("b")};
  for (Sample& caption : captions) {
    caption.kind = SampleKind::kCaption;
    caption.answer = "A CT of the liver.";
  }
  ScriptedAnswerer teacher(ScriptedAnswerer::Script{
      {"a#question", R"({"question": "Which organ?", "answer": "liver", "wrong answers": ["spleen", "kidney"]})"},
      {"b#question", kMismatch}});
  const SynthResult result = SynthesizeQuestions(captions, {Seed("x")}, "", teacher);
  ASSERT_EQ(result.samples.size(), 1u);
  EXPECT_EQ(result.samples[0].id, "a:written");
  EXPECT_EQ(result.samples[0].options.size(), 3u);
  EXPECT_EQ(GoldPhrase(result.samples[0]).substr(3), "liver");
  EXPECT_EQ(Dropped(result, "question: image and description disagree"), 1);
}

TEST(WrapText, BreaksAtBlanksAndKeepsEveryWord) {
  EXPECT_EQ(WrapText("one two three", 8), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(WrapText("abcdefghij k", 4), (std::vector<std::string>{"abcd", "efgh", "ij k"}));
  EXPECT_EQ(WrapText("a\n\nb", 4), (std::vector<std::string>{"a", "", "b"}));
  EXPECT_EQ(WrapText("exactly8", 8), (std::vector<std::string>{"exactly8"}));
}

TEST(RenderText, DrawsEachCharacterInItsCell) {
  const Image image = RenderText("| |\n_", 10);
  EXPECT_EQ(image.width, 12 * 8);
  EXPECT_EQ(image.height, 4 * 16);
  const auto dark = [&](int column, int line) {
    int count = 0;
    for (int y = 0; y < 16; ++y)
      for (int x = 0; x < 8; ++x) count += image.Pixel(8 * (column + 1) + x, 16 * (line + 1) + y)[0] == 0;
    return count;
  };
  EXPECT_GT(dark(0, 0), 8);
  EXPECT_EQ(dark(1, 0), 0);
  EXPECT_EQ(dark(0, 0), dark(2, 0));
  EXPECT_GT(dark(0, 1), 4);
  EXPECT_EQ(dark(1, 1), 0);
}

TEST(Ocr, KeepsWhatTheTeacherSolvesAndDrawsItsQuestion) {
  const TemporaryFolder folder;
  std::vector<Sample> seeds(4);
  for (size_t i = 0; i < seeds.size(); ++i)
    seeds[i] = {.id = std::string(1, static_cast<char>('a' + i)),
                .kind = SampleKind::kTextQa,
                .answer_type = AnswerType::kMultipleChoice,
                .question = "Which acid does the stomach make?",
                .options = {"acetic", "hydrochloric"},
                .answer = "B"};
  seeds[3].question = "¿Cuál?";
  ScriptedAnswerer teacher(ScriptedAnswerer::Script{{"a#solve", "Parietal cells make it.\n### Final Answer: B"},
                                                    {"b#solve", "Vinegar.\n### Final Answer: A"},
                                                    {"c#solve", "B"}});
  const SynthResult result = SynthesizeOcr(seeds, folder.path(), teacher);
  ASSERT_EQ(result.samples.size(), 1u);
  const Sample& sample = result.samples[0];
  EXPECT_EQ(sample.id, "a:ocr");
  EXPECT_EQ(sample.kind, SampleKind::kOcr);
  EXPECT_EQ(PromptText(sample, PromptMode::kReasoning).find("stomach"), std::string::npos);
  EXPECT_EQ(TargetText(sample, PromptMode::kReasoning), "Parietal cells make it.\n### Final Answer: B");
  EXPECT_EQ(LoadImage(sample.images[0], folder.path())->width, 74 * 8);
  EXPECT_EQ(Dropped(result, "solve: another answer"), 1);
  EXPECT_EQ(Dropped(result, "solve: no final answer"), 1);
  EXPECT_EQ(Dropped(result, "solve: cannot be drawn"), 1);
}

}  // namespace
}  // namespace lingshu
