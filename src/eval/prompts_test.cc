// MedEvalKit's prompts word for word (tests/conformance/prompt_cases.jsonl), and ours.
#include <fstream>

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "ask/prompt.h"
#include "base/files.h"
#include "data/fixture.h"
#include "eval/benchmark.h"
#include "eval/prompt_row.h"

namespace lingshu {
namespace {

void WriteRow(const TemporaryFolder& folder, const std::string& file, const Json& row) {
  folder.Write(file, file.ends_with(".json") ? DumpJson(Json::array({row})) : DumpJson(row) + "\n");
}

// The only sample of the benchmark below the folder.
Sample ReadOne(const Benchmark& benchmark, const fs::path& root) {
  const ReadResult read = ReadSource(benchmark.source, {.root = root, .split = benchmark.split});
  for (const auto& [id, reason] : read.skipped) ADD_FAILURE() << id << ": " << reason;
  return read.samples.empty() ? Sample{} : read.samples[0];
}

// The prompts of judges are others' texts, which this program does not hold.
TEST(MedEvalKitPrompt, IsTheReferencesWordForWord) {
  int cases = 0;
  ForEachLine("tests/conformance/prompt_cases.jsonl", [&](std::string_view line, int64_t) {
    const Json row = ParseJson(line, "prompt_cases.jsonl");
    if (row.contains("_header")) return;
    const std::string id = StringAt(row, "id", "case");
    const Json found = PromptOfRow(row, ScoreProfile::kMedevalkit, id);
    if (id == "prompt/judge_compare" || id == "prompt/healthbench_grader") {
      EXPECT_TRUE(found["value"].is_null()) << id;
      return;
    }
    EXPECT_EQ(found["value"], row["prompt"]) << id;
    ++cases;
  });
  EXPECT_GE(cases, 58);
}

TEST(PromptOfRow, RefusesRowsThatAreNone) {
  const auto prompt_of = [](const char* benchmark, Json raw) { return PromptOfRow({{"benchmark", benchmark}, {"raw", std::move(raw)}}, ScoreProfile::kMedevalkit, "here"); };
  EXPECT_THROW(prompt_of("CMMLU", {{"task", "../../etc"}, {"question", "q"}}), Error);
  EXPECT_THROW(prompt_of("PMC_VQA", {"1", "2"}), Error);
  EXPECT_THROW(prompt_of("MedMCQA", {{"question", "q"}}), Error);
  EXPECT_THROW(prompt_of("MedMCQA", nullptr), Error);
  EXPECT_THROW(prompt_of("Radrestruct", {{"question", "q"}, {"options", Json::array()}}), Error);
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
