// Guesses by n-gram look-up.
#include "engine/ngram.h"

#include <gtest/gtest.h>

namespace lingshu {
namespace {

using Ids = std::vector<int64_t>;

TEST(NgramDrafter, GuessesWhatFollowedTheSameThreeTokens) {
  NgramDrafter drafter(8);
  EXPECT_EQ(drafter.Draft({1, 2, 3, 4, 5, 6, 7, 1, 2, 3}, 3), (Ids{4, 5, 6}));
  EXPECT_EQ(NgramDrafter(8).Draft({1, 2, 3, 4, 2, 3}, 3), Ids());
  EXPECT_EQ(NgramDrafter(0).Draft({1, 2, 3, 4, 1, 2, 3}, 3), Ids());
  EXPECT_EQ(NgramDrafter(8).Draft({1, 2, 3, 4, 1, 2, 3}, 0), Ids());
  EXPECT_EQ(NgramDrafter(8).Draft({1, 2}, 3), Ids());
}

TEST(NgramDrafter, TheLastOccurrenceWins) {
  EXPECT_EQ(NgramDrafter(8).Draft({1, 2, 3, 4, 1, 2, 3, 9, 8, 1, 2, 3}, 2), (Ids{9, 8}));
}

TEST(NgramDrafter, ARepeatingTextIsGuessedBeyondItsEnd) {
  EXPECT_EQ(NgramDrafter(8).Draft({0, 1, 2, 1, 2, 1, 2}, 4), (Ids{1, 2, 1, 2}));
}

TEST(NgramDrafter, LearnsFromTheIdsThatWereAdded) {
  NgramDrafter drafter(8);
  Ids ids = {5, 6, 7, 8, 9};
  EXPECT_EQ(drafter.Draft(ids, 4), Ids());
  ids.insert(ids.end(), {5, 6, 7});
  EXPECT_EQ(drafter.Draft(ids, 4), (Ids{8, 9, 5, 6}));
}

TEST(NgramDrafter, GoodTimesMakeLongerGuesses) {
  NgramDrafter drafter(12);
  Ids ids;
  for (int i = 0; i < 60; ++i) ids.push_back(i % 5);
  EXPECT_EQ(drafter.Draft(ids, 20).size(), 4u);
  drafter.Learn(4, 4);
  EXPECT_EQ(drafter.Draft(ids, 20).size(), 8u);
  drafter.Learn(8, 8);
  EXPECT_EQ(drafter.Draft(ids, 20).size(), 12u);
  drafter.Learn(12, 0);
  EXPECT_EQ(drafter.Draft(ids, 20).size(), 2u);
}

}  // namespace
}  // namespace lingshu
