// The report metrics against values computed by the Python packages (tests/conformance, tests/golden/report).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/files.h"
#include "base/json.h"
#include "score/medevalkit.h"
#include "score/metric.h"
#include "score/porter.h"
#include "score/ptb.h"
#include "score/report_row.h"

namespace lingshu {
namespace {

const fs::path kFolder = "tests/conformance";

std::vector<Json> ReadCases(const fs::path& path) {
  std::vector<Json> cases;
  ForEachLine(path, [&](std::string_view line, int64_t number) {
    Json json = ParseJson(line, fmt::format("{}:{}", path.string(), number));
    if (!json.contains("_header")) cases.push_back(std::move(json));
  });
  return cases;
}

CiderCorpus CorpusOf(const std::vector<Json>& rows) {
  CiderCorpus corpus;
  for (const Json& row : rows) corpus.Add(PtbTokens(row["reference"].get<std::string>()));
  return corpus;
}

// Counts the values of `expected` that `found` has too; numbers to 1e-9 of 1 + |x| (sums in another order).
struct Agreement {
  int64_t num_equal = 0, num_compared = 0;

  void Compare(const Json& expected, const Json& found, const std::string& where) {
    if (expected.is_object() && found.is_object()) {
      for (const auto& [key, value] : expected.items()) Compare(value, found.value(key, Json()), where + "/" + key);
      return;
    }
    if (expected.is_array() && found.is_array() && expected.size() == found.size()) {
      for (size_t i = 0; i < expected.size(); ++i) Compare(expected[i], found[i], fmt::format("{}/{}", where, i));
      return;
    }
    ++num_compared;
    const bool are_numbers = expected.is_number() && found.is_number();
    const double a = are_numbers ? expected.get<double>() : 0, b = are_numbers ? found.get<double>() : 0;
    const bool is_equal = are_numbers ? std::abs(a - b) <= 1e-9 * (1 + std::abs(a)) : expected == found;
    num_equal += is_equal;
    EXPECT_TRUE(is_equal) << where << ": expected " << expected.dump() << ", found " << found.dump();
  }
};

TEST(ReportConformanceTest, EveryVariantIsItsPackages) {
  const CiderCorpus corpus = CorpusOf(ReadCases(kFolder / "report_references.jsonl"));
  Agreement agreement;
  int64_t num_cases = 0;
  for (Json test : ReadCases(kFolder / "report_cases.jsonl")) {
    const Json found =
        ReportRowMetrics(test["reference"], test["candidate"], {.corpus = &corpus, .wordnet_note = "none"});
    const std::string id = test["id"];
    for (const char* key : {"id", "reference", "candidate", "meteor_1_5_jar_ptb"})
      test.erase(key);                          // 1.5 is another metric
    test["medevalkit_report"].erase("meteor");  // needs WordNet: the test below
    agreement.Compare(test, found, id);
    ++num_cases;
  }
  EXPECT_GE(num_cases, 114);
  EXPECT_EQ(agreement.num_equal, agreement.num_compared);
}

// The database is not part of the checkout: set-up installs Debian's wordnet-base.
TEST(ReportConformanceTest, MeteorIsNltks) {
  const fs::path folder = FindWordNet();
  if (folder.empty()) GTEST_SKIP() << "neither LINGSHU_WORDNET nor /usr/share/wordnet has the files of WordNet 3.0";
  const WordNet wordnet(folder);
  int64_t num_cases = 0;
  for (const Json& test : ReadCases(kFolder / "report_cases.jsonl")) {
    const Json found = ReportRowMetrics(test["reference"], test["candidate"], {.wordnet = &wordnet});
    EXPECT_NEAR(found["medevalkit_report"]["meteor"], test["medevalkit_report"]["meteor"], 1e-12) << test["id"];
    ++num_cases;
  }
  EXPECT_GE(num_cases, 114);
}

TEST(ReportConformanceTest, OpenAnswersHaveTheReferencesMetrics) {
  int64_t num_cases = 0;
  Agreement agreement;
  for (const Json& test : ReadCases(kFolder / "qa_cases.jsonl")) {
    if (test["case_type"] == "token_f1") {
      agreement.Compare(test["ref"]["returned"],
                        MedEvalKitTokenF1(test["gold"].get<std::string>(), test["response"].get<std::string>()),
                        test["id"]);
      ++num_cases;
    }
    if (test["case_type"] != "vqa_open" || !test["ref"].contains("metrics") || test["ref"]["metrics"].is_null())
      continue;
    const std::string gold(PythonStrip(PythonLower(test["gold"].get<std::string>())));
    const std::string said = MedEvalKitOpen(test["benchmark"], gold, test["response"].get<std::string>()).prediction;
    const Json found = ReportRowMetrics(gold, said, {.wordnet_note = "none"});
    const Json& metrics = test["ref"]["metrics"];
    for (const char* key : {"bleu1", "bleu2", "bleu3", "bleu4"})
      agreement.Compare(metrics[key], found["medevalkit_vqa"][key], test["id"]);
    agreement.Compare(metrics["rouge1"], found["medevalkit_report"]["rouge-1"]["f"], test["id"]);
    agreement.Compare(metrics["rouge2"], found["medevalkit_report"]["rouge-2"]["f"], test["id"]);
    agreement.Compare(metrics["rougel"], found["medevalkit_report"]["rouge-l"]["f"], test["id"]);
    agreement.Compare(metrics["medevalkit_precision_is_really_f1"], found["medevalkit_vqa"]["f1_tuple"][0], test["id"]);
    agreement.Compare(metrics["medevalkit_recall_is_really_precision"], found["medevalkit_vqa"]["f1_tuple"][1],
                      test["id"]);
    agreement.Compare(metrics["medevalkit_f1_is_really_recall"], found["medevalkit_vqa"]["f1_tuple"][2], test["id"]);
    ++num_cases;
  }
  EXPECT_GE(num_cases, 38);
  EXPECT_EQ(agreement.num_equal, agreement.num_compared);
}

std::vector<ReportPair> PairsOf(const std::vector<Json>& rows) {
  std::vector<ReportPair> pairs;
  for (const Json& row : rows) pairs.push_back({.reference = row["reference"], .candidate = row["candidate"]});
  return pairs;
}

const fs::path kGolden = "tests/golden/report";

// 200 drawn reports, and 150 texts of letters and signs that pycocoevalcap's tokenizer is not asked about.
TEST(ReportGoldenTest, EveryVariantIsItsPackages) {
  const std::vector<Json> rows = ReadCases(kGolden / "cases.jsonl");
  ASSERT_EQ(rows.size(), 350u);
  const CiderCorpus corpus = CorpusOf(std::vector<Json>(rows.begin(), rows.begin() + 200));
  Agreement agreement;
  for (Json test : rows) {
    const Json found =
        ReportRowMetrics(test["reference"], test["candidate"], {.corpus = &corpus, .wordnet_note = "none"});
    const std::string id = test["id"];
    for (const char* key : {"id", "reference", "candidate"}) test.erase(key);
    agreement.Compare(test, found, id);
  }
  EXPECT_EQ(agreement.num_equal, agreement.num_compared);
}

TEST(ReportGoldenTest, TotalsOfTheRegisteredMetricsAreThePackages) {
  std::vector<Json> rows = ReadCases(kGolden / "cases.jsonl");
  rows.resize(200);
  Json header;
  ForEachLine(kGolden / "cases.jsonl", [&](std::string_view line, int64_t number) {
    if (number == 1) header = ParseJson(line, "header");
  });
  const Json all = ComputeMetrics(PairsOf(rows), {});
  std::map<std::string, Json> by_name;
  for (const Json& metric : all) by_name[metric["name"]] = metric;
  Agreement agreement;
  for (int n = 1; n <= 4; ++n) {
    agreement.Compare(header["nltk_corpus_bleu"][n - 1], by_name.at(fmt::format("bleu{}_nltk_corpus", n))["value"],
                      "nltk corpus");
    agreement.Compare(header["coco"]["bleu"][n - 1], by_name.at(fmt::format("bleu{}_coco", n))["value"], "coco corpus");
  }
  agreement.Compare(header["coco"]["cider_d"], by_name.at("cider_d_corpus")["value"], "cider_d");
  agreement.Compare(header["coco"]["rouge_l"], by_name.at("rouge_l_coco")["value"], "rouge_l_coco");
  double mean = 0;
  for (const Json& row : rows) mean += row["rouge_score_stem"]["rougeL"]["f"].get<double>() / 200;
  agreement.Compare(mean, by_name.at("rouge_l_rouge_score_stem")["value"], "rouge_l_rouge_score_stem");
  EXPECT_EQ(agreement.num_equal, 11);
}

TEST(ReportGoldenTest, StemsAreNltks) {
  int64_t n = 0, num_equal = 0;
  for (const Json& test : ReadCases(kGolden / "stems.jsonl")) {
    const std::string stem = PorterStem(test["word"].get<std::string>());
    EXPECT_EQ(stem, test["stem"]) << test["word"];
    num_equal += stem == test["stem"];
    ++n;
  }
  EXPECT_GT(n, 2000);
  EXPECT_EQ(num_equal, n);
}

TEST(MetricTest, OneWithoutItsFilesSaysWhichIsMissing) {
  const Json all = ComputeMetrics({{.reference = "Clear lungs.", .candidate = "Clear lungs."}}, {.models = "/nowhere"});
  std::vector<std::string> missing;
  for (const Json& metric : all) {
    EXPECT_FALSE(metric["variant"].get<std::string>().empty()) << metric["name"];
    EXPECT_FALSE(metric["source"].get<std::string>().empty()) << metric["name"];
    if (metric.contains("missing")) {
      EXPECT_TRUE(metric["value"].is_null()) << metric["name"];
      missing.push_back(metric["name"]);
    } else {
      EXPECT_GE(metric["value"].get<double>(), metric["range"][0].get<double>()) << metric["name"];
      EXPECT_LE(metric["value"].get<double>(), metric["range"][1].get<double>() + 1e-9) << metric["name"];
    }
  }
  for (const char* name : {"green", "meteor_nltk"}) EXPECT_NE(std::find(missing.begin(), missing.end(), name), missing.end()) << name;
}

TEST(MetricTest, GreenComesFromTheAnalysesOfTheRows) {
  const Json all = ComputeMetrics({{.reference = "a", .candidate = "b", .green_analysis = "[Clinically Significant Errors]:\n(a) x: 1. y\n\n[Matched Findings]:\n3. a; b; c"},
                                   {.reference = "a", .candidate = "b"}}, {});
  for (const Json& metric : all) {
    if (metric["name"] != "green") continue;
    EXPECT_DOUBLE_EQ(metric["value"], 0.75);
    EXPECT_EQ(metric["failed"], 1);
  }
}

}  // namespace
}  // namespace lingshu
