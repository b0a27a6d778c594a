#include "curate/minhash.h"

#include <cmath>
#include <set>

#include <gtest/gtest.h>

#include "base/rng.h"
#include "curate/shingles.h"

namespace lingshu {
namespace {

// Two sets of `size` shingles that share `shared` of them: J = shared / (2 size - shared).
std::pair<std::vector<uint64_t>, std::vector<uint64_t>> PairOfSets(uint64_t seed, int size, int shared) {
  Rng rng(seed);
  std::vector<uint64_t> a, b;
  for (int i = 0; i < size; ++i) {
    a.push_back(rng.Next());
    b.push_back(i < shared ? a.back() : rng.Next());
  }
  return {a, b};
}

TEST(MinHash, EstimatesTheJaccardSimilarity) {
  for (const int shared : {0, 50, 133, 178, 200}) {
    const double jaccard = shared / (400.0 - shared);
    double sum = 0;
    for (uint64_t seed = 0; seed < 50; ++seed) {
      const auto [a, b] = PairOfSets(seed, 200, shared);
      sum += EstimatedJaccard(MinHash(a), MinHash(b));
    }
    // The mean of 50 estimates deviates by sqrt(J (1 - J) / 128 / 50); four of these.
    EXPECT_NEAR(sum / 50, jaccard, 4 * std::sqrt(jaccard * (1 - jaccard) / 128 / 50) + 1e-12) << shared;
  }
}

TEST(MinHash, DoesNotDependOnOrderOrRepetition) {
  EXPECT_EQ(MinHash({1ull << 40, 2ull << 40}), MinHash({2ull << 40, 1ull << 40, 2ull << 40}));
}

TEST(SimilarTexts, FindsWhatIsSimilarAndKeepsWhatIsNot) {
  SimilarTexts texts(0.8);
  int found_near = 0, found_far = 0;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    const auto [a, near] = PairOfSets(seed, 200, 190);        // J = 0.905
    const auto [b, far] = PairOfSets(seed + 1000, 200, 133);  // J = 0.5
    EXPECT_FALSE(texts.FindOrInsert(MinHash(a)));
    EXPECT_FALSE(texts.FindOrInsert(MinHash(b)));
    found_near += texts.FindOrInsert(MinHash(near));
    found_far += texts.FindOrInsert(MinHash(far));
  }
  EXPECT_GE(found_near, 98);
  EXPECT_EQ(found_far, 0);
}

TEST(WordHashes, IgnoreCaseMarksAndBlanks) {
  EXPECT_EQ(WordHashes("T2-weighted  MRI, 2.5 cm."), WordHashes("t2 weighted mri 2.5 CM"));
  EXPECT_EQ(WordHashes("2.5"), WordHashes("2.5."));
  EXPECT_NE(WordHashes("2.5"), WordHashes("2 5"));
  EXPECT_EQ(WordHashes("左肺").size(), 2u);
  EXPECT_TRUE(WordHashes(" ,.").empty());
}

TEST(WordHashes, AsciiAndUnicodePathsAgree) {
  // The second text takes the path through ICU for its last word alone.
  const std::vector<uint64_t> ascii = WordHashes("The CT, at 2.5 cm; shows a T2-lesion x1,000");
  std::vector<uint64_t> unicode = WordHashes("The CT, at 2.5 cm; shows a T2-lesion x1,000 é");
  unicode.pop_back();
  EXPECT_EQ(ascii, unicode);
}

TEST(Shingles, AreTheRunsOfWords) {
  EXPECT_EQ(Shingles(WordHashes("a b c d"), 3).size(), 2u);
  EXPECT_EQ(Shingles(WordHashes("a b"), 3).size(), 1u);
  EXPECT_TRUE(Shingles({}, 3).empty());
  EXPECT_NE(Shingles(WordHashes("a b c"), 3), Shingles(WordHashes("c b a"), 3));
}

}  // namespace
}  // namespace lingshu
