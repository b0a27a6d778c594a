// Sources of benchmarks in the layouts in which they are published: Parquet files of the hub's copies (tests/golden/tables),
// and small files of the other layouts written here. Every question is made up.
#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "data/fixture.h"
#include "data/publication.h"
#include "data/table.h"

namespace lingshu {
namespace {

const char* const kGolden = "tests/golden/tables";

#define NEEDS_PARQUET() \
  if (Registry<TableFormat>::Get().FindOrNull("parquet") == nullptr) GTEST_SKIP() << "Parquet was left out of this build"

// The samples of a source that must have no broken row.
std::vector<Sample> Whole(const std::string& source, const fs::path& root, const std::string& split = "test") {
  const ReadResult read = ReadSource(source, {.root = root, .split = split});
  for (const auto& [id, reason] : read.skipped) ADD_FAILURE() << id << ": " << reason;
  return read.samples;
}

TEST(HubLayout, VqaRad) {
  NEEDS_PARQUET();
  const std::vector<Sample> samples = Whole("vqa_rad", kGolden);
  ASSERT_EQ(samples.size(), 5u);
  EXPECT_EQ(samples[0].id, "vqa_rad:test:00000");
  EXPECT_EQ(samples[3].id, "vqa_rad:test:00003");  // of the second file
  EXPECT_EQ(samples[1].answer_type, AnswerType::kYesNo);
  EXPECT_EQ(samples[1].answer, "no");
  EXPECT_EQ(samples[1].meta.at("prompt_kind"), "yes_no");
  EXPECT_EQ(samples[2].answer, "left lung");
  EXPECT_EQ(samples[4].answer_type, AnswerType::kYesNo);      // the gold is "yes" …
  EXPECT_EQ(samples[4].meta.at("prompt_kind"), "open");       // … and the prompt does not say so of "Where is it?"
  EXPECT_EQ(samples[0].group, samples[1].group);              // one picture, two questions
  EXPECT_NE(samples[1].group, samples[2].group);
  EXPECT_EQ(LoadImage(samples[4].images[0], "")->width, 20);  // of the second file too
}

TEST(HubLayout, PathVqa) {
  NEEDS_PARQUET();
  const std::vector<Sample> samples = Whole("path_vqa", kGolden);
  ASSERT_EQ(samples.size(), 5u);
  EXPECT_EQ(samples[1].meta.at("answer_as_published"), "No");
  EXPECT_EQ(LoadImage(samples[2].images[0], "")->height, 10);
}

TEST(HubLayout, MedMcqaCountsFromZero) {
  NEEDS_PARQUET();
  const std::vector<Sample> samples = Whole("med_mcqa", kGolden, "validation");
  ASSERT_EQ(samples.size(), 4u);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(samples[i].answer, std::string(1, static_cast<char>('A' + i)));
}

TEST(HubLayout, PubMedQaHasItsAbstractAsContext) {
  NEEDS_PARQUET();
  const std::vector<Sample> samples = Whole("pubmed_qa", kGolden);
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].context, "BACKGROUND: a.\nRESULTS: b.");
  EXPECT_EQ(samples[0].options, (std::vector<std::string>{"yes", "no", "maybe"}));
  EXPECT_EQ(samples[0].answer, "C");
}

TEST(HubLayout, MmluHasNineSubjects) {
  NEEDS_PARQUET();
  const std::vector<Sample> samples = Whole("mmlu_med", kGolden);
  EXPECT_EQ(samples.size(), 9u);
  for (const Sample& sample : samples) EXPECT_EQ(sample.answer, "D");
}

TEST(HubLayout, MmmuReadsItsOptionsAndAllItsPictures) {
  NEEDS_PARQUET();
  const std::vector<Sample> samples = Whole("mmmu_med", kGolden, "validation");
  ASSERT_EQ(samples.size(), 6u);
  EXPECT_EQ(samples[0].id, "mmmu_med:validation:validation_Basic_Medical_Science_1");
  EXPECT_EQ(samples[0].options, (std::vector<std::string>{"a nerve", "Paget's disease"}));
  EXPECT_EQ(samples[0].images.size(), 2u);
  EXPECT_EQ(samples[1].answer_type, AnswerType::kOpen);
  EXPECT_EQ(samples[1].images.size(), 1u);
  EXPECT_EQ(samples[5].meta.at("subject"), "Public_Health");
}

TEST(HubLayout, MmmuTestNeedsTheUsersKey) {
  NEEDS_PARQUET();
  const TemporaryFolder folder;
  fs::copy(fs::path(kGolden) / "mmmu", folder.path() / "mmmu", fs::copy_options::recursive);
  try {
    ReadSource("mmmu_med", {.root = folder.path(), .split = "test"});
    ADD_FAILURE() << "read without a key";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kNotFound);
    EXPECT_NE(e.message().find("answer_dict_test.json"), std::string::npos);
  }
  folder.Write("mmmu/answer_dict_test.json", R"({"test_Pharmacy_1": {"question_type": "multiple-choice", "ground_truth": "A"}, "test_Public_Health_1": "B"})");
  const ReadResult read = ReadSource("mmmu_med", {.root = folder.path(), .split = "test"});
  ASSERT_EQ(read.samples.size(), 2u);
  EXPECT_EQ(read.samples[0].answer, "A");
  EXPECT_EQ(read.samples[1].answer, "B");
  EXPECT_EQ(read.skipped.size(), 4u);  // not in the key
}

TEST(HubLayout, MedFrameQaHasSeveralPictures) {
  NEEDS_PARQUET();
  const std::vector<Sample> samples = Whole("med_frame_qa", kGolden);
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].images.size(), 3u);
  EXPECT_EQ(samples[0].modality, "ultrasound");
  EXPECT_EQ(samples[0].answer, "B");
}

TEST(HubLayout, MedBulletsLeavesOutTheAbsentOption) {
  NEEDS_PARQUET();
  const std::vector<Sample> samples = Whole("med_bullets_op4", kGolden);
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].options.size(), 4u);
  EXPECT_EQ(samples[0].answer, "D");
}

TEST(Layout, PmcVqaOfBothVersions) {
  const TemporaryFolder folder;
  folder.Write("pmc_vqa/test_2.csv",
               "index,Figure_path,Caption,Question,Choice A,Choice B,Choice C,Choice D,Answer,split\n"
               "0,PMC1_1.jpg,\"a, b\",What is it?, A:A mass , B:A cyst , C:A vessel , D:A bone ,B,test\n");
  folder.Write("pmc_vqa/test_clean.csv",
               "Figure_path,Question,Answer,Choice A,Choice B,Choice C,Choice D,Answer_label\n"
               "PMC1_1.jpg,What is it?,A cyst,A:A mass,B:A cyst,C:A vessel,D:A bone,B\n");
  folder.Write("pmc_vqa/figures/PMC1_1.jpg", "x");
  for (const char* split : {"test", "test_clean"}) {
    const std::vector<Sample> samples = Whole("pmc_vqa", folder.path(), split);
    ASSERT_EQ(samples.size(), 1u) << split;
    EXPECT_EQ(samples[0].options, (std::vector<std::string>{"A mass", "A cyst", "A vessel", "A bone"}));
    EXPECT_EQ(samples[0].answer, "B");
    EXPECT_EQ(samples[0].images[0].path, (folder.path() / "pmc_vqa/figures/PMC1_1.jpg").string());
  }
}

TEST(Layout, OmniMedVqaFindsItsGoldByText) {
  const TemporaryFolder folder;
  folder.Write("omni_med_vqa/QA_information/Open-access/A.json",
               R"json([{"dataset": "A", "question_id": "A_1", "question_type": "Modality Recognition", "question": "Which?", "gt_answer": " mr imaging", "image_path": "Images/A/1.png",
                    "option_A": "CT", "option_B": "MR imaging", "modality_type": "MR (Mag-netic Resonance Imaging)"},
                   {"dataset": "A", "question": "Which?", "gt_answer": "PET", "image_path": "Images/A/1.png", "option_A": "CT", "option_B": "MR imaging"}])json");
  folder.Write("omni_med_vqa/QA_information/Open-access/B.json",
               R"([{"question": "Which?", "gt_answer": "yes", "image_path": "Images/B/1.png", "option_A": "yes", "option_B": "no", "modality_type": "X-Ray"}])");
  const ReadResult read = ReadSource("omni_med_vqa", {.root = folder.path(), .split = "test"});
  ASSERT_EQ(read.samples.size(), 2u);
  EXPECT_EQ(read.samples[0].answer, "B");
  EXPECT_EQ(read.samples[0].modality, "MRI");
  EXPECT_EQ(read.samples[1].modality, "X-ray");
  ASSERT_EQ(read.skipped.size(), 1u);
  EXPECT_NE(read.skipped[0].second.find("not among the options"), std::string::npos);
}

TEST(Layout, MedXpertQaOfTheHub) {
  const TemporaryFolder folder;
  folder.Write("med_xpert_qa/MM/test.jsonl",
               R"({"id": "MM-1", "question": "Which?\nAnswer Choices: (A) a (B) b", "options": {"A": "a", "B": "b"}, "label": "B", "images": ["MM-1-a.jpeg", "MM-1-b.jpeg"], "medical_task": "Diagnosis", "body_system": "Skeletal", "question_type": "Reasoning"})"
               "\n");
  const std::vector<Sample> samples = Whole("med_xpert_qa_mm", folder.path());
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].question, "Which?");
  EXPECT_EQ(samples[0].images.size(), 2u);
  EXPECT_EQ(samples[0].meta.at("organ"), "Skeletal");
}

TEST(Layout, SuperGpqaKeepsMedicineAlone) {
  const TemporaryFolder folder;
  folder.Write("super_gpqa/SuperGPQA-all.jsonl",
               R"({"uuid": "u1", "question": "q", "options": ["a", "b", "c"], "answer_letter": "C", "discipline": "Medicine", "field": "Clinical Medicine", "difficulty": "hard"})"
               "\n"
               R"({"uuid": "u2", "question": "q", "options": ["a", "b"], "answer_letter": "A", "discipline": "History", "field": "f", "difficulty": "easy"})"
               "\n");
  const std::vector<Sample> samples = Whole("super_gpqa_med", folder.path());
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].id, "super_gpqa_med:test:u1");
  EXPECT_EQ(samples[0].meta.at("difficulty"), "hard");
}

TEST(Layout, CmbTakesItsKeyFromTheOtherFile) {
  const TemporaryFolder folder;
  folder.Write("cmb/CMB-Exam/CMB-test/CMB-test-choice-question-merge.json",
               R"([{"id": 1, "exam_type": "医师考试", "exam_subject": "内科", "question": "哪项？", "question_type": "单项选择题", "option": {"A": "甲", "B": "乙", "C": ""}},
                   {"id": 2, "question": "哪些？", "question_type": "多项选择题", "option": {"A": "甲", "B": "乙", "C": "丙"}},
                   {"id": 3, "question": "哪项？", "question_type": "单项选择题", "option": {"A": "甲", "B": "乙"}}])");
  folder.Write("cmb/CMB-Exam/CMB-test/CMB-test-choice-answer.json", R"([{"id": 1, "answer": "B"}, {"id": 2, "answer": "CA"}])");
  const ReadResult read = ReadSource("cmb", {.root = folder.path(), .split = "test"});
  ASSERT_EQ(read.samples.size(), 2u);
  EXPECT_EQ(read.samples[0].answer, "B");
  EXPECT_EQ(read.samples[0].options.size(), 2u);
  EXPECT_EQ(read.samples[1].answer, "AC");
  ASSERT_EQ(read.skipped.size(), 1u);  // no key: an empty gold is not a gold
}

TEST(Layout, CmExamInItsThreeForms) {
  const std::vector<std::string> options = {"甲", "乙 丙", "丁"};
  const TemporaryFolder folder;
  folder.Write("cm_exam/test.csv", "Question,Options,Answer,Explanation\n哪些？,\"A 甲\nB 乙 丙\nC 丁\",AC,\n");
  EXPECT_EQ(Whole("cm_exam", folder.path())[0].options, options);
  EXPECT_EQ(Whole("cm_exam", folder.path())[0].answer, "AC");
  fs::remove(folder.path() / "cm_exam/test.csv");
  folder.Write("cm_exam/test.jsonl", R"({"Question": "哪些？", "Options": [{"key": "A", "value": "甲"}, {"key": "B", "value": "乙 丙"}, {"key": "C", "value": "丁"}], "Answer": "B"})"
                                     "\n");
  EXPECT_EQ(Whole("cm_exam", folder.path())[0].options, options);
  fs::remove(folder.path() / "cm_exam/test.jsonl");
  folder.Write("cm_exam/test.jsonl", R"({"Question": "哪些？", "Options": "A 甲\\nB 乙 丙\\nC 丁", "Answer": "B"})"
                                     "\n");
  EXPECT_EQ(Whole("cm_exam", folder.path())[0].options, options);
}

TEST(Layout, McmleOfTheHub) {
  const TemporaryFolder folder;
  folder.Write("med_qa_mcmle/test.jsonl", R"({"question": "哪项？", "options": {"A": "甲", "B": "乙", "C": "丙", "D": "丁", "E": "戊"}, "answer_idx": "E"})"
                                          "\n");
  const std::vector<Sample> samples = Whole("med_qa_mcmle", folder.path());
  ASSERT_EQ(samples.size(), 1u);
  EXPECT_EQ(samples[0].language, "zh");
  EXPECT_EQ(samples[0].options.size(), 5u);
}

TEST(Layout, HealthBenchInThreeParts) {
  const TemporaryFolder folder;
  const std::string row =
      R"({"prompt": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}], "prompt_id": "p", "rubrics": [{"criterion": "x", "points": -4, "tags": ["axis:accuracy"]}], "example_tags": ["theme:hedging"]})"
      "\n";
  folder.Write("health_bench/2025-05-07-06-14-12_oss_eval.jsonl", row);
  folder.Write("health_bench/hard_2025-05-08-21-00-10.jsonl", row);
  folder.Write("health_bench/consensus_2025-05-09-20-00-46.jsonl", row + R"({"prompt": [], "prompt_id": "q", "rubrics": []})" + "\n");
  for (const char* split : {"test", "hard", "consensus"}) {
    const ReadResult read = ReadSource("health_bench", {.root = folder.path(), .split = split});
    ASSERT_EQ(read.samples.size(), 1u) << split;
    EXPECT_EQ(read.samples[0].question, "c");
    EXPECT_EQ(ParseJson(read.samples[0].meta.at("conversation"), "x").size(), 3u);
    EXPECT_EQ(read.samples[0].meta.at("theme"), "hedging");
    EXPECT_EQ(read.skipped.size(), std::string(split) == "consensus" ? 1u : 0u);
  }
}

TEST(Layout, ReportsWithoutEitherSectionAreNotAsked) {
  const TemporaryFolder folder;
  folder.Write("IU_XRAY/test.json",
               R"([{"id": "a", "image": ["1.png", "2.png"], "findings": "Clear.", "impression": ""}, {"id": "b", "image": "1.png", "findings": "", "impression": " "}])");
  const ReadResult read = ReadSource("iu_xray", {.root = folder.path(), .split = "test"});
  ASSERT_EQ(read.samples.size(), 1u);
  EXPECT_EQ(read.samples[0].kind, SampleKind::kReport);
  EXPECT_EQ(read.samples[0].images.size(), 2u);
  EXPECT_EQ(read.samples[0].answer, "Findings: Clear. Impression: ");
  ASSERT_EQ(read.skipped.size(), 1u);
}

TEST(Layout, RadRestructOfFolders) {
  const TemporaryFolder folder;
  folder.Write("rad_restruct/test_qa_pairs/5.json",
               R"([["Any signs?", ["yes"], [], {"answer_type": "single_choice", "options": ["yes", "no"], "path": "lung_signs"}],
                   ["In which area?", ["right", "left"], [["Any signs?", ["yes"]]], {"answer_type": "multi_choice", "options": ["bilateral", "left", "right"], "path": "lung_signs_opacity_localization"}]])");
  folder.Write("rad_restruct/id_to_img_mapping_frontal_reports.json", R"({"5": ["CXR5_1", "CXR5_2"]})");
  const std::vector<Sample> samples = Whole("rad_restruct", folder.path());
  ASSERT_EQ(samples.size(), 2u);
  EXPECT_EQ(samples[1].answer, "BC");
  EXPECT_EQ(samples[1].context, "Any signs? yes");
  EXPECT_EQ(samples[1].images.size(), 2u);
  EXPECT_EQ(samples[0].group, "5");
}

TEST(Layout, CredentialedSetsAreMarked) {
  EXPECT_TRUE(PublicationOf("mimic_cxr").is_credentialed);
  EXPECT_TRUE(PublicationOf("chexpert_plus").is_credentialed);
  EXPECT_FALSE(PublicationOf("vqa_rad").is_credentialed);
  for (const Publication& publication : Registry<Publication>::Get().All())
    EXPECT_NE(Registry<Source>::Get().FindOrNull(publication.name), nullptr) << publication.name;
}

}  // namespace
}  // namespace lingshu
