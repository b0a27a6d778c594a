// MedEvalKit's prompts word for word (tests/conformance/prompt_cases.jsonl): each case's raw row is written in the layout of
// its set, read by the source and put by the benchmark's own form.
#include <fstream>

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "ask/prompt.h"
#include "base/files.h"
#include "data/fixture.h"
#include "eval/benchmark.h"

namespace lingshu {
namespace {

// Where a benchmark's rows lie and what the cases leave out of them.
struct Layout {
  std::string benchmark, file;
  Json extra = Json::object();
};

Layout LayoutOf(const std::string& kit_name) {
  static const std::map<std::string, Layout> kLayouts = {
      {"MedMCQA", {"med_mcqa", "med_mcqa/dev.json"}},
      {"MedQA_USMLE", {"med_qa", "med_qa/phrases_no_exclude_test.jsonl"}},
      {"PubMedQA", {"pubmed_qa", "pubmed_qa/test.jsonl"}},
      {"Medbullets_op4", {"med_bullets_op4", "med_bullets_op4/test.jsonl"}},
      {"Medbullets_op5", {"med_bullets_op5", "med_bullets_op5/test.jsonl"}},
      {"MedXpertQA", {"med_xpert_qa_text", "med_xpert_qa/Text/test.jsonl", {{"id", "Text-1"}}}},
      {"SuperGPQA", {"super_gpqa_med", "super_gpqa/SuperGPQA-all.jsonl", {{"uuid", "u"}, {"discipline", "Medicine"}}}},
      {"OmniMedVQA", {"omni_med_vqa", "omni_med_vqa/QA_information/Open-access/a.json", {{"image_path", "Images/a.png"}}}},
      {"MedFrameQA", {"med_frame_qa", "med_frame_qa/test.jsonl"}},
      {"CMB", {"cmb", "cmb/CMB-Exam/CMB-test/CMB-test-choice-question-merge.json", {{"id", 1}}}},
      {"CMExam", {"cm_exam", "cm_exam/test.jsonl"}},
      {"MedQA_MCMLE", {"med_qa_mcmle", "med_qa_mcmle/test.jsonl"}},
      {"VQA_RAD", {"vqa_rad", "vqa_rad/test.jsonl", {{"image", "a.png"}}}},
      {"PATH_VQA", {"path_vqa", "path_vqa/test.jsonl", {{"image", "a.png"}}}},
      {"SLAKE", {"slake", "slake/test.json", {{"img_name", "a/b.jpg"}, {"answer", "Lung"}}}},
      {"MMMU", {"mmmu_med", "mmmu/Pharmacy/validation.jsonl", {{"id", "validation_Pharmacy_1"}, {"answer", "A"}}}},
      {"MIMIC_CXR", {"mimic_cxr", "MIMIC_CXR/test.json", {{"findings", "f"}, {"impression", "i"}}}},
  };
  const auto it = kLayouts.find(kit_name);
  return it == kLayouts.end() ? Layout{} : it->second;
}

void WriteRow(const TemporaryFolder& folder, const std::string& file, const Json& row) {
  folder.Write(file, file.ends_with(".json") ? DumpJson(Json::array({row})) : DumpJson(row) + "\n");
}

// The layouts that take more than a row in a file; empty for the others.
std::string WriteSpecial(const TemporaryFolder& folder, const std::string& kit_name, const Json& raw) {
  if (kit_name == "PMC_VQA") {
    std::string cells;
    for (const Json& cell : raw) cells += (cells.empty() ? "" : ",") + cell.get<std::string>();
    folder.Write("pmc_vqa/test_2.csv", "index,Figure_path,Caption,Question,Choice A,Choice B,Choice C,Choice D,Answer,split\n" + cells + "\n");
    return "pmc_vqa";
  }
  if (kit_name == "CMMLU") {
    for (const char* subject : {"anatomy", "clinical_knowledge", "college_medicine", "genetics", "nutrition", "traditional_chinese_medicine", "virology"})
      folder.Write(fmt::format("cmmlu/test/{}.csv", subject), ",Question,A,B,C,D,Answer\n");
    const auto cell = [&](const char* name) { return raw[name].get<std::string>(); };
    folder.Write(fmt::format("cmmlu/test/{}.csv", cell("task")),
                 fmt::format(",Question,A,B,C,D,Answer\n0,{},{},{},{},{},{}\n", cell("question"), cell("A"), cell("B"), cell("C"), cell("D"), cell("answer")));
    return "cmmlu_med";
  }
  if (kit_name == "Radrestruct") {
    const Json options = raw["options"];
    folder.Write("rad_restruct/test_qa_pairs/1.json",
                 DumpJson(Json::array({Json::array({raw["question"], Json::array({options[0]}), Json::array(), {{"answer_type", "single_choice"}, {"options", options}, {"path", "p"}}})})));
    return "rad_restruct";
  }
  if (kit_name == "CheXpert_Plus/IU_XRAY") {
    WriteRow(folder, "IU_XRAY/test.json", {{"id", "a"}, {"image", {"1.png"}}, {"findings", "f"}, {"impression", "i"}});
    return "iu_xray";
  }
  return "";
}

// The only sample of the benchmark below the folder.
Sample ReadOne(const Benchmark& benchmark, const fs::path& root) {
  const ReadResult read = ReadSource(benchmark.source, {.root = root, .split = benchmark.split});
  for (const auto& [id, reason] : read.skipped) ADD_FAILURE() << id << ": " << reason;
  return read.samples.empty() ? Sample{} : read.samples[0];
}

TEST(MedEvalKitPrompt, IsTheReferencesWordForWord) {
  int cases = 0;
  ForEachLine("tests/conformance/prompt_cases.jsonl", [&](std::string_view line, int64_t) {
    const Json row = ParseJson(line, "prompt_cases.jsonl");
    if (row.contains("_header")) return;
    const std::string kit_name = StringAt(row, "benchmark", "case"), id = StringAt(row, "id", "case");
    if (id == "prompt/judge_compare" || id == "prompt/healthbench_grader") return;  // the judge's, not a question's
    const TemporaryFolder folder;
    std::string name = WriteSpecial(folder, kit_name, row["raw"]);
    if (name.empty()) {
      const Layout layout = LayoutOf(kit_name);
      ASSERT_NE(layout.benchmark, "") << id;
      Json raw = row["raw"];
      raw.update(layout.extra);
      WriteRow(folder, layout.file, raw);
      if (kit_name == "MMMU")
        for (const char* subject : {"Basic_Medical_Science", "Clinical_Medicine", "Diagnostics_and_Laboratory_Medicine", "Public_Health"})
          folder.Write(fmt::format("mmmu/{}/validation.jsonl", subject), "");
      name = layout.benchmark;
    }
    const Benchmark& benchmark = FindBenchmark(name);
    const bool is_reasoning = row["reasoning"].is_boolean() && row["reasoning"].get<bool>();
    EXPECT_EQ(MedEvalKitPrompt(ReadOne(benchmark, folder.path()), benchmark.form, is_reasoning), StringAt(row, "prompt", id)) << id;
    ++cases;
  });
  EXPECT_EQ(cases, 58);
}

TEST(OurPrompt, GivesLettersAndNeverFollowsTheGold) {
  const TemporaryFolder folder;
  WriteRow(folder, "med_qa_mcmle/test.jsonl", {{"question", "哪项？"}, {"options", {{"A", "甲"}, {"B", "乙"}}}, {"answer_idx", "A"}});
  EXPECT_NE(PromptText(ReadOne(FindBenchmark("med_qa_mcmle"), folder.path()), PromptMode::kDirect).find("A.甲\nB.乙"), std::string::npos);
  std::string prompts[2];
  for (int i = 0; i < 2; ++i) {
    WriteRow(folder, "vqa_rad/test.jsonl", {{"image", "a.png"}, {"question", "Is there an effusion?"}, {"answer", i == 0 ? "yes" : "left lung"}});
    prompts[i] = PromptText(ReadOne(FindBenchmark("vqa_rad"), folder.path()), PromptMode::kDirect);
  }
  EXPECT_EQ(prompts[0], prompts[1]);
}

TEST(FindBenchmark, KnowsOtherSpellings) {
  EXPECT_EQ(FindBenchmark("medqa").name, "med_qa");
  EXPECT_EQ(FindBenchmark("MedQA_USMLE").name, "med_qa");
  EXPECT_EQ(FindBenchmark("MMMU-Medical-val").name, "mmmu_med");
  EXPECT_EQ(FindBenchmark("PATH_VQA").name, "path_vqa");
  EXPECT_THROW(FindBenchmark("medqaa"), Error);
}

}  // namespace
}  // namespace lingshu
