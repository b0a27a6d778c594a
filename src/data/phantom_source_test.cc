// Facts about the phantom source, its questions and its words.
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/error.h"
#include "data/phantom.h"
#include "data/phantom_model.h"
#include "data/phantom_questions.h"
#include "data/phantom_words.h"
#include "data/source.h"

namespace lingshu {
namespace {

std::vector<Sample> ReadSplit(const std::string& split, int64_t limit, uint64_t seed = 1) {
  std::vector<Sample> samples;
  const Source& source = Registry<Source>::Get().Find("phantom", "source");
  source.read(
      {.split = split, .limit = limit, .seed = seed},
      [&](Sample sample) {
        samples.push_back(std::move(sample));
        return true;
      },
      [](const std::string&, const std::string&) {});
  return samples;
}

std::set<std::string> Groups(const std::vector<Sample>& samples) {
  std::set<std::string> groups;
  for (const Sample& sample : samples) groups.insert(sample.group);
  return groups;
}

const Sample* FindType(const std::vector<Sample>& samples, const std::string& type) {
  for (const Sample& sample : samples)
    if (sample.meta.at("question_type") == type) return &sample;
  return nullptr;
}

TEST(PhantomSource, SameSeedGivesTheSameRows) {
  const auto once = ReadSplit("train", 300), again = ReadSplit("train", 300),
             other = ReadSplit("train", 300, /*seed=*/2);
  ASSERT_EQ(once.size(), again.size());
  for (size_t i = 0; i < once.size(); ++i) EXPECT_EQ(SampleToJson(once[i]), SampleToJson(again[i]));
  EXPECT_NE(Groups(once), Groups(other));
}

TEST(PhantomSource, SplitsShareNoImageWhateverTheSeeds) {
  std::set<std::string> seen;
  size_t count = 0;
  for (const char* split : {"train", "validation", "test"})
    for (const uint64_t seed : {1, 2}) {
      const std::set<std::string> groups = Groups(ReadSplit(split, 600, seed));
      for (const std::string& group : groups)
        EXPECT_EQ(TruthOfSpec(group).seed >> 62, split[0] == 'v' ? 1 : split[1] == 'r' ? 0 : 2);
      seen.insert(groups.begin(), groups.end());
      count += groups.size();
    }
  EXPECT_EQ(seen.size(), count);
}

TEST(PhantomSource, LimitKeepsWholeGroupsAndIsNotPassed) {
  const auto all = ReadSplit("test", 500);
  for (const int64_t limit : {9, 40, 100}) {
    const auto samples = ReadSplit("test", limit);
    const auto count = static_cast<int64_t>(samples.size());
    EXPECT_LE(count, limit);
    EXPECT_GT(count, limit - 9);
    ASSERT_FALSE(samples.empty());
    // The next row of the longer reading belongs to another image.
    EXPECT_NE(all[samples.size()].group, samples.back().group);
  }
  EXPECT_EQ(ReadSplit("test", 3).size(), 3);
}

TEST(PhantomSource, IdsAreUniqueAndNameSourceAndSplit) {
  std::set<std::string> ids;
  const auto samples = ReadSplit("validation", 1000);
  for (const Sample& sample : samples) {
    ids.insert(sample.id);
    EXPECT_EQ(sample.id.rfind("phantom:validation:", 0), 0) << sample.id;
    EXPECT_EQ(sample.source, "phantom");
    EXPECT_EQ(sample.group, sample.images.at(0).path);
  }
  EXPECT_EQ(ids.size(), samples.size());
}

TEST(PhantomSource, ModalitiesTakeTurnsAndPresenceIsExactlyBalanced) {
  std::map<std::string, int> yes, no;
  std::vector<std::string> order;
  for (const Sample& sample : ReadSplit("train", 3000)) {
    if (sample.meta.at("question_type") != "presence") continue;
    order.push_back(sample.modality);
    ++(sample.answer == "yes" ? yes : no)[sample.modality];
  }
  ASSERT_GT(order.size(), 240);
  for (size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], kModalities[i % 12]);
  for (const std::string& modality : kModalities) EXPECT_LE(std::abs(yes[modality] - no[modality]), 1) << modality;
}

TEST(PhantomSource, UnknownSplitIsAUsageErrorThatListsThem) {
  try {
    ReadSplit("dev", 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_NE(error.message().find("validation"), std::string::npos);
  }
}

TEST(PhantomQuestions, AnswersAgreeWithTheTruth) {
  std::map<std::string, int> seen;
  for (const Sample& sample : ReadSplit("train", 4000)) {
    const PhantomTruth truth = TruthOfSpec(sample.group);
    const std::string type = sample.meta.at("question_type");
    ++seen[type];
    const std::map<std::string, std::string> gold = {{"modality", truth.modality},
                                                     {"presence", truth.finding.empty() ? "no" : "yes"},
                                                     {"organ", truth.organ},
                                                     {"plane", truth.plane},
                                                     {"finding", truth.finding},
                                                     {"side", truth.side},
                                                     {"size", truth.size_class},
                                                     {"count", std::to_string(truth.count)},
                                                     {"caption", CoarseCaption(truth)},
                                                     {"report", PhantomReport(truth)}};
    if (sample.answer_type == AnswerType::kMultipleChoice) {
      ASSERT_EQ(sample.answer.size(), 1);
      EXPECT_EQ(sample.options.at(sample.answer[0] - 'A'), gold.at(type)) << sample.id;
      EXPECT_EQ(std::set<std::string>(sample.options.begin(), sample.options.end()).size(), sample.options.size());
    } else {
      EXPECT_EQ(sample.answer, gold.at(type)) << sample.id;
    }
    // A question about a thing by name is a question about what is there.
    if (type == "side" || type == "size") {
      EXPECT_NE(sample.question.find(truth.count > 1 ? FindingOf(truth)->plural : truth.finding), std::string::npos);
    }
    EXPECT_FALSE(sample.answer.empty()) << sample.id;
  }
  for (const char* type :
       {"modality", "presence", "organ", "plane", "finding", "side", "size", "count", "caption", "report"})
    EXPECT_GT(seen[type], 50) << type;
}

TEST(PhantomQuestions, ClosedQuestionsNameTheirAnswers) {
  for (const Sample& sample : ReadSplit("train", 3000)) {
    const std::string type = sample.meta.at("question_type");
    if (sample.answer_type != AnswerType::kClosed || type == "count") continue;
    EXPECT_NE(sample.question.find(sample.answer), std::string::npos) << sample.question << " / " << sample.answer;
  }
}

TEST(PhantomQuestions, EveryImageHasFiveToNineSamples) {
  std::map<std::string, int> counts;
  for (const Sample& sample : ReadSplit("train", 3000)) ++counts[sample.group];
  for (const auto& [group, count] : counts) {
    EXPECT_GE(count, 5) << group;
    EXPECT_LE(count, 9) << group;
  }
}

TEST(PhantomQuestions, LettersOfChoicesAreEvenlySpread) {
  std::map<std::string, int> letters;
  int choices = 0;
  for (const Sample& sample : ReadSplit("train", 6000))
    if (sample.answer_type == AnswerType::kMultipleChoice && sample.options.size() == 4)
      ++letters[sample.answer], ++choices;
  ASSERT_GT(choices, 500);
  // Five deviations of a binomial of a quarter.
  for (const char* letter : {"A", "B", "C", "D"})
    EXPECT_NEAR(letters[letter], choices / 4.0, 5 * std::sqrt(choices * 0.1875)) << letter;
}

TEST(PhantomQuestions, NormalImagesAskAboutNothingThatIsThere) {
  const auto samples = PhantomSamples(DrawTruth("CT", 12), "train");
  EXPECT_EQ(FindType(samples, "side"), nullptr);
  EXPECT_EQ(FindType(samples, "size"), nullptr);
  EXPECT_EQ(FindType(samples, "finding"), nullptr);
  EXPECT_EQ(samples[0].meta.at("finding"), "");
  EXPECT_EQ(samples[0].meta.at("count"), "0");
}

PhantomTruth LiverCyst(int count, const std::string& size_class) {
  PhantomTruth truth = DrawTruth("CT", 12);
  for (truth.scene = 0; SceneOf(truth).organ != "liver";) ++truth.scene;
  truth.organ = "liver";
  truth.plane = "axial";
  truth.technique = "soft-tissue window";
  truth.finding = "cyst";
  truth.side = "right lobe";
  truth.size_class = size_class;
  truth.count = count;
  return truth;
}

TEST(PhantomWords, OneFindingReadsAsEnglish) {
  const PhantomTruth truth = LiverCyst(1, "large");
  EXPECT_EQ(CoarseCaption(truth),
            "A CT scan of the liver in the axial plane with a large cyst in the right lobe of the liver.");
  EXPECT_EQ(PhantomReport(truth),
            "Findings: A CT scan of the liver. There is a large cyst in the right lobe of the liver. It appears as a "
            "dark well-defined "
            "round area of water density. Impression: A large cyst in the right lobe of the liver.");
}

TEST(PhantomWords, SeveralFindingsAreCountedInWords) {
  EXPECT_EQ(FindingPhrase(LiverCyst(2, "small")), "two small cysts");
  EXPECT_NE(FactualCaption(LiverCyst(2, "small")).find("There are two small cysts in the right lobe"),
            std::string::npos);
}

TEST(PhantomWords, NormalImagesSaySo) {
  PhantomTruth truth = DrawTruth("X-ray", 4);
  EXPECT_NE(CoarseCaption(truth).find("no abnormality is seen"), std::string::npos);
  EXPECT_NE(PhantomReport(truth).find("Impression: No abnormality."), std::string::npos);
  EXPECT_EQ(FindingPhrase(truth), "");
}

TEST(PhantomWords, ArticlesFollowTheSound) {
  const PhantomTruth endoscopy = DrawTruth("endoscopy", 3), oct = DrawTruth("OCT", 3);
  EXPECT_EQ(WithArticle(endoscopy, "ulcer"), "an ulcer");
  EXPECT_EQ(WithArticle(endoscopy, "polyp"), "a polyp");
  EXPECT_EQ(WithArticle(oct, "subretinal fluid"), "subretinal fluid");
}

// The five texts are whole sentences for everything that can be drawn: no hole of a template, no doubled space.
TEST(PhantomWords, EveryTextOfEveryPhantomIsWhole) {
  for (const std::string& modality : kModalities)
    for (uint64_t seed = 0; seed < 60; ++seed) {
      const PhantomTruth truth = DrawTruth(modality, seed);
      for (const std::string& text : {CoarseCaption(truth), FactualCaption(truth), PreferenceCaption(truth),
                                      SummaryCaption(truth), PhantomReport(truth)}) {
        EXPECT_EQ(text.find("{}"), std::string::npos) << text;
        EXPECT_EQ(text.find("  "), std::string::npos) << text;
        EXPECT_EQ(text.find(" ."), std::string::npos) << text;
        EXPECT_EQ(text.back(), '.') << text;
        EXPECT_NE(text.find(truth.count > 1 ? FindingOf(truth)->plural : truth.finding), std::string::npos) << text;
      }
      EXPECT_EQ(Knowledge(truth).empty(), truth.finding.empty());
    }
}

}  // namespace
}  // namespace lingshu
