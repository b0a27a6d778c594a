// The scorers against cases computed by the reference code: `ref` is MedEvalKit's verdict, `human` what the reply means.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "base/strings.h"
#include "score/difflib.h"
#include "score/medevalkit.h"
#include "score/medevalkit_mmmu.h"
#include "score/score_rows.h"

namespace lingshu {
namespace {

const fs::path kFolder = "tests/conformance";

std::vector<Json> ReadCases(const char* name) {
  std::vector<Json> cases;
  ForEachLine(kFolder / name, [&](std::string_view line, int64_t number) {
    Json json = ParseJson(line, fmt::format("{}:{}", name, number));
    if (!json.contains("_header")) cases.push_back(std::move(json));
  });
  return cases;
}

// What the header says that the file has: the cases may be exchanged for more of their kind.
int64_t NumRows(const char* name) {
  int64_t rows = -1;
  ForEachLine(kFolder / name, [&](std::string_view line, int64_t number) {
    if (number == 1) rows = ParseJson(line, name)["rows"];
  });
  return rows;
}

// Rows of the output under their ids, after a run of ScoreRows over the answers.
std::map<std::string, Json> ScoredAnswers(ScoreProfile profile) {
  const fs::path out = fs::path(::testing::TempDir()) / "conformance.jsonl";
  EXPECT_EQ(ScoreRows(kFolder / "qa_cases.jsonl", out, profile), NumRows("qa_cases.jsonl"));
  std::map<std::string, Json> rows;
  ForEachLine(out, [&](std::string_view line, int64_t) {
    Json json = ParseJson(line, "out");
    const std::string id = json["id"];
    rows[id] = std::move(json);
  });
  return rows;
}

TEST(ConformanceTest, StrictAgreesWithHumans) {
  const std::map<std::string, Json> rows = ScoredAnswers(ScoreProfile::kStrict);
  int64_t n = 0, num_agreed = 0;
  for (const Json& test : ReadCases("qa_cases.jsonl")) {
    if (!test["human"].contains("correct")) continue;
    const Json& row = rows.at(test["id"]);
    bool is_agreed = row["correct"] == test["human"]["correct"];
    if (const auto pred = test["human"].find("pred"); pred != test["human"].end()) is_agreed &= row["prediction"] == (pred->is_null() ? Json("") : *pred);
    ++n;
    num_agreed += is_agreed;
    EXPECT_TRUE(is_agreed) << test["id"] << " " << test["response"] << " gives " << row["state"] << " " << row["prediction"] << " by " << row["rule"];
  }
  EXPECT_GE(n, 1630);
  EXPECT_EQ(num_agreed, n);
}

TEST(ConformanceTest, RefusalsAreUnparsedNotWrong) {
  const std::map<std::string, Json> rows = ScoredAnswers(ScoreProfile::kStrict);
  for (const Json& test : ReadCases("qa_cases.jsonl")) {
    const auto pred = test["human"].find("pred");
    if (pred == test["human"].end() || !pred->is_null()) continue;
    EXPECT_EQ(rows.at(test["id"])["state"], test["response"].is_null() ? "generation_error" : "unparsed") << test["id"];
  }
}

// ref.pred of MMMU's open questions is a set.
std::string JoinedSorted(const Json& list) {
  std::vector<std::string> parts = list.get<std::vector<std::string>>();
  std::sort(parts.begin(), parts.end());
  return JoinStrings(parts, " | ");
}

TEST(ConformanceTest, MedEvalKitProfileIsTheReference) {
  const std::map<std::string, Json> rows = ScoredAnswers(ScoreProfile::kMedevalkit);
  for (const Json& test : ReadCases("qa_cases.jsonl")) {
    const std::string type = test["case_type"];
    if (type == "token_f1") continue;
    const Json& row = rows.at(test["id"]);
    const Json& ref = type == "mmmu_open" ? test["ref"]["test"] : test["ref"];
    if (ref.value("random_fallback", false)) {
      EXPECT_EQ(row["state"], "unparsed") << test["id"];  // a drawn option is no verdict
      continue;
    }
    if (ref["correct"].is_null()) {
      EXPECT_EQ(row["state"], test["response"].is_null() ? "generation_error" : "unparsed") << test["id"];
      EXPECT_TRUE(row["correct"].is_null()) << test["id"];
      EXPECT_NE(row["rule"].get<std::string>().find(ref["error"].get<std::string>()), std::string::npos) << test["id"] << row["rule"];
      continue;
    }
    EXPECT_EQ(row["correct"], ref["correct"]) << test["id"] << " " << test["response"];
    if (type == "mcq") {
      EXPECT_EQ(row["prediction"], ref["accepted_letters"].empty() ? Json("") : ref["accepted_letters"][0]) << test["id"];
    }
    if (type == "mmmu_mcq") {
      EXPECT_EQ(row["prediction"], ref["pred"]) << test["id"];
    }
    if (type == "mmmu_open") {
      EXPECT_EQ(row["prediction"], JoinedSorted(ref["pred"])) << test["id"];
    }
  }
}

TEST(ConformanceTest, PrimitivesAreTheReferences) {
  for (const Json& test : ReadCases("primitive_cases.jsonl")) {
    const std::string type = test["case_type"];
    const Json& ref = test["ref"];
    if (type == "difflib_ratio") {
      EXPECT_DOUBLE_EQ(SequenceRatio(test["a"].get<std::string>(), test["b"].get<std::string>()), ref["ratio"]) << test["id"];
    }
    if (type == "find_most_similar_index") {
      EXPECT_EQ(FindMostSimilarIndex(test["options"], test["target"].get<std::string>()), ref["index"]) << test["id"];
    }
    if (type == "extract_boxed_content") {
      EXPECT_EQ(ExtractBoxedContent(test["text"].get<std::string>()), ref["value"]) << test["id"];
    }
    if (type == "extract_tag") {
      EXPECT_EQ(ExtractTag(test["text"].get<std::string>(), "answer"), ref["value"]) << test["id"];
    }
    if (type == "parse_response") {
      EXPECT_EQ(ParseResponse(test["text"].get<std::string>()), ref["value"]) << test["id"];
    }
    if (type == "mmmu_extract_numbers") {
      EXPECT_EQ(Json(MmmuExtractNumbers(test["text"].get<std::string>())), ref["numbers"]) << test["id"];
      const MmmuNormal normal = MmmuNormalize(test["text"].get<std::string>());
      EXPECT_EQ(normal.is_number, ref["is_number"]) << test["id"];
      EXPECT_EQ(normal.is_number ? Json::array({normal.number}) : Json(normal.texts), ref["normalize"]) << test["id"];
    }
  }
}

TEST(ScoreRowsTest, UnknownCaseTypeListsTheKnownOnes) {
  try {
    ScoreAnswerRow({.id = "x", .case_type = "mcqq", .gold = "A"}, ScoreProfile::kStrict);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("mmmu_mcq"), std::string::npos);
  }
}

TEST(ScoreRowsTest, FormIsInferredWhereNoneIsNamed) {
  EXPECT_EQ(ScoreAnswerRow({.id = "x", .options = {"A. one", "B. two"}, .gold = "B", .response = "two"}, ScoreProfile::kStrict).state, ScoreState::kCorrect);
  EXPECT_EQ(ScoreAnswerRow({.id = "x", .gold = "No", .response = "It is absent."}, ScoreProfile::kStrict).rule, "yes_no:statement");
  EXPECT_EQ(ScoreAnswerRow({.id = "x", .gold = "cyst", .response = "a cyst"}, ScoreProfile::kStrict).state, ScoreState::kCorrect);
}

TEST(ScoreRowsTest, LettersOfOptionsAreStrippedOnlyWhenAllHaveTheirOwn) {
  EXPECT_EQ(StripOptionLetters({"A. one", "B.two", " C: three "}), (std::vector<std::string>{"one", "two", "three"}));
  EXPECT_EQ(StripOptionLetters({"(A) one", "(B) two"}), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(StripOptionLetters({"A. one", "two"}), (std::vector<std::string>{"A. one", "two"}));
  EXPECT_EQ(StripOptionLetters({"A. fumigatus", "A. flavus"}), (std::vector<std::string>{"A. fumigatus", "A. flavus"}));
}

TEST(ScoreRowsTest, ReportsGetMetricsAndLoneReferencesOnlyCount) {
  const fs::path in = fs::path(::testing::TempDir()) / "reports.jsonl",
                 out = fs::path(::testing::TempDir()) / "reports.out";
  WriteFileAtomic(in, ReadFile(kFolder / "report_cases.jsonl") + ReadFile(kFolder / "report_references.jsonl"));
  EXPECT_EQ(ScoreRows(in, out, ScoreProfile::kStrict), NumRows("report_cases.jsonl"));
  const std::vector<Json> cases = ReadCases("report_cases.jsonl");
  size_t next = 0;
  ForEachLine(out, [&](std::string_view line, int64_t) {
    const Json row = ParseJson(line, "out"), &test = cases.at(next++);
    EXPECT_EQ(row["id"], test["id"]);
    EXPECT_NEAR(row["metrics"]["cidereval_corpus_df"]["ciderD"], test["cidereval_corpus_df"]["ciderD"], 1e-9)
        << row["id"];
    EXPECT_NE(row["metrics"]["medevalkit_report"]["meteor_error"].get<std::string>().find("--wordnet"),
              std::string::npos);
  });
  EXPECT_EQ(next, cases.size());
}

TEST(ScoreRowsTest, WordNetThatLacksAFileIsNamed) {
  const fs::path in = fs::path(::testing::TempDir()) / "pair.jsonl";
  WriteFileAtomic(in, "{\"id\": \"a\", \"reference\": \"Clear.\", \"candidate\": \"Clear.\"}\n");
  try {
    ScoreRows(in, fs::path(::testing::TempDir()) / "pair.out", ScoreProfile::kStrict, "/nowhere/wordnet");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("/nowhere/wordnet/index.noun"), std::string::npos) << error.message();
  }
}

TEST(ScoreRowsTest, BrokenRowNamesItsLine) {
  const fs::path in = fs::path(::testing::TempDir()) / "broken.jsonl";
  WriteFileAtomic(in, "{\"id\": \"a\", \"gold\": \"x\", \"response\": \"x\"}\n{\"id\": \"b\", \"response\": \"x\"}\n");
  try {
    ScoreRows(in, fs::path(::testing::TempDir()) / "broken.out", ScoreProfile::kStrict);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("broken.jsonl:2"), std::string::npos) << error.message();
    EXPECT_NE(error.message().find("gold"), std::string::npos) << error.message();
  }
}

}  // namespace
}  // namespace lingshu
