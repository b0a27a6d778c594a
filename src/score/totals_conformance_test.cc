// MedEvalKit's totals of whole benchmarks against its own, faults included.
#include <gtest/gtest.h>

#include <cmath>

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "score/medevalkit_totals.h"

namespace lingshu {
namespace {

void ExpectSame(const Json& found, const Json& expected, const std::string& where) {
  if (expected.is_object()) {
    for (const auto& [key, value] : expected.items()) {
      ASSERT_TRUE(found.contains(key)) << where << "/" << key;
      ExpectSame(found[key], value, where + "/" + key);
    }
    EXPECT_EQ(found.size(), expected.size()) << where;
  } else if (expected.is_number()) {
    EXPECT_NEAR(found.get<double>(), expected.get<double>(), 1e-9) << where;
  } else {
    EXPECT_EQ(found, expected) << where;
  }
}

std::vector<TotalsRow> RowsOf(const Json& samples) {
  std::vector<TotalsRow> rows;
  for (const Json& sample : samples) {
    TotalsRow row{.gold = sample["answer"],
                  .response = sample["response"].get<std::string>(),
                  .is_closed = sample.value("answer_type", "") == "CLOSED"};
    if (sample.contains("choices")) row.options = sample["choices"];
    for (const char* key : {"field", "difficulty", "question_type", "modality_type", "medical_task"})
      if (sample.contains(key)) row.meta[key] = sample[key];
    rows.push_back(std::move(row));
  }
  return rows;
}

TEST(TotalsConformanceTest, AreTheReferences) {
  int num_totals = 0, num_exceptions = 0;
  ForEachLine("tests/conformance/aggregation_cases.jsonl", [&](std::string_view line, int64_t number) {
    const Json test = ParseJson(line, fmt::format("aggregation_cases:{}", number));
    if (!test.contains("samples")) return;  // the others show crashes of loaders that are not here
    std::optional<std::vector<std::string>> replies;
    if (test.contains("judge_replies")) replies = test["judge_replies"].get<std::vector<std::string>>();
    if (test["ref"]["metrics"].is_null()) {
      try {
        MedEvalKitTotals(test["benchmark"], RowsOf(test["samples"]), replies);
        ADD_FAILURE() << test["id"];
      } catch (const Error& error) {
        EXPECT_NE(error.message().find(test["ref"]["error"].get<std::string>()), std::string::npos) << error.message();
      }
      ++num_exceptions;
      return;
    }
    ExpectSame(MedEvalKitTotals(test["benchmark"], RowsOf(test["samples"]), replies), test["ref"]["metrics"],
               test["id"]);
    ++num_totals;
  });
  EXPECT_GE(num_totals, 9);
  EXPECT_GE(num_exceptions, 1);
}

}  // namespace
}  // namespace lingshu
