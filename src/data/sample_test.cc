#include "data/sample.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace lingshu {
namespace {

Sample FullSample() {
  Sample sample;
  sample.id = "vqa_rad:train:00017";
  sample.source = "vqa_rad";
  sample.split = "train";
  sample.kind = SampleKind::kReasoning;
  sample.answer_type = AnswerType::kMultipleChoice;
  sample.modality = "CT";
  sample.language = "zh";
  sample.images = {{"blob:00", "00"}, {"b.png", ""}};
  sample.context = "before";
  sample.question = "what?";
  sample.options = {"left", "right"};
  sample.answer = "A";
  sample.reasoning = "because";
  sample.group = "synpic1";
  sample.meta = {{"organ", "HEAD"}};
  return sample;
}

TEST(Sample, ComesBackFromJsonAsItWas) {
  const Json json = SampleToJson(FullSample());
  EXPECT_EQ(SampleToJson(SampleFromJson(json, "test")), json);
  EXPECT_EQ(json.size(), 15u);
}

TEST(Sample, LeavesOutEmptyFields) {
  Sample sample;
  sample.id = "x";
  EXPECT_EQ(DumpJson(SampleToJson(sample)), R"({"id":"x","kind":"vqa","answer_type":"open"})");
}

TEST(Sample, NamesTheNearestFieldOfAMisspeltOne) {
  try {
    SampleFromJson(ParseJson(R"({"id":"x","kind":"vqa","answer_type":"open","anwser":"y"})", "t"), "rows:3");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.message(), "rows:3: a sample has no field \"anwser\". Did you mean \"answer\"?");
  }
}

TEST(Sample, RefusesUnknownKindsWrongTypesAndTooManyOptions) {
  const auto read = [](const char* text) { SampleFromJson(ParseJson(text, "t"), "t"); };
  EXPECT_THROW(read(R"({"id":"x","kind":"vqq","answer_type":"open"})"), Error);
  EXPECT_THROW(read(R"({"id":1,"kind":"vqa","answer_type":"open"})"), Error);
  EXPECT_THROW(read(R"({"id":"x","kind":"vqa","answer_type":"open","options":"A"})"), Error);
  EXPECT_THROW(read(R"({"id":"x","kind":"vqa","answer_type":"open","meta":{"a":1}})"), Error);
  EXPECT_THROW(read(R"([1])"), Error);
  Json many = SampleToJson(FullSample());
  many["options"] = std::vector<std::string>(27, "o");
  EXPECT_THROW(SampleFromJson(many, "t"), Error);
}

}  // namespace
}  // namespace lingshu
