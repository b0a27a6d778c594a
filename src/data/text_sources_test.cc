// The question sources: what each makes of a row, by generated fixtures, and the counts of the published sets.
#include <set>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "data/exam.h"
#include "data/fixture.h"
#include "data/reading.h"

namespace lingshu {
namespace {

SourceOptions Real(const std::string& split, int64_t limit = 0) {
  return {.root = DataRoot(), .split = split, .limit = limit};
}

size_t CountDistinctIds(const std::vector<Sample>& samples) {
  std::set<std::string> ids;
  for (const Sample& sample : samples) ids.insert(sample.id);
  return ids.size();
}

TEST(SpreadIndices, SpreadsALimitOverTheRows) {
  EXPECT_EQ(SpreadIndices(10, 3), (std::vector<int64_t>{0, 3, 6}));
  EXPECT_EQ(SpreadIndices(2, 5), (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(SpreadIndices(3, 0), (std::vector<int64_t>{0, 1, 2}));
  EXPECT_TRUE(SpreadIndices(0, 4).empty());
}

TEST(PathWithin, RefusesToLeaveTheFolder) {
  EXPECT_EQ(PathWithin("a", "b/c.jpg"), fs::path("a/b/c.jpg"));
  EXPECT_THROW(PathWithin("a", "../c.jpg"), Error);
  EXPECT_THROW(PathWithin("a", "/etc/passwd"), Error);
  EXPECT_THROW(PathWithin("a", ""), Error);
}

TEST(Source, UnknownSplitNamesTheKnownOnes) {
  try {
    ReadSource("vqa_rad", {.root = "/nowhere", .split = "trian"});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.message(), "vqa_rad has no split \"trian\". Did you mean \"train\"?\nKnown: train, test.");
  }
}

TEST(Source, AbsentFolderIsNotFoundWithAHint) {
  try {
    ReadSource("vqa_rad", {.root = "/nowhere", .split = "train"});
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kNotFound);
    EXPECT_NE(e.message().find("HINT"), std::string::npos);
  }
}

TEST(VqaRad, ReadsRowsAndStatesWhichTestImagesAreInTrain) {
  const TemporaryFolder folder;
  folder.Write("vqa_rad/trainset.json",
               R"([{"qid": 3, "image_name": "a.jpg", "image_organ": "CHEST", "answer": "Yes ", "answer_type": "CLOSED ",
      "question_type": "PRES", "question": "Is it?", "phrase_type": "freeform"},
      {"qid": 4, "image_name": "a.jpg", "image_organ": "HEAD", "answer": 3, "answer_type": "OPEN", "question_type": "COUNT", "question": "How many?"},
      {"qid": 5, "image_organ": "HEAD"}])");
  folder.Write("vqa_rad/testset.json",
               R"([{"qid": 1, "image_name": "a.jpg", "image_organ": "ABD", "answer": "left", "answer_type": "CLOSED",
      "question_type": "POS", "question": "Left or right?"},
      {"qid": 2, "image_name": "b.jpg", "image_organ": "ABD", "answer": "right", "answer_type": "OPEN", "question_type": "POS", "question": "Where?"}])");
  const ReadResult train = ReadSource("vqa_rad", {.root = folder.path(), .split = "train"});
  ASSERT_EQ(train.samples.size(), 2u);
  EXPECT_EQ(train.samples[0].id, "vqa_rad:train:00003");
  EXPECT_EQ(train.samples[0].answer_type, AnswerType::kYesNo);
  EXPECT_EQ(train.samples[0].answer, "yes");
  EXPECT_EQ(train.samples[0].modality, "X-ray");
  EXPECT_EQ(train.samples[0].group, "a");
  EXPECT_EQ(train.samples[1].answer, "3");
  EXPECT_EQ(train.samples[1].modality, "");
  ASSERT_EQ(train.skipped.size(), 1u);
  EXPECT_EQ(train.skipped[0].first, "vqa_rad:train:00005");
  const ReadResult test = ReadSource("vqa_rad", {.root = folder.path() / "vqa_rad", .split = "test"});
  ASSERT_EQ(test.samples.size(), 2u);
  EXPECT_EQ(test.samples[0].answer_type, AnswerType::kClosed);
  EXPECT_EQ(test.samples[0].meta.at("image_in_train"), "yes");
  EXPECT_EQ(test.samples[1].answer_type, AnswerType::kOpen);
  EXPECT_EQ(test.samples[1].meta.at("image_in_train"), "no");
}

TEST(VqaRad, HasThePublishedCounts) {
  NEEDS_SOURCE("vqa_rad");
  const ReadResult train = ReadSource("vqa_rad", Real("train")), test = ReadSource("vqa_rad", Real("test"));
  EXPECT_EQ(train.samples.size(), 3064u);
  EXPECT_EQ(CountDistinctIds(train.samples), 3064u);
  EXPECT_EQ(test.samples.size(), 451u);
  EXPECT_EQ(std::count_if(test.samples.begin(), test.samples.end(),
                          [](const Sample& s) { return s.answer_type == AnswerType::kYesNo; }),
            251);
  EXPECT_TRUE(std::all_of(test.samples.begin(), test.samples.end(),
                          [](const Sample& s) { return s.meta.at("image_in_train") == "yes"; }));
  EXPECT_TRUE(fs::exists(test.samples[0].images[0].path));
}

TEST(PathVqa, HasThePublishedCounts) {
  NEEDS_SOURCE("path_vqa");
  EXPECT_EQ(ReadSource("path_vqa", Real("train")).samples.size(), 19654u);
  const ReadResult test = ReadSource("path_vqa", Real("test"));
  EXPECT_EQ(test.samples.size(), 6719u);
  EXPECT_EQ(std::count_if(test.samples.begin(), test.samples.end(),
                          [](const Sample& s) { return s.answer_type == AnswerType::kYesNo; }),
            3362);
  EXPECT_TRUE(fs::exists(test.samples[0].images[0].path));
}

TEST(PathVqa, ARowThatLeavesTheFolderIsSkipped) {
  const TemporaryFolder folder;
  folder.Write("path_vqa/test.jsonl",
               "{\"image\": \"../../secret.jpg\", \"question\": \"q\", \"answer\": \"a\"}\n{\"image\": \"i.jpg\", "
               "\"question\": \"q\", \"answer\": \"no\"}\n");
  const ReadResult result = ReadSource("path_vqa", {.root = folder.path(), .split = "test"});
  ASSERT_EQ(result.samples.size(), 1u);
  EXPECT_EQ(result.samples[0].id, "path_vqa:test:00001");
  EXPECT_EQ(result.skipped.size(), 1u);
}

TEST(MedQa, ReadsOptionsAndSkipsAnAnswerThatIsNone) {
  const TemporaryFolder folder;
  folder.Write(
      "mirage/medqa/data_clean/questions/US/4_options/phrases_no_exclude_dev.jsonl",
      "{\"question\": \"Which?\", \"options\": {\"A\": \"one\", \"B\": \"two\"}, \"answer_idx\": \"B\"}\n"
      "{\"question\": \"Which?\", \"options\": {\"A\": \"one\", \"B\": \"two\"}, \"answer_idx\": \"C\"}\nnot json\n");
  const ReadResult result = ReadSource("med_qa", {.root = folder.path(), .split = "validation"});
  ASSERT_EQ(result.samples.size(), 1u);
  EXPECT_EQ(result.samples[0].options, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(result.samples[0].answer, "B");
  EXPECT_EQ(result.skipped.size(), 2u);
}

TEST(MedQa, HasThePublishedCount) {
  NEEDS_SOURCE("med_qa");
  EXPECT_EQ(ReadSource("med_qa", Real("test")).samples.size(), 1273u);
  EXPECT_EQ(ReadSource("med_qa", Real("test", 10)).samples.size(), 10u);
}

TEST(ExamSample, RefusesAnAnswerThatIsNoLetterAndOptionsWithoutText) {
  const auto make = [](std::vector<std::string> options, const std::string& answer) {
    return ExamSample("s", "test", "1", {.question = "Which?", .options = std::move(options), .answer = answer});
  };
  EXPECT_EQ(make({"one", " two "}, "B").options[1], "two");
  EXPECT_EQ(make({"one", "two"}, "AB").answer, "AB");  // several right answers
  for (const char* answer : {"C", "b", "BA", "AA", "AC", "", "@"}) EXPECT_THROW(make({"one", "two"}, answer), Error) << answer;
  EXPECT_THROW(make({"one"}, "A"), Error);
  EXPECT_THROW(make({"one", ""}, "A"), Error);
}

TEST(MedMcqa, CountsItsAnswersFromOne) {
  const TemporaryFolder folder;
  folder.Write("mirage/medmcqa/data/dev.json",
               "{\"question\": \"Q\", \"opa\": \"a\", \"opb\": \"b\", \"opc\": \"c\", \"opd\": \"d\", \"cop\": 4, "
               "\"exp\": null}\n"
               "{\"question\": \"Q\", \"opa\": \"a\", \"opb\": \"b\", \"opc\": \"c\", \"opd\": \"d\", \"cop\": 0}\n");
  const ReadResult result = ReadSource("med_mcqa", {.root = folder.path(), .split = "validation"});
  ASSERT_EQ(result.samples.size(), 1u);
  EXPECT_EQ(result.samples[0].answer, "D");
  EXPECT_EQ(result.skipped.size(), 1u);
}

TEST(CmExam, SplitsItsOptionsAndKeepsSeveralAnswers) {
  const TemporaryFolder folder;
  folder.Write("cmexam_mmedbench/cmexam_val.jsonl",
               R"({"Question": "问", "Options": "A 原发病\\nB 出血部位", "Answer": "B"})"
               "\n"
               R"({"Question": "问", "Options": "A 一\\nB 二", "Answer": "AB"})"
               "\n");
  const ReadResult result = ReadSource("cm_exam", {.root = folder.path(), .split = "validation"});
  ASSERT_EQ(result.samples.size(), 2u);
  EXPECT_EQ(result.samples[0].options, (std::vector<std::string>{"原发病", "出血部位"}));
  EXPECT_EQ(result.samples[0].language, "zh");
  EXPECT_EQ(result.samples[1].answer, "AB");
}

TEST(ExamSources, HaveThePublishedCounts) {
  struct Expected {
    const char* name;
    const char* split;
    size_t read, skipped;
  };
  for (const Expected& expected : {Expected{"med_mcqa", "validation", 4183, 0},
                                   {"mmlu_med", "test", 1871, 0},
                                   {"mmlu_med6", "test", 1089, 0},
                                   {"med_xpert_qa_mm", "test", 2000, 0},
                                   {"mmmu_pro_med", "test", 286, 0},
                                   {"rad_restruct", "test", 17641, 0},
                                   {"iu_xray", "test", 296, 0},
                                   {"med_bullets_op4", "test", 308, 0},
                                   {"med_bullets_op5", "test", 308, 0},
                                   {"cmmlu_med", "test", 1333, 0},
                                   {"mcmle", "test", 685, 0},
                                   {"cm_exam", "validation", 6807, 4},
                                   {"slake", "test", 2094, 0},
                                   {"slake", "train", 9835, 0}}) {
    NEEDS_SOURCE(expected.name);
    const ReadResult result = ReadSource(expected.name, Real(expected.split));
    EXPECT_EQ(result.samples.size(), expected.read) << expected.name;
    EXPECT_EQ(result.skipped.size(), expected.skipped) << expected.name;
    EXPECT_EQ(CountDistinctIds(result.samples), result.samples.size()) << expected.name;
  }
}

TEST(PubMedQa, SplitsByTheOfficialTestIds) {
  const TemporaryFolder folder;
  folder.Write("pubmedqa/ori_pqal.json",
               R"({"1": {"QUESTION": "Q1?", "CONTEXTS": ["a", "b"], "final_decision": "maybe"},
                                             "2": {"QUESTION": "Q2?", "CONTEXTS": [], "final_decision": "yes"}})");
  folder.Write("pubmedqa/test_ground_truth.json", R"({"1": "maybe"})");
  const ReadResult test = ReadSource("pubmed_qa", {.root = folder.path(), .split = "test"});
  ASSERT_EQ(test.samples.size(), 1u);
  EXPECT_EQ(test.samples[0].id, "pubmed_qa:test:1");
  EXPECT_EQ(test.samples[0].context, "a\nb");
  EXPECT_EQ(test.samples[0].answer, "C");
  EXPECT_EQ(ReadSource("pubmed_qa", {.root = folder.path(), .split = "train"}).samples[0].id, "pubmed_qa:train:2");
}

TEST(PubMedQa, HasThePublishedCounts) {
  NEEDS_SOURCE("pubmed_qa");
  EXPECT_EQ(ReadSource("pubmed_qa", Real("test")).samples.size(), 500u);
  EXPECT_EQ(ReadSource("pubmed_qa", Real("train")).samples.size(), 500u);
}

TEST(MedQuad, HasThePublishedCountOfAnsweredPairs) {
  NEEDS_SOURCE("medquad");
  const ReadResult result = ReadSource("medquad", Real("train"));
  EXPECT_EQ(result.samples.size(), 16407u);
  EXPECT_EQ(CountDistinctIds(result.samples), 16407u);
  EXPECT_EQ(result.skipped.size(), 47441u - 16407u);
}

TEST(MedQuad, ATruncatedArchiveIsAnError) {
  if (!Registry<Source>::Get().FindOrNull("medquad")) GTEST_SKIP() << "medquad was left out of this build";
  const TemporaryFolder folder;
  folder.Write("medquad/medquad_xml.tar.gz", std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10) + "broken");
  EXPECT_THROW(ReadSource("medquad", {.root = folder.path(), .split = "train"}), Error);
}

}  // namespace
}  // namespace lingshu
