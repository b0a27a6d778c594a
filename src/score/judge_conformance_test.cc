// Judge replies and HealthBench's arithmetic against the reference and against what a reader makes of them.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "score/healthbench.h"
#include "score/judge_reply.h"
#include "score/medevalkit.h"

namespace lingshu {
namespace {

std::vector<Json> CasesOf(const char* file, const char* type) {
  std::vector<Json> cases;
  ForEachLine(fs::path("tests/conformance") / file, [&](std::string_view line, int64_t number) {
    Json json = ParseJson(line, fmt::format("{}:{}", file, number));
    if (!json.contains("_header") && json["case_type"] == type) cases.push_back(std::move(json));
  });
  return cases;
}

Json OrNull(const std::optional<bool>& verdict) { return verdict ? Json(*verdict) : Json(); }

TEST(JudgeConformanceTest, Verdicts) {
  const std::vector<Json> cases = CasesOf("judge_cases.jsonl", "judge_reply");
  ASSERT_FALSE(cases.empty());
  for (const Json& test : cases) {
    const auto reply = test["reply"].is_null() ? std::nullopt : std::optional(test["reply"].get<std::string>());
    EXPECT_EQ(MedEvalKitJudges(reply), test["ref"]["judged_correct"]) << test["id"];
    EXPECT_EQ(reply ? ExtractTag(*reply, "judge") : "", test["ref"]["extracted"]) << test["id"];
    EXPECT_EQ(OrNull(reply ? ReadJudgeReply(*reply) : std::nullopt), test["human"]["judged_correct"]) << test["id"];
  }
}

TEST(JudgeConformanceTest, Grades) {
  const std::vector<Json> cases = CasesOf("judge_cases.jsonl", "healthbench_grader_json");
  ASSERT_FALSE(cases.empty());
  for (const Json& test : cases) {
    const Json parsed = MedEvalKitGrade(test["reply"].get<std::string>());
    EXPECT_EQ(parsed, test["ref"]["parsed"]) << test["id"];
    EXPECT_EQ(parsed.contains("criteria_met") && parsed["criteria_met"].is_boolean(), test["ref"]["usable"])
        << test["id"];
  }
}

TEST(JudgeReplyTest, ReadsWhatAReaderWould) {
  EXPECT_EQ(ReadJudgeReply("<think>0?</think><judge>1</judge>"), false);
  EXPECT_EQ(ReadJudgeReply("<judge>0"), true);
  EXPECT_EQ(ReadJudgeReply("<judge>0</judge> or <judge>1</judge>"), std::nullopt);
  EXPECT_EQ(ReadJudgeReply("It is 0 of 10"), std::nullopt);
  EXPECT_EQ(ReadGraderReply("Here:\n```\n{\"explanation\": \"a } b\", \"criteria_met\": true}\n```"), true);
  EXPECT_EQ(ReadGraderReply("<think>{\"criteria_met\": true}</think>{\"criteria_met\": false}"), false);
  EXPECT_EQ(ReadGraderReply("{\"criteria_met\": \"true\"}"), std::nullopt);
  EXPECT_EQ(ReadGraderReply("{\"criteria_met\": tr"), std::nullopt);
}

TEST(HealthBenchConformanceTest, Scores) {
  const std::vector<Json> cases = CasesOf("healthbench_cases.jsonl", "healthbench_score");
  ASSERT_FALSE(cases.empty());
  for (const Json& test : cases) {
    std::vector<RubricItem> items;
    for (const Json& item : test["items"])
      items.push_back({.points = item["points"], .is_met = item["met"], .tags = item["tags"]});
    const RubricScore score = ScoreRubric(items);
    const auto expect = [&](const std::optional<double>& found, const Json& expected) {
      ASSERT_EQ(found.has_value(), !expected.is_null()) << test["id"];
      if (found) {
        EXPECT_NEAR(*found, expected.get<double>(), 1e-12) << test["id"];
      }
    };
    expect(score.overall, test["ref"]["overall"]);
    EXPECT_EQ(score.by_tag.size(), test["ref"]["tag_scores"].size());
    for (const auto& [tag, value] : score.by_tag) expect(value, test["ref"]["tag_scores"][tag]);
  }
}

TEST(HealthBenchConformanceTest, Totals) {
  const std::vector<Json> cases = CasesOf("healthbench_cases.jsonl", "healthbench_aggregate");
  ASSERT_FALSE(cases.empty());
  for (const Json& test : cases) {
    std::vector<HealthBenchSample> samples;
    for (const Json& sample : test["per_sample"]) {
      samples.emplace_back();
      if (sample.is_null()) continue;
      samples.back().emplace();
      for (const auto& [name, value] : sample.items()) samples.back()->emplace_back(name, value.get<double>());
      samples.back()->emplace_back("score", sample["overall_score"].get<double>());
    }
    const HealthBenchTotals totals = TotalHealthBench(samples, 0);
    if (test["ref"]["result"].is_null()) {  // the reference crashes on the sample without a grade; here it is counted
      EXPECT_EQ(totals.num_ungraded, 1);
      continue;
    }
    const Json& expected = test["ref"]["result"]["final_metrics"];
    for (const auto& [name, value] : totals.by_metric) {
      EXPECT_NEAR(value.mean, (name == "score" ? test["ref"]["result"]["score"] : expected[name]).get<double>(), 1e-12)
          << name;
      EXPECT_EQ(value.n, expected[name + ":n_samples"]) << name;
      EXPECT_NEAR(value.bootstrap_std, expected[name + ":bootstrap_std"].get<double>(), 1e-12) << name;
    }
  }
}

}  // namespace
}  // namespace lingshu
