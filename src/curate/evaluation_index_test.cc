#include "curate/evaluation_index.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "curate/hamming_index.h"
#include "data/fixture.h"
#include "image/phash.h"
#include "image/resize.h"

namespace lingshu {
namespace {

TEST(HammingIndex, FindsEverythingWithinTheDistanceAndNothingBeyond) {
  Rng rng(1);
  HammingIndex index;
  std::vector<uint64_t> hashes;
  for (int i = 0; i < 300; ++i) {
    hashes.push_back(rng.Next());
    index.Add(hashes.back(), i);
  }
  for (int distance = 0; distance <= HammingIndex::kMaxDistance; ++distance)
    for (int i = 0; i < 300; ++i) {
      uint64_t flipped = hashes[static_cast<size_t>(i)];
      for (int bit = 0; bit < distance; ++bit) flipped ^= uint64_t{1} << (9 * bit);  // one bit in each byte: the hardest case
      const auto is_this_one = [&](int64_t value, int found) { return value == i && found == distance; };
      EXPECT_TRUE(index.AnyWithin(flipped, distance, is_this_one));
      EXPECT_FALSE(index.AnyWithin(flipped ^ (uint64_t{1} << 63), distance, is_this_one));
    }
}

Sample Text(const std::string& question, const std::string& answer) {
  return {.id = "e", .kind = SampleKind::kTextQa, .question = question, .answer = answer};
}

constexpr const char* kQuestion =
    "A 45-year-old man comes to the clinic with crushing chest pain that radiates to his left arm after climbing stairs. What is it?";

TEST(EvaluationIndex, FindsATextThatContainsAnEvaluationQuestion) {
  EvaluationIndex index(0, 8);
  index.Add(Text(kQuestion, "angina"), {});
  index.Finish();
  EXPECT_EQ(index.TextOverlap(Text(std::string("Consider this case. ") + kQuestion + " Explain.", "other")), 1.0);
  EXPECT_EQ(index.TextOverlap(Text("A 45-year-old man comes to the clinic with a cough.", "other")), 3.0 / 18);
  EXPECT_EQ(index.TextOverlap(Text("Something else altogether that shares nothing with it at all.", "angina")), 0.0);
}

TEST(EvaluationIndex, ATurnOfPhraseIsNoLeak) {
  EvaluationIndex index(0, 8);
  for (int i = 0; i < 9; ++i) index.Add(Text("Which of the following is the most likely diagnosis of " + std::to_string(i), "x"), {});
  index.Finish();
  EXPECT_EQ(index.TextOverlap(Text("Which of the following is the most likely diagnosis in this child?", "y")), 0.0);
}

TEST(EvaluationIndex, ShortQuestionsCountOnlyWithTheirAnswer) {
  EvaluationIndex index(0, 8);
  index.Add(Text("What causes gout?", "Uric acid."), {});
  index.Finish();
  EXPECT_TRUE(index.HasQuestion(Text("what causes GOUT", "uric acid"), {}));
  EXPECT_FALSE(index.HasQuestion(Text("What causes gout?", "Crystals"), {}));
}

TEST(EvaluationIndex, AnOptionCountsByItsWordsAndNotItsLetter) {
  EvaluationIndex index(0, 8);
  Sample evaluation = Text("Which nerve?", "B");
  evaluation.answer_type = AnswerType::kMultipleChoice;
  evaluation.options = {"radial", "ulnar"};
  index.Add(evaluation, {});
  index.Finish();
  Sample shuffled = evaluation;
  shuffled.options = {"ulnar", "radial"};
  shuffled.answer = "A";
  EXPECT_TRUE(index.HasQuestion(shuffled, {}));
  shuffled.answer = "B";
  EXPECT_FALSE(index.HasQuestion(shuffled, {}));
}

ImageFacts Facts(const Image& image, const std::string& content) {
  return {.width = image.width, .height = image.height, .phash = PerceptualHash(image), .mirrored_phash = MirroredPerceptualHash(image),
          .dhash = DifferenceHash(image), .content_hash = content};
}

// Smooth blobs on a gradient, not symmetric.
Image Picture(uint64_t seed) {
  Image image{.width = 160, .height = 128};
  image.rgb.resize(160 * 128 * 3);
  Rng rng(seed);
  double x[6], y[6], r[6], level[6];
  for (int i = 0; i < 6; ++i) {
    x[i] = rng.Uniform(0, 160);
    y[i] = rng.Uniform(0, 128);
    r[i] = rng.Uniform(8, 40);
    level[i] = rng.Uniform(-90, 120);
  }
  for (int v = 0; v < 128; ++v)
    for (int u = 0; u < 160; ++u) {
      double value = 60 + 0.4 * u;
      for (int i = 0; i < 6; ++i) value += level[i] * std::exp(-((u - x[i]) * (u - x[i]) + (v - y[i]) * (v - y[i])) / (2 * r[i] * r[i]));
      for (int c = 0; c < 3; ++c) image.Pixel(u, v)[c] = static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
    }
  return image;
}

Image Mirrored(const Image& image) {
  Image out = image;
  for (int v = 0; v < image.height; ++v)
    for (int u = 0; u < image.width; ++u) std::copy_n(image.Pixel(image.width - 1 - u, v), 3, out.Pixel(u, v));
  return out;
}

Image Shrunk(const Image& image) {
  Image out = image;
  out.width = 100;
  out.height = 80;
  out.rgb = ResizeSamples(image.rgb.data(), image.width, image.height, 3, out.width, out.height, Filter::kBox);
  return out;
}

TEST(EvaluationIndex, FindsCopiesThatAreShrunkOrMirroredAndNoOthers) {
  EvaluationIndex index(4, 8);
  std::vector<ImageFacts> facts;
  facts.reserve(40);
  for (uint64_t seed = 0; seed < 40; ++seed) {
    facts.push_back(Facts(Picture(seed), "file" + std::to_string(seed)));
    index.Add({.id = "e", .question = "what?", .answer = "x"}, {&facts.back()});
  }
  index.Finish();
  EXPECT_EQ(index.num_images(), 40);
  int64_t shrunk = 0;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    shrunk += index.HasImage(Facts(Shrunk(Picture(seed)), "other"));
    EXPECT_TRUE(index.HasImage(Facts(Mirrored(Picture(seed)), "other"))) << seed;
    EXPECT_FALSE(index.HasImage(Facts(Picture(1000 + seed), "other"))) << seed;
  }
  EXPECT_GE(shrunk, 39);  // recall at 4 bits: one of these forty noise pictures, shrunk to 100 x 80, moves further
}

TEST(EvaluationIndex, TheSameQuestionMayBeAskedOfAnotherPicture) {
  EvaluationIndex index(4, 8);
  const ImageFacts seen = Facts(Picture(1), "a"), other = Facts(Picture(2), "b");
  const Sample sample{.id = "e", .question = "Is there a mass?", .answer = "yes"};
  index.Add(sample, {&seen});
  index.Finish();
  EXPECT_TRUE(index.HasQuestion(sample, {&seen}));
  EXPECT_FALSE(index.HasQuestion(sample, {&other}));
  EXPECT_FALSE(index.HasQuestion({.id = "t", .question = "Is there a mass?", .answer = "no"}, {&seen}));
}

}  // namespace
}  // namespace lingshu
