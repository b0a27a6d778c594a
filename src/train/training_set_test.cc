// Facts of sets and mixes.
#include "train/training_set.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "train/fixtures.h"

namespace lingshu {
namespace {

std::vector<Sample> Samples(int64_t count) {
  std::vector<Sample> samples(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    samples[i].kind = i % 2 == 0 ? SampleKind::kVqa : SampleKind::kCaption;
    samples[i].source = i % 4 < 2 ? "a" : "b";
  }
  return samples;
}

TEST(TrainingSet, GroupsByImageAndCountsTheCommonBeginning) {
  const TrainingSet set = MakeTrainingSet(TinyExamples(2, 2), 64);  // per image: two questions, then one text
  ASSERT_EQ(set.size(), 6);
  EXPECT_EQ(set.items[0].group, set.items[1].group);
  EXPECT_NE(set.items[0].group, set.items[2].group);
  EXPECT_NE(set.items[0].group, set.items[3].group);
  EXPECT_GE(set.items[0].shared_tokens, 15);  // 9 of the head, 4 of the image, 2 around it
  EXPECT_EQ(set.items[2].shared_tokens, 0);
  EXPECT_EQ(set.load(4)->sample_id, set.sample_ids[4]);
}

TEST(TrainingSet, HashSeesTokensAndImages) {
  std::vector<Example> examples = TinyExamples(2, 2);
  const std::string hash = MakeTrainingSet(examples, 64).sha256;
  EXPECT_EQ(MakeTrainingSet(examples, 64).sha256, hash);
  examples[1].target_ids[0] ^= 1;
  EXPECT_NE(MakeTrainingSet(examples, 64).sha256, hash);
}

TEST(TrainingSet, RefusesAnExampleWithoutAnAnswer) {
  std::vector<Example> examples = TinyExamples(1, 1);
  examples[0].target_ids.clear();
  EXPECT_THROW(MakeTrainingSet(examples, 64), Error);
}

TEST(MixSamples, TakesKindsAndSourcesByWeight) {
  const auto samples = Samples(400);
  const auto mix = MixSamples(samples, {{.kinds = {SampleKind::kVqa}, .sources = {"b"}, .mode = PromptMode::kRl, .weight = 2}}, 1);
  ASSERT_EQ(mix.size(), 200u);
  for (const MixChoice& choice : mix) {
    EXPECT_EQ(choice.sample % 4, 2);
    EXPECT_EQ(choice.mode, PromptMode::kRl);
  }
}

TEST(MixSamples, TakesAnswerTypesOriginsAndLengths) {
  std::vector<Sample> samples(4);
  samples[1].answer_type = AnswerType::kYesNo;
  samples[2].meta["synthesis"] = "caption";
  samples[3].question = "one two  three\nfour";
  samples[3].answer = "five";
  const auto taken = [&](const DataPart& part) {
    std::vector<int64_t> numbers;
    for (const MixChoice& choice : MixSamples(samples, {part}, 1)) numbers.push_back(choice.sample);
    return numbers;
  };
  EXPECT_EQ(taken({.answer_types = {AnswerType::kYesNo}}), (std::vector<int64_t>{1}));
  EXPECT_EQ(taken({.origin = Origin::kSynthesis}), (std::vector<int64_t>{2}));
  EXPECT_EQ(taken({.origin = Origin::kSource}), (std::vector<int64_t>{0, 1, 3}));
  EXPECT_EQ(taken({.max_words = 4}), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(taken({.max_words = 5}).size(), 4u);
}

TEST(MixSamples, DrawsFractionsAndLimitsBySeed) {
  const auto samples = Samples(400);
  const auto half = MixSamples(samples, {{.weight = 0.5}}, 1);
  EXPECT_NEAR(static_cast<double>(half.size()), 200, 50);  // five deviations of a binomial of 400 and one half
  EXPECT_EQ(MixSamples(samples, {{.weight = 0.5}}, 1).size(), half.size());
  EXPECT_EQ(MixSamples(samples, {{.limit = 10}}, 1).size(), 10u);
}

TEST(MixSamples, LeavesOutAnOptionalPartThatNothingMatches) {
  EXPECT_EQ(MixSamples(Samples(4), {{.sources = {"c"}, .optional = true}, {.limit = 3}}, 1).size(), 3u);
}
TEST(MixSamples, RefusesAPartThatNothingMatches) { EXPECT_THROW(MixSamples(Samples(4), {{.sources = {"c"}}}, 1), Error); }

}  // namespace
}  // namespace lingshu
