// The arithmetic behind the encoder metrics against values of the reference packages.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "score/bert_score.h"
#include "score/chexbert.h"
#include "score/green.h"
#include "score/radcliq.h"
#include "score/radgraph.h"
#include "score/rate_score.h"

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

// float32 sums in another order: a few ulp of 1, times the condition of F near P + R = 0.
constexpr double kFloatTolerance = 1e-5;

TEST(ClinicalConformanceTest, BertScore) {
  const std::vector<Json> cases = CasesOf("clinical_cases.jsonl", "bertscore");
  ASSERT_FALSE(cases.empty());
  for (const Json& test : cases) {
    const PrecisionRecallF score = BertScore({.embeddings = test["ref_emb"], .weights = test["ref_idf"]},
                                             {.embeddings = test["cand_emb"], .weights = test["cand_idf"]});
    const Json& ref = test["ref"];
    EXPECT_NEAR(score.p, ref["P"].get<double>(), kFloatTolerance) << test["id"];
    EXPECT_NEAR(score.r, ref["R"].get<double>(), kFloatTolerance) << test["id"];
    EXPECT_NEAR(score.f, ref["F"].get<double>(), kFloatTolerance) << test["id"];
    const PrecisionRecallF rescaled = RescaleBertScore(score, kDistilRobertaBaseline);
    // Rescaling divides by 1 - 0.847.
    EXPECT_NEAR(rescaled.p, ref["rescaled_distilroberta_L5"][0].get<double>(), kFloatTolerance / 0.15) << test["id"];
    EXPECT_NEAR(rescaled.r, ref["rescaled_distilroberta_L5"][1].get<double>(), kFloatTolerance / 0.15) << test["id"];
    EXPECT_NEAR(rescaled.f, ref["rescaled_distilroberta_L5"][2].get<double>(), kFloatTolerance / 0.15) << test["id"];
  }
}

ChexbertClasses ClassesOf(const Json& row) {
  ChexbertClasses classes;
  for (int i = 0; i < kNumChexbertLabels; ++i) classes[i] = static_cast<ChexbertClass>(row[i].get<int>());
  return classes;
}

void ExpectF1(const MultiLabelF1& found, const Json& expected, const std::string& id) {
  EXPECT_NEAR(found.micro, expected["micro avg"].get<double>(), 1e-12) << id;
  EXPECT_NEAR(found.macro, expected["macro avg"].get<double>(), 1e-12) << id;
  EXPECT_NEAR(found.weighted, expected["weighted avg"].get<double>(), 1e-12) << id;
  EXPECT_NEAR(found.samples, expected["samples avg"].get<double>(), 1e-12) << id;
}

TEST(ClinicalConformanceTest, Chexbert) {
  const std::vector<Json> cases = CasesOf("clinical_cases.jsonl", "chexbert");
  ASSERT_FALSE(cases.empty());
  for (const Json& test : cases) {
    std::vector<ChexbertClasses> gold, predicted;
    for (const Json& row : test["gold_classes"]) gold.push_back(ClassesOf(row));
    for (const Json& row : test["pred_classes"]) predicted.push_back(ClassesOf(row));
    const ChexbertScores scores = ChexbertF1(gold, predicted);
    ExpectF1(scores.all, test["ref"]["f1_14"], test["id"]);
    ExpectF1(scores.five, test["ref"]["f1_5"], test["id"]);
    EXPECT_NEAR(scores.exact_match_five, test["ref"]["exact_match_acc_5"].get<double>(), 1e-12) << test["id"];
    for (int i = 0; i < kNumChexbertLabels; ++i)
      EXPECT_NEAR(scores.all.by_label[i], test["ref"]["per_label_f1"][kChexbertLabels[i]].get<double>(), 1e-12)
          << test["id"];
  }
}

RadGraphReport ReportOf(const Json& json) {
  RadGraphReport report;
  for (const auto& [key, entity] : json["entities"].items())
    report[key] = {.tokens = entity["tokens"], .label = entity["label"], .relations = entity["relations"]};
  return report;
}

TEST(ClinicalConformanceTest, RadGraph) {
  const std::vector<Json> cases = CasesOf("clinical_cases.jsonl", "radgraph");
  ASSERT_FALSE(cases.empty());
  for (const Json& test : cases) {
    const RadGraphScores scores = RadGraphF1(ReportOf(test["ref_report"]), ReportOf(test["hyp"]));
    const Json& ref = test["ref"];
    EXPECT_NEAR(scores.simple, ref["radgraph_simple"].get<double>(), 1e-12) << test["id"];
    EXPECT_NEAR(scores.partial, ref["radgraph_partial"].get<double>(), 1e-12) << test["id"];
    EXPECT_NEAR(scores.complete, ref["radgraph_complete"].get<double>(), 1e-12) << test["id"];
    EXPECT_NEAR(scores.entity_f1, ref["cxr_entity_f1"].get<double>(), 1e-12) << test["id"];
    EXPECT_NEAR(scores.relation_f1, ref["cxr_relation_f1"].get<double>(), 1e-12) << test["id"];
    EXPECT_NEAR(scores.combined(), ref["cxr_combined"].get<double>(), 1e-12) << test["id"];
  }
}

std::vector<RateEntity> EntitiesOf(const Json& embeddings, const Json& types) {
  static const std::vector<std::string> kNames = {"ABNORMALITY", "NON-ABNORMALITY", "DISEASE", "NON-DISEASE",
                                                  "ANATOMY"};
  std::vector<RateEntity> entities;
  for (size_t i = 0; i < embeddings.size(); ++i) {
    const auto place = std::find(kNames.begin(), kNames.end(), types[i].get<std::string>()) - kNames.begin();
    entities.push_back({.type = static_cast<RateType>(place), .embedding = embeddings[i]});
  }
  return entities;
}

TEST(ClinicalConformanceTest, RateScore) {
  const std::vector<Json> cases = CasesOf("clinical_cases.jsonl", "ratescore");
  ASSERT_FALSE(cases.empty());
  for (const Json& test : cases) {
    const std::vector<RateEntity> reference = EntitiesOf(test["ref_emb"], test["ref_types"]);
    const std::vector<RateEntity> candidate = EntitiesOf(test["cand_emb"], test["cand_types"]);
    const RateMatrix matrix = test["matrix"] == "long" ? RateMatrix::kLong : RateMatrix::kShort;
    EXPECT_NEAR(RateOneWay(reference, candidate, matrix), test["ref"]["gt_to_pred"].get<double>(), kFloatTolerance)
        << test["id"];
    EXPECT_NEAR(RateOneWay(candidate, reference, matrix), test["ref"]["pred_to_gt"].get<double>(), kFloatTolerance)
        << test["id"];
    EXPECT_NEAR(RateScore(reference, candidate, matrix), test["ref"]["score"].get<double>(), kFloatTolerance)
        << test["id"];
  }
}

TEST(ClinicalConformanceTest, Green) {
  const std::vector<Json> cases = CasesOf("clinical_cases.jsonl", "green");
  ASSERT_FALSE(cases.empty());
  for (const Json& test : cases) {
    const GreenAnalysis analysis = ParseGreen(test["analysis"].get<std::string>());
    EXPECT_EQ(analysis.num_significant(), test["ref"]["significant_total"]) << test["id"];
    EXPECT_EQ(Json(analysis.significant), test["ref"]["significant_by_type"]) << test["id"];
    EXPECT_EQ(analysis.matched, test["ref"]["matched"]) << test["id"];
    EXPECT_NEAR(analysis.score(), test["ref"]["green"].get<double>(), 1e-12) << test["id"];
  }
}

TEST(ClinicalConformanceTest, RadCliq) {
  const std::vector<Json> cases = CasesOf("radcliq_cases.jsonl", "radcliq");
  ASSERT_FALSE(cases.empty());
  for (const Json& test : cases) {
    const Json& in = test["inputs"];
    const RadCliqInputs inputs{.radgraph_combined = in["radgraph_combined"],
                               .bert_score = in["bertscore"],
                               .semb_score = in["semb_score"],
                               .bleu2 = in["bleu2"]};
    EXPECT_NEAR(RadCliqV0(inputs), test["ref"]["radcliq_v0"].get<double>(), 1e-12) << test["id"];
    EXPECT_NEAR(RadCliqV1(inputs), test["ref"]["radcliq_v1"].get<double>(), 1e-12) << test["id"];
  }
}

TEST(SembScoreTest, IsTheCosine) {
  const std::vector<float> a = {1, 0, 2}, b = {2, 0, 4}, c = {0, 3, 0};
  EXPECT_NEAR(SembScore(a, b), 1, 1e-12);
  EXPECT_EQ(SembScore(a, c), 0);
}

}  // namespace
}  // namespace lingshu
