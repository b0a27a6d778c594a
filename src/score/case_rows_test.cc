// `lingshu score` over every kind of row of the conformance set: what comes out is what the reference gives.
#include "score/case_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"

namespace lingshu {
namespace {

const fs::path kFolder = "tests/conformance";

// The rows of a file, and what ScoreRows makes of each.
std::vector<std::pair<Json, Json>> ScoredCases(const char* file, ScoreProfile profile) {
  const fs::path out = fs::path(::testing::TempDir()) / ("cases_" + fs::path(file).filename().string());
  ScoreRows(kFolder / file, out, profile);
  std::vector<std::pair<Json, Json>> cases;
  ForEachLine(kFolder / file, [&](std::string_view line, int64_t) {
    if (Json json = ParseJson(line, file); !json.contains("_header")) cases.emplace_back(std::move(json), Json());
  });
  size_t next = 0;
  ForEachLine(out, [&](std::string_view line, int64_t) { cases.at(next++).second = ParseJson(line, "out"); });
  EXPECT_EQ(next, cases.size()) << file;
  for (const auto& [row, result] : cases) EXPECT_EQ(row["id"], result["id"]);
  return cases;
}

void ExpectSame(const Json& found, const Json& expected, double tolerance, const std::string& where) {
  if (expected.is_object() || expected.is_array()) {
    ASSERT_EQ(found.size(), expected.size()) << where << ": " << found.dump();
    for (const auto& [key, value] : expected.items()) {
      if (expected.is_object()) {
        ASSERT_TRUE(found.contains(key)) << where << "/" << key;
      }
      ExpectSame(expected.is_object() ? found[key] : found[std::stoul(key)], value, tolerance, where + "/" + key);
    }
  } else if (expected.is_number()) {
    ASSERT_TRUE(found.is_number()) << where << ": " << found.dump();
    EXPECT_NEAR(found.get<double>(), expected.get<double>(), tolerance) << where;
  } else {
    EXPECT_EQ(found, expected) << where;
  }
}

constexpr ScoreProfile kKit = ScoreProfile::kMedevalkit;

TEST(CaseRowsTest, Primitives) {
  const std::map<std::string, const char*> keys = {{"difflib_ratio", "ratio"}, {"find_most_similar_index", "index"}};
  for (const auto& [row, result] : ScoredCases("primitive_cases.jsonl", kKit)) {
    const auto key = keys.find(row["case_type"]);
    const Json& expected = key != keys.end() ? row["ref"][key->second] : row["ref"].contains("value") ? row["ref"]["value"] : row["ref"];
    ExpectSame(result["value"], expected, 1e-12, row["id"]);
  }
}

TEST(CaseRowsTest, Judges) {
  for (const auto& [row, result] : ScoredCases("judge_cases.jsonl", kKit)) {
    if (row["case_type"] == "healthbench_grader_json") {
      EXPECT_EQ(result["value"]["parsed"], row["ref"]["parsed"]) << row["id"];
      EXPECT_EQ(result["value"]["usable"], row["ref"]["usable"]) << row["id"];
      continue;
    }
    EXPECT_EQ(result["correct"], row["ref"]["judged_correct"]) << row["id"];
    EXPECT_EQ(result["prediction"], row["ref"]["extracted"]) << row["id"];
  }
  for (const auto& [row, result] : ScoredCases("judge_cases.jsonl", ScoreProfile::kStrict)) {
    if (!row.contains("human")) continue;
    EXPECT_EQ(result["correct"], row["human"]["judged_correct"]) << row["id"];
    EXPECT_EQ(result["state"] == "judge_error", row["human"]["judged_correct"].is_null()) << row["id"];
  }
}

TEST(CaseRowsTest, HealthBench) {
  for (const auto& [row, result] : ScoredCases("healthbench_cases.jsonl", kKit)) {
    Json expected = row["ref"];
    if (row["case_type"] == "healthbench_score") {
      expected.erase("error");
      ExpectSame(result["value"], expected, 1e-12, row["id"]);
    } else if (expected["result"].is_null()) {
      EXPECT_TRUE(result["value"].is_null());
      EXPECT_EQ(result["error"], expected["error"]) << row["id"];
    } else {
      ExpectSame(result["value"], expected["result"], 1e-12, row["id"]);
    }
  }
  for (const auto& [row, result] : ScoredCases("healthbench_cases.jsonl", ScoreProfile::kStrict))
    if (row["case_type"] == "healthbench_aggregate") {
      EXPECT_EQ(result["value"]["ungraded"], row["ref"]["result"].is_null() ? 1 : 0) << row["id"];
    }
}

TEST(CaseRowsTest, Aggregations) {
  for (const auto& [row, result] : ScoredCases("aggregation_cases.jsonl", kKit)) {
    ASSERT_TRUE(result.contains("metrics")) << row["id"];
    if (!row.contains("samples") || row["ref"]["metrics"].is_null()) {
      EXPECT_TRUE(result["metrics"].is_null()) << row["id"];
      EXPECT_FALSE(result["error"].get<std::string>().empty()) << row["id"];
    } else {
      ExpectSame(result["metrics"], row["ref"]["metrics"], 1e-9, row["id"]);
    }
  }
  int compared = 0;
  for (const auto& [row, result] : ScoredCases("aggregation_cases.jsonl", ScoreProfile::kStrict)) {
    if (!row.contains("samples")) continue;
    for (const auto& [key, value] : row["human"].items()) {
      if (key == "note") continue;
      ExpectSame(result["metrics"][key], value, 1e-12, row["id"].get<std::string>() + "/" + key);
      ++compared;
    }
  }
  EXPECT_GT(compared, 20);
}

TEST(CaseRowsTest, Clinical) {
  for (const auto& [row, result] : ScoredCases("clinical_cases.jsonl", kKit)) {
    const std::string type = row["case_type"];
    const bool is_constant = type == "ratescore_matrices" || type == "bertscore_baseline";
    // float32 where the reference uses torch; rescaling divides by 1 - 0.847.
    const double tolerance = type == "ratescore" ? 1e-5 : type == "bertscore" ? 1e-5 / 0.15 : 1e-12;
    Json found = result[is_constant ? "value" : "metrics"];
    ExpectSame(found, row["ref"], tolerance, row["id"]);
  }
  for (const auto& [row, result] : ScoredCases("radcliq_cases.jsonl", kKit)) ExpectSame(result["metrics"], row["ref"], 1e-12, row["id"]);
}

TEST(CaseRowsTest, OpenAnswersHaveTheReferencesMetricsBesideTheirVerdict) {
  int num_open = 0, num_f1 = 0;
  for (const auto& [row, result] : ScoredCases("qa_cases.jsonl", kKit)) {
    if (row["case_type"] == "vqa_open") {
      const Json metrics = row["ref"].value("metrics", Json());
      if (metrics.is_null()) EXPECT_TRUE(result["metrics"].is_null()) << row["id"];
      else ExpectSame(result["metrics"], metrics, 1e-9, row["id"]), ++num_open;
    }
    if (row["case_type"] == "token_f1") ExpectSame(result["value"], row["ref"]["returned"], 1e-12, row["id"]), ++num_f1;
  }
  EXPECT_GT(num_open, 20);
  EXPECT_GT(num_f1, 3);
}

// Verdicts of MedEvalKit's own classes on replies that were cut and joined (tools/golden/medevalkit.py): boxes that nobody closed, three line
// ends, "answer is" before yes and no, blanks at the edges of SLAKE's answers.
TEST(CaseRowsTest, MutatedRepliesHaveTheReferencesVerdict) {
  int num_tricky = 0;
  for (const auto& [row, result] : ScoredCases("../golden/medevalkit/cases.jsonl", kKit)) {
    const Json& ref = row["ref"];
    if (ref.contains("error")) EXPECT_TRUE(result["correct"].is_null()) << row["id"];
    else if (ref.contains("random") && ref["random"].get<bool>()) EXPECT_EQ(result["state"], "unparsed") << row["id"] << row["response"];
    else if (ref.contains("pred")) EXPECT_EQ(result["prediction"], ref["pred"]) << row["id"] << row["response"];
    else if (ref.contains("value")) ExpectSame(result["value"], ref["value"], 1e-12, row["id"]);
    else EXPECT_EQ(result["correct"], ref["correct"]) << row["id"] << row["response"];
    num_tricky += row["response"].get<std::string>().find("boxed") != std::string::npos;
  }
  EXPECT_GT(num_tricky, 20);
}

TEST(CaseRowsTest, RowsThatAreNoneNameTheField) {
  const auto expect_error = [](const char* row, const char* what) {
    try {
      ScoreCaseRow(ParseJson(row, "row"), kKit, "rows.jsonl:7");
      ADD_FAILURE() << row;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kCorrupt) << row;
      EXPECT_NE(error.message().find("rows.jsonl:7"), std::string::npos) << error.message();
      EXPECT_NE(error.message().find(what), std::string::npos) << error.message();
    }
  };
  expect_error(R"({"case_type": "difflib_ratio", "a": "x"})", "\"b\"");
  expect_error(R"({"case_type": "chexbert", "gold_classes": [[0, 1]], "pred_classes": [[0, 1]]})", "14 classes");
  expect_error(R"({"case_type": "chexbert", "gold_classes": [], "pred_classes": []})", "0 gold");
  expect_error(R"({"case_type": "bertscore", "ref_emb": [[1, 2]], "cand_emb": [[1]], "ref_idf": [1], "cand_idf": [1]})", "rows of 2 and of 1");
  expect_error(R"({"case_type": "bertscore", "ref_emb": [[1, 2]], "cand_emb": [[1, 2]], "ref_idf": [], "cand_idf": [1]})", "ref_idf");
  expect_error(R"({"case_type": "ratescore", "matrix": "long", "ref_emb": [[1]], "ref_types": ["ORGAN"], "cand_emb": [], "cand_types": []})",
               "ORGAN");
  expect_error(R"({"case_type": "healthbench_score", "items": [{"points": "5", "met": true, "tags": []}]})", "points");
  expect_error(
      R"({"case_type": "radgraph", "hyp": {"entities": {}}, "ref_report": {"entities": {"1": {"tokens": "a", "label": "b", "relations": [["x"]]}}}})",
      "relations");
  expect_error(R"({"case_type": "radcliq", "inputs": {"radgraph_combined": 1}})", "bertscore");
  expect_error(R"({"case_type": "judge_reply", "reply": 7})", "reply");
}

}  // namespace
}  // namespace lingshu
