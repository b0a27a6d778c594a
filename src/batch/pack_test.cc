// Facts of packing: nothing is lost, prefixes are shared only where prompts agree, labels sit where they should.
#include "batch/pack.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "batch/fixtures.h"

namespace lingshu {
namespace {

// The tokens of one example put together again from prefix and branch.
std::vector<int64_t> Unpack(const Batch& batch, int32_t index) {
  std::vector<int64_t> ids;
  for (const Segment& segment : batch.segments) {
    if (batch.example_of[segment.begin] != index) continue;
    if (segment.prefix >= 0)
      for (int64_t i = batch.segments[segment.prefix].begin; i < batch.segments[segment.prefix].end; ++i) ids.push_back(batch.input_ids[i]);
    for (int64_t i = segment.begin; i < segment.end; ++i) ids.push_back(batch.input_ids[i]);
  }
  return ids;
}

std::vector<int64_t> AllIds(const Example& example) {
  std::vector<int64_t> ids = example.prompt_ids;
  ids.insert(ids.end(), example.target_ids.begin(), example.target_ids.end());
  return ids;
}

TEST(Pack, SharesTheImageOfSeveralQuestionsAndKeepsEveryToken) {
  const ModelConfig config = TinyModelConfig();
  const EncodedImagePtr a = TinyImage(config, 4, 6, 1), b = TinyImage(config, 2, 2, 2);
  const std::vector<Example> examples = {TinyExample(config, {a}, 5, 3, 10), TinyExample(config, {b}, 4, 2, 11),
                                         TinyExample(config, {a}, 6, 1, 12), TinyExample(config, {}, 4, 2, 13)};
  const Batch batch = PackExamples({&examples[0], &examples[1], &examples[2], &examples[3]}, config, true);
  EXPECT_EQ(batch.image_grid_thw.size(), 6u);
  EXPECT_EQ(batch.segments.size(), 5u);  // prefix, two branches, two alone
  int64_t tokens = 0;
  for (int32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(Unpack(batch, i), AllIds(examples[i])) << i;
    tokens += examples[i].num_tokens();
  }
  EXPECT_EQ(batch.sample_tokens, tokens);
  EXPECT_EQ(batch.num_labels, 3 + 2 + 1 + 2);
  EXPECT_LT(batch.num_tokens(), tokens);
}

TEST(Pack, LabelsAreTheNextTargetToken) {
  const ModelConfig config = TinyModelConfig();
  const Example example = TinyExample(config, {}, 4, 3, 1);
  const Batch batch = PackExamples({&example}, config, true);
  const int64_t prompt = static_cast<int64_t>(example.prompt_ids.size());
  for (int64_t i = 0; i < batch.num_tokens(); ++i) {
    const bool is_target = i >= prompt - 1 && i < prompt + 2;
    EXPECT_EQ(batch.labels[i], is_target ? example.target_ids[i - prompt + 1] : kIgnoreIndex) << i;
  }
}

TEST(Pack, RollOutsOfOnePromptShareItButForItsLastToken) {
  const ModelConfig config = TinyModelConfig();
  const Example first = TinyExample(config, {}, 4, 3, 1);
  Example second = first;
  second.target_ids = {7, 8};
  const Batch batch = PackExamples({&first, &second}, config, true);
  ASSERT_EQ(batch.segments.size(), 3u);
  EXPECT_EQ(batch.segments[0].end, static_cast<int64_t>(first.prompt_ids.size()) - 1);
  EXPECT_EQ(batch.num_labels, 5);
}

TEST(RopePositions, AdvanceByTheLongerSideAfterAnImage) {
  const ModelConfig config = TinyModelConfig();
  const Example example = TinyExample(config, {TinyImage(config, 4, 6, 1)}, 2, 0, 1);
  const RopePositions positions = ComputeRopePositions(example.prompt_ids, example.images, config);
  const int64_t length = static_cast<int64_t>(example.prompt_ids.size());
  // 9 text tokens, <vision_start> at 9, image 2 × 3 from 10, <vision_end> at 10 + 3.
  EXPECT_EQ(positions.thw[10], 10);
  EXPECT_EQ(positions.thw[length + 15], 11);      // second row
  EXPECT_EQ(positions.thw[2 * length + 15], 12);  // third column
  EXPECT_EQ(positions.thw[16], 13);
  EXPECT_EQ(positions.next, 16);
}

TEST(Pack, RefusesMoreImageTokensThanFeatures) {
  const ModelConfig config = TinyModelConfig();
  Example example = TinyExample(config, {TinyImage(config, 4, 4, 1)}, 2, 1, 1);
  example.prompt_ids.insert(example.prompt_ids.begin() + 11, config.image_token_id);
  EXPECT_THROW(PackExamples({&example}, config, true), Error);
}

TEST(Pack, NamesTheSampleThatIsTooLong) {
  const ModelConfig config = TinyModelConfig();
  const Example example = TinyExample(config, {}, 40, 3, 5);
  try {
    PackExamples({&example}, config, true, 20);
    FAIL();
  } catch (const Error& e) {
    EXPECT_NE(e.message().find("tiny:5"), std::string::npos);
  }
}

}  // namespace
}  // namespace lingshu
