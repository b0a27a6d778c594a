#include "curate/evaluation_index.h"

#include <cmath>
#include <memory>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "curate/hamming_index.h"
#include "data/fixture.h"
#include "image/png.h"
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
      for (int bit = 0; bit < distance; ++bit)
        flipped ^= uint64_t{1} << (9 * bit);  // one bit in each byte: the hardest case
      const auto is_this_one = [&](int64_t value, int found) { return value == i && found == distance; };
      EXPECT_TRUE(index.AnyWithin(flipped, distance, is_this_one));
      EXPECT_FALSE(index.AnyWithin(flipped ^ (uint64_t{1} << 63), distance, is_this_one));
    }
}

Sample Text(const std::string& question, const std::string& answer) {
  return {.id = "e", .kind = SampleKind::kTextQa, .question = question, .answer = answer};
}

void Add(EvaluationIndex& index, const Sample& sample) { index.Add({sample, {}}); }

constexpr const char* kQuestion =
    "A 45-year-old man comes to the clinic with crushing chest pain that radiates to his left arm after climbing "
    "stairs. What is it?";

TEST(EvaluationIndex, FindsATextThatContainsAnEvaluationQuestion) {
  EvaluationIndex index(0, 8);
  Add(index, Text(kQuestion, "angina"));
  index.Finish();
  EXPECT_EQ(index.TextOverlap(Text(std::string("Consider this case. ") + kQuestion + " Explain.", "other")), 1.0);
  EXPECT_EQ(index.TextOverlap(Text("A 45-year-old man comes to the clinic with a cough.", "other")), 3.0 / 18);
  EXPECT_EQ(index.TextOverlap(Text("Something else altogether that shares nothing with it at all.", "angina")), 0.0);
}

TEST(EvaluationIndex, ATurnOfPhraseIsNoLeak) {
  EvaluationIndex index(0, 8);
  for (int i = 0; i < 9; ++i)
    Add(index, Text("Which of the following is the most likely diagnosis of " + std::to_string(i), "x"));
  index.Finish();
  EXPECT_EQ(index.TextOverlap(Text("Which of the following is the most likely diagnosis in this child?", "y")), 0.0);
}

TEST(EvaluationIndex, ShortQuestionsCountOnlyWithTheirAnswer) {
  EvaluationIndex index(0, 8);
  Add(index, Text("What causes gout?", "Uric acid."));
  index.Finish();
  EXPECT_TRUE(index.HasQuestion(Text("what causes GOUT", "uric acid"), {}));
  EXPECT_FALSE(index.HasQuestion(Text("What causes gout?", "Crystals"), {}));
}

TEST(EvaluationIndex, AnOptionCountsByItsWordsAndNotItsLetter) {
  EvaluationIndex index(0, 8);
  Sample evaluation = Text("Which nerve?", "B");
  evaluation.answer_type = AnswerType::kMultipleChoice;
  evaluation.options = {"radial", "ulnar"};
  Add(index, evaluation);
  index.Finish();
  Sample shuffled = evaluation;
  shuffled.options = {"ulnar", "radial"};
  shuffled.answer = "A";
  EXPECT_TRUE(index.HasQuestion(shuffled, {}));
  shuffled.answer = "B";
  EXPECT_FALSE(index.HasQuestion(shuffled, {}));
}

// Smooth blobs on a gradient, not symmetric.
Image Picture(uint64_t seed) {
  Image image{.width = 160, .height = 128};
  image.rgb.resize(160 * 128 * 3);
  Rng rng(seed);
  double x[12], y[12], r[12], level[12];
  for (int i = 0; i < 12; ++i) {
    x[i] = rng.Uniform(0, 160);
    y[i] = rng.Uniform(0, 128);
    r[i] = rng.Uniform(4, 30);
    level[i] = rng.Uniform(-60, 60);
  }
  for (int v = 0; v < 128; ++v)
    for (int u = 0; u < 160; ++u) {
      double value = 90 + 0.3 * u;
      for (int i = 0; i < 12; ++i)
        value += level[i] * std::exp(-((u - x[i]) * (u - x[i]) + (v - y[i]) * (v - y[i])) / (2 * r[i] * r[i]));
      for (int c = 0; c < 3; ++c) image.Pixel(u, v)[c] = static_cast<uint8_t>(std::clamp(value, 0.0, 255.0));
    }
  return image;
}

Image MirroredPicture(const Image& image) {
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

class PictureTest : public ::testing::Test {
 protected:
  // Writes the picture and puts a question about it into the index.
  void AddToIndex(const Image& image, const std::string& name) {
    const Candidate candidate = Take(image, name, {.id = "e", .question = "Is there a mass?", .answer = "yes"});
    index_.Add(candidate);
  }
  std::vector<int64_t> Find(const Image& image) {
    return index_.FindPictures(Take(image, "other" + std::to_string(samples_.size()), {.id = "t"}));
  }

  Candidate Take(const Image& image, const std::string& name, Sample sample) {
    sample.images = {{folder_.Write(name + ".png", EncodePng(image)).string(), ""}};
    samples_.push_back(std::make_unique<Sample>(std::move(sample)));
    facts_.push_back(std::make_unique<ImageFacts>(MeasureImage(samples_.back()->images[0], "")));
    return {*samples_.back(), {facts_.back().get()}};
  }

  TemporaryFolder folder_;
  EvaluationIndex index_{6, 8};
  std::vector<std::unique_ptr<Sample>> samples_;
  std::vector<std::unique_ptr<ImageFacts>> facts_;
};

TEST_F(PictureTest, CopiesAreFoundShrunkOrMirroredAndOthersAreNot) {
  for (uint64_t seed = 0; seed < 20; ++seed) AddToIndex(Picture(seed), "e" + std::to_string(seed));
  index_.Finish();
  EXPECT_EQ(index_.num_images(), 20);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto number = static_cast<int64_t>(seed);
    EXPECT_EQ(Find(Shrunk(Picture(seed))), std::vector<int64_t>{number});
    EXPECT_EQ(Find(MirroredPicture(Picture(seed))), std::vector<int64_t>{number});
    EXPECT_TRUE(Find(Picture(1000 + seed)).empty());
  }
}

TEST_F(PictureTest, PicturesOfOneHashAreToldApartByTheirDetail) {
  Image striped = Picture(1), dotted = Picture(1);
  for (int v = 0; v < 128; ++v)
    for (int u = 0; u < 160; ++u)
      for (int c = 0; c < 3; ++c) {
        striped.Pixel(u, v)[c] =
            static_cast<uint8_t>(std::clamp(striped.Pixel(u, v)[c] + (u / 5 % 2 ? 20 : -20), 0, 255));
        dotted.Pixel(u, v)[c] =
            static_cast<uint8_t>(std::clamp(dotted.Pixel(u, v)[c] + (v / 4 % 2 ? 20 : -20), 0, 255));
      }
  ASSERT_LE(HammingDistance(PerceptualHash(striped), PerceptualHash(dotted)), 4);
  AddToIndex(striped, "striped");
  index_.Finish();
  EXPECT_TRUE(Find(dotted).empty());
  EXPECT_EQ(Find(Shrunk(striped)).size(), 1u);
}

TEST_F(PictureTest, TheSameQuestionMayBeAskedOfAnotherPicture) {
  AddToIndex(Picture(1), "a");
  index_.Finish();
  const Sample same{.id = "t", .images = {{"x", ""}}, .question = "is there a mass", .answer = "Yes"};
  EXPECT_TRUE(index_.HasQuestion(same, Find(Shrunk(Picture(1)))));
  EXPECT_FALSE(index_.HasQuestion(same, Find(Picture(2))));
  const Sample other{.id = "t", .images = {{"x", ""}}, .question = "is there a mass", .answer = "no"};
  EXPECT_FALSE(index_.HasQuestion(other, {0}));
}

TEST(Detail, IgnoresBrightnessAndShadingAndMirrorsWithThePicture) {
  const Image picture = Picture(3);
  Image shaded = picture;
  for (int v = 0; v < 128; ++v)
    for (int u = 0; u < 160; ++u)
      for (int c = 0; c < 3; ++c)
        shaded.Pixel(u, v)[c] = static_cast<uint8_t>(std::min(255, picture.Pixel(u, v)[c] + v / 4));
  EXPECT_GT(Correlation(DetailOf(picture), DetailOf(shaded)), 0.95);
  EXPECT_GT(Correlation(Mirrored(DetailOf(picture)), DetailOf(MirroredPicture(picture))), 0.95);
  EXPECT_LT(Correlation(DetailOf(picture), DetailOf(Picture(4))), 0.8);
  const Image flat{.width = 40, .height = 40, .rgb = std::vector<uint8_t>(4800, 7)};
  EXPECT_EQ(Correlation(DetailOf(flat), DetailOf(picture)), 0);
}

}  // namespace
}  // namespace lingshu
