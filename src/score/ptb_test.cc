// Tokens as Stanford's PTBTokenizer 3.4.1 prints them with -lowerCase, without the punctuation that pycocoevalcap
// drops.
#include "score/ptb.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace lingshu {
namespace {

std::string Joined(std::string_view text) { return JoinStrings(PtbTokens(text), " "); }

TEST(PtbTest, JoinsWhatIsOneToken) {
  EXPECT_EQ(Joined("cardiac/mediastinal and/or T1/T2 5/10/2020 a/b/c/d"),
            "cardiac/mediastinal and/or t1/t2 5/10/2020 a/b/c / d");
  EXPECT_EQ(Joined("2.5-cm 3-4 mm left-sided pre- and post-"), "2.5-cm 3-4 mm left-sided pre and post");
  EXPECT_EQ(Joined("3,000 1,234.56 .5 2.5. 12:30 10:30am 50% +5 -5"),
            "3,000 1,234.56 .5 2.5 12:30 10:30 am 50 % +5 -5");
  EXPECT_EQ(Joined("ER+/PR+ HER2/neu A+B AT&T Ki-67"), "er + / pr + her2/neu a+b at&t ki-67");
}

TEST(PtbTest, SplitsWhatIsTwo) {
  EXPECT_EQ(Joined("don't can't it's patient's cannot isn't we'll"),
            "do n't ca n't it 's patient 's can not is n't we 'll");
  EXPECT_EQ(Joined("it\u2019s don\u2019t"), "it 's do n't");
  EXPECT_EQ(Joined("37.5\u00b0C 3.2x4.1 2.5cm 2cm"), "37.5 \u00b0 c 3.2 x4 .1 2.5 cm 2cm");
}

TEST(PtbTest, KeepsTheFullStopOfKnownAbbreviations) {
  EXPECT_EQ(Joined("Dr. Smith approx. 3 p.m. no. 5 No. etc."), "dr. smith approx 3 p.m. no. 5 no etc.");
  EXPECT_EQ(Joined("PA. pa. mass. Mass. C5. L. R."), "pa. pa mass mass. c5 l. r.");
  EXPECT_EQ(Joined("vitamin C. The rest, vitamin C. No"), "vitamin c the rest vitamin c. no");
}

TEST(PtbTest, BracketsStayAndPunctuationGoes) {
  EXPECT_EQ(Joined("Mild edema (improved) [1] {x}."), "mild edema -lrb- improved -rrb- -lsb- 1 -rsb- -lcb- x -rcb-");
  EXPECT_EQ(Joined("\"a\"; b: c, dd... e -- f what?!"), "a b c dd e f what ?!");
  EXPECT_EQ(Joined("\u53cc\u80ba\u7eb9\u7406\uff0c\u6b63\u5e38\u3002"),
            "\u53cc\u80ba\u7eb9\u7406 \uff0c \u6b63\u5e38 \u3002");
  EXPECT_EQ(Joined(""), "");
}

}  // namespace
}  // namespace lingshu
