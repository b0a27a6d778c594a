#include "score/case_rows.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "score/bert_score.h"
#include "score/chexbert.h"
#include "score/difflib.h"
#include "score/green.h"
#include "score/healthbench.h"
#include "score/judge_reply.h"
#include "score/medevalkit.h"
#include "score/medevalkit_mmmu.h"
#include "score/medevalkit_totals.h"
#include "score/radcliq.h"
#include "score/radgraph.h"
#include "score/rate_score.h"

namespace lingshu {
namespace {

// What a row is read from, and how.
struct Case {
  const Json& row;
  ScoreProfile profile;
  const std::string& where;

  bool is_strict() const { return profile == ScoreProfile::kStrict; }
  std::string Text(const char* key) const { return StringAt(row, key, where); }
  const Json& List(const char* key) const { return ListIn(row, key); }
  const Json& ListIn(const Json& object, const char* key) const {
    const Json& list = At(object, key, where);
    if (!list.is_array()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected a list \"{}\", found {}", where, key, list.type_name()));
    return list;
  }
  // Strings, numbers or lists of numbers of a list.
  template <typename T>
  T As(const Json& json, const char* key) const {
    try {
      return json.get<T>();
    } catch (const Json::exception&) {
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"{}\" has a value of another type than it should", where, key));
    }
  }
  // null is none.
  std::optional<std::string> Reply() const {
    const Json& reply = At(row, "reply", where);
    return reply.is_null() ? std::nullopt : std::optional(Text("reply"));
  }
};

Json Value(Json value) { return {{"value", std::move(value)}}; }
Json Metrics(Json metrics) { return {{"metrics", std::move(metrics)}}; }

Json DifflibRatio(const Case& c) { return Value(SequenceRatio(c.Text("a"), c.Text("b"))); }
Json MostSimilarIndex(const Case& c) {
  return Value(FindMostSimilarIndex(c.As<std::vector<std::string>>(c.List("options"), "options"), c.Text("target")));
}
Json BoxedContent(const Case& c) { return Value(ExtractBoxedContent(c.Text("text"))); }
Json TagContent(const Case& c) { return Value(ExtractTag(c.Text("text"), StringOr(c.row, "tag", "answer"))); }
Json ParsedResponse(const Case& c) { return Value(ParseResponse(c.Text("text"))); }

Json MmmuNumbers(const Case& c) {
  const std::string text = c.Text("text");
  const MmmuNormal normal = MmmuNormalize(text);
  return Value({{"numbers", MmmuExtractNumbers(text)},
                {"normalize", normal.is_number ? Json::array({normal.number}) : Json(normal.texts)},
                {"is_number", normal.is_number}});
}

// The reference takes what it cannot read for wrong; here that is no verdict.
Json JudgeVerdict(const Case& c) {
  const std::optional<std::string> reply = c.Reply();
  const std::string extracted = reply ? ExtractTag(*reply, "judge") : "";
  std::optional<bool> is_correct = MedEvalKitJudges(reply);
  if (c.is_strict()) is_correct = reply ? ReadJudgeReply(*reply) : std::nullopt;
  const ScoreState state = !is_correct ? ScoreState::kJudgeError : *is_correct ? ScoreState::kCorrect : ScoreState::kWrong;
  return {{"state", ScoreStateName(state)},
          {"correct", is_correct ? Json(*is_correct) : Json()},
          {"prediction", extracted},
          {"rule", c.is_strict() ? "judge" : "medevalkit:judge"}};
}

Json GraderObject(const Case& c) {
  const std::string reply = c.Reply().value_or("");
  Json parsed = Json::object();
  if (!c.is_strict()) parsed = MedEvalKitGrade(reply);
  else if (const std::optional<bool> is_met = ReadGraderReply(reply)) parsed["criteria_met"] = *is_met;
  const bool is_usable = parsed.is_object() && parsed.contains("criteria_met") && parsed["criteria_met"].is_boolean();
  return Value({{"parsed", parsed}, {"usable", is_usable}});
}

Json OrNull(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

Json RubricTotals(const Case& c) {
  std::vector<RubricItem> items;
  for (const Json& item : c.List("items"))
    items.push_back({.points = c.As<double>(At(item, "points", c.where), "points"),
                     .is_met = c.As<bool>(At(item, "met", c.where), "met"),
                     .tags = c.As<std::vector<std::string>>(c.ListIn(item, "tags"), "tags")});
  const RubricScore score = ScoreRubric(items);
  Json tags = Json::object();
  for (const auto& [tag, value] : score.by_tag) tags[tag] = OrNull(value);
  return Value({{"overall", OrNull(score.overall)}, {"tag_scores", tags}});
}

// A sample without a grade ends the reference; in strict it is counted and left out.
Json RubricAggregate(const Case& c) {
  std::vector<HealthBenchSample> samples;
  bool has_gap = false;
  for (const Json& sample : c.List("per_sample")) {
    samples.emplace_back();
    has_gap |= sample.is_null();
    if (sample.is_null()) continue;
    samples.back().emplace();
    for (const auto& [name, value] : sample.items()) samples.back()->emplace_back(name, c.As<double>(value, "per_sample"));
    samples.back()->emplace_back("score", c.As<double>(At(sample, "overall_score", c.where), "overall_score"));
  }
  if (has_gap && !c.is_strict()) return {{"value", nullptr}, {"error", "TypeError: 'NoneType' object is not subscriptable"}};
  const HealthBenchTotals totals = TotalHealthBench(samples, 0);
  Json metrics = Json::object(), score;
  for (const auto& [name, mean] : totals.by_metric) {
    if (name == "score") score = mean.mean;
    else metrics[name] = mean.mean;
    metrics[name + ":n_samples"] = mean.n;
    metrics[name + ":bootstrap_std"] = mean.bootstrap_std;
  }
  Json value = {{"score", score}, {"final_metrics", metrics}};
  if (c.is_strict()) value["ungraded"] = totals.num_ungraded;
  return Value(std::move(value));
}

constexpr const char* kTableKeys[] = {"field", "difficulty", "question_type", "modality_type", "medical_task"};

// Right of each kind as strict reads the replies; open answers as the judge says where it was asked, as the reference asks it: about
// every question of SLAKE, elsewhere about the open ones.
Json StrictTotals(const std::string& benchmark, const std::vector<TotalsRow>& rows, const std::optional<std::vector<std::string>>& judge_replies) {
  struct Hits {
    int64_t right = 0, total = 0;
  };
  Hits all, open, closed;
  std::map<std::string, std::map<std::string, Hits>> tables;
  size_t next_reply = 0;
  for (const TotalsRow& row : rows) {
    const std::string gold(PythonStrip(PythonLower(row.gold)));
    const bool is_choice = !row.options.empty(), is_closed = row.is_closed || gold == "yes" || gold == "no";
    const AnswerRow answer{.id = "",
                           .case_type = is_choice                       ? "mcq"
                                        : gold == "yes" || gold == "no" ? "yes_no"
                                        : is_closed                     ? "closed"
                                                                        : "open",
                           .benchmark = benchmark,
                           .options = row.options,
                           .gold = row.gold,
                           .response = row.response.value_or(""),
                           .has_response = row.response.has_value()};
    bool is_right = ScoreAnswerRow(answer, ScoreProfile::kStrict).state == ScoreState::kCorrect;
    if (judge_replies && !is_choice && (benchmark == "SLAKE" || !is_closed) && next_reply < judge_replies->size()) {
      const std::optional<bool> verdict = ReadJudgeReply((*judge_replies)[next_reply++]);
      if (!is_closed) is_right = verdict.value_or(false);
    }
    std::vector<Hits*> counted = {&all};
    if (!is_choice) counted.push_back(is_closed ? &closed : &open);
    for (const auto& [key, value] : row.meta) counted.push_back(&tables[key][value]);
    for (Hits* hits : counted) ++hits->total, hits->right += is_right;
  }
  Json json = Json::object();
  for (const auto& [name, hits] : {std::pair("total", all), std::pair("close", closed), std::pair("open", open)}) {
    if (hits.total == 0) continue;
    json[fmt::format("{}_total", name)] = hits.total;
    json[fmt::format("{}_right", name)] = hits.right;
    json[fmt::format("{}_acc", name)] = static_cast<double>(hits.right) / static_cast<double>(hits.total);
  }
  for (const auto& [key, cells] : tables)
    for (const auto& [value, hits] : cells) json[key][value] = {hits.right, hits.total};
  return json;
}

Json Aggregation(const Case& c) {
  if (!c.row.contains("samples")) return {{"metrics", nullptr}, {"error", "the row has no samples"}};
  std::vector<TotalsRow> rows;
  for (const Json& sample : c.List("samples")) {
    TotalsRow row{
        .gold = StringAt(sample, "answer", c.where), .response = std::nullopt, .is_closed = StringOr(sample, "answer_type", "") == "CLOSED"};
    if (const Json& response = At(sample, "response", c.where); !response.is_null()) row.response = StringAt(sample, "response", c.where);
    if (sample.contains("choices")) row.options = c.As<std::vector<std::string>>(c.ListIn(sample, "choices"), "choices");
    for (const char* key : kTableKeys)
      if (sample.contains(key)) row.meta[key] = StringAt(sample, key, c.where);
    rows.push_back(std::move(row));
  }
  std::optional<std::vector<std::string>> judge_replies;
  if (c.row.contains("judge_replies")) judge_replies = c.As<std::vector<std::string>>(c.List("judge_replies"), "judge_replies");
  const std::string benchmark = c.Text("benchmark");
  if (c.is_strict()) return Metrics(StrictTotals(benchmark, rows, judge_replies));
  try {
    return Metrics(MedEvalKitTotals(benchmark, rows, judge_replies));
  } catch (const Error& error) {  // where the reference raises an exception, the row says so and the others are scored
    if (error.code() != ErrorCode::kUnsupported) throw;
    return {{"metrics", nullptr}, {"error", error.message()}};
  }
}

RadGraphReport ReportOf(const Case& c, const char* key) {
  RadGraphReport report;
  for (const auto& [name, entity] : At(At(c.row, key, c.where), "entities", c.where).items())
    report[name] = {.tokens = StringAt(entity, "tokens", c.where),
                    .label = StringAt(entity, "label", c.where),
                    .relations = c.As<std::vector<std::pair<std::string, std::string>>>(c.ListIn(entity, "relations"), "relations")};
  return report;
}

Json RadGraph(const Case& c) {
  const RadGraphScores scores = RadGraphF1(ReportOf(c, "ref_report"), ReportOf(c, "hyp"));
  return Metrics({{"radgraph_simple", scores.simple},
                  {"radgraph_partial", scores.partial},
                  {"radgraph_complete", scores.complete},
                  {"cxr_entity_f1", scores.entity_f1},
                  {"cxr_relation_f1", scores.relation_f1},
                  {"cxr_combined", scores.combined()}});
}

// Rows of numbers, all of `width` columns; 0 takes the width of the first and leaves it there.
std::vector<std::vector<float>> MatrixAt(const Case& c, const char* key, size_t& width) {
  auto rows = c.As<std::vector<std::vector<float>>>(c.List(key), key);
  for (const std::vector<float>& row : rows) {
    if (width == 0) width = row.size();
    if (row.size() != width)
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: \"{}\" has rows of {} and of {} numbers", c.where, key, width, row.size()));
  }
  return rows;
}

constexpr std::array<const char*, kNumRateTypes> kRateNames = {"ABNORMALITY", "NON-ABNORMALITY", "DISEASE", "NON-DISEASE", "ANATOMY"};

std::vector<RateEntity> EntitiesOf(const Case& c, const char* embeddings_key, const char* types_key, size_t& width) {
  std::vector<std::vector<float>> embeddings = MatrixAt(c, embeddings_key, width);
  const auto types = c.As<std::vector<std::string>>(c.List(types_key), types_key);
  if (types.size() != embeddings.size())
    throw Error(ErrorCode::kCorrupt,
                fmt::format("{}: {} rows in \"{}\", {} in \"{}\"", c.where, embeddings.size(), embeddings_key, types.size(), types_key));
  std::vector<RateEntity> entities;
  for (size_t i = 0; i < types.size(); ++i) {
    const auto it = std::find(kRateNames.begin(), kRateNames.end(), types[i]);
    if (it == kRateNames.end()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: unknown type \"{}\" in \"{}\"", c.where, types[i], types_key));
    entities.push_back({.type = static_cast<RateType>(it - kRateNames.begin()), .embedding = std::move(embeddings[i])});
  }
  return entities;
}

Json Rate(const Case& c) {
  size_t width = 0;
  const std::vector<RateEntity> reference = EntitiesOf(c, "ref_emb", "ref_types", width), candidate = EntitiesOf(c, "cand_emb", "cand_types", width);
  const std::string matrix = c.Text("matrix");
  if (matrix != "long" && matrix != "short")
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected \"matrix\" long or short, found {}", c.where, matrix));
  const RateMatrix weights = matrix == "long" ? RateMatrix::kLong : RateMatrix::kShort;
  return Metrics({{"gt_to_pred", RateOneWay(reference, candidate, weights)},
                  {"pred_to_gt", RateOneWay(candidate, reference, weights)},
                  {"score", RateScore(reference, candidate, weights)}});
}

Json RateMatrices(const Case&) {
  Json value = Json::object();
  for (const auto& [name, matrix] : {std::pair("DEFAULT_MATRIX_LONG", RateMatrix::kLong), std::pair("DEFAULT_MATRIX_SHORT", RateMatrix::kShort)}) {
    for (int from = 0; from < kNumRateTypes; ++from)
      for (int to = 0; to < kNumRateTypes; ++to)
        value[name][LowerAscii(fmt::format("{}_{}", kRateNames[from], kRateNames[to]))] =
            RateWeight(matrix, static_cast<RateType>(from), static_cast<RateType>(to));
    value[name]["neg_weight"] = RateNegationWeight(matrix);
  }
  return Value(std::move(value));
}

EncodedText EncodedAt(const Case& c, const char* embeddings_key, const char* weights_key, size_t& width) {
  EncodedText text{.embeddings = MatrixAt(c, embeddings_key, width), .weights = c.As<std::vector<float>>(c.List(weights_key), weights_key)};
  if (text.weights.size() != text.embeddings.size())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: {} rows in \"{}\", {} in \"{}\"", c.where, text.embeddings.size(), embeddings_key,
                                                 text.weights.size(), weights_key));
  return text;
}

Json Bert(const Case& c) {
  size_t width = 0;
  const EncodedText reference = EncodedAt(c, "ref_emb", "ref_idf", width), candidate = EncodedAt(c, "cand_emb", "cand_idf", width);
  const PrecisionRecallF score = BertScore(reference, candidate), rescaled = RescaleBertScore(score, kDistilRobertaBaseline);
  return Metrics({{"P", score.p}, {"R", score.r}, {"F", score.f}, {"rescaled_distilroberta_L5", {rescaled.p, rescaled.r, rescaled.f}}});
}

Json BertBaseline(const Case&) {
  const PrecisionRecallF baseline = kDistilRobertaBaseline;
  return Value({{"model", "distilroberta-base"}, {"layer", 5}, {"P_R_F", {baseline.p, baseline.r, baseline.f}}});
}

Json Green(const Case& c) {
  const GreenAnalysis analysis = ParseGreen(c.Text("analysis"));
  return Metrics({{"significant_total", analysis.num_significant()},
                  {"significant_by_type", analysis.significant},
                  {"matched", analysis.matched},
                  {"green", analysis.score()}});
}

std::vector<ChexbertClasses> ClassesAt(const Case& c, const char* key) {
  std::vector<ChexbertClasses> reports;
  for (const std::vector<int>& row : c.As<std::vector<std::vector<int>>>(c.List(key), key)) {
    if (row.size() != kNumChexbertLabels || std::any_of(row.begin(), row.end(), [](int value) { return value < 0 || value > 3; }))
      throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected {} classes from 0 to 3 in every row of \"{}\"", c.where, kNumChexbertLabels, key));
    ChexbertClasses& classes = reports.emplace_back();
    for (size_t i = 0; i < row.size(); ++i) classes[i] = static_cast<ChexbertClass>(row[i]);
  }
  return reports;
}

Json AveragesToJson(const MultiLabelF1& f1) {
  return {{"micro avg", f1.micro}, {"macro avg", f1.macro}, {"weighted avg", f1.weighted}, {"samples avg", f1.samples}};
}

Json Chexbert(const Case& c) {
  const std::vector<ChexbertClasses> gold = ClassesAt(c, "gold_classes"), predicted = ClassesAt(c, "pred_classes");
  if (gold.empty() || gold.size() != predicted.size())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: {} gold and {} predicted reports", c.where, gold.size(), predicted.size()));
  const ChexbertScores scores = ChexbertF1(gold, predicted);
  Json by_label = Json::object();
  for (int i = 0; i < kNumChexbertLabels; ++i) by_label[kChexbertLabels[i]] = scores.all.by_label[i];
  return Metrics({{"exact_match_acc_5", scores.exact_match_five},
                  {"f1_14", AveragesToJson(scores.all)},
                  {"f1_5", AveragesToJson(scores.five)},
                  {"per_label_f1", by_label}});
}

Json RadCliq(const Case& c) {
  const Json& in = At(c.row, "inputs", c.where);
  const auto number = [&](const char* key) { return c.As<double>(At(in, key, c.where), key); };
  const RadCliqInputs inputs{.radgraph_combined = number("radgraph_combined"),
                             .bert_score = number("bertscore"),
                             .semb_score = number("semb_score"),
                             .bleu2 = number("bleu2")};
  return Metrics({{"radcliq_v0", RadCliqV0(inputs)}, {"radcliq_v1", RadCliqV1(inputs)}});
}

struct CaseType {
  const char* name;
  Json (*score)(const Case&);
};
constexpr CaseType kCaseTypes[] = {{"difflib_ratio", &DifflibRatio},
                                   {"find_most_similar_index", &MostSimilarIndex},
                                   {"extract_boxed_content", &BoxedContent},
                                   {"extract_tag", &TagContent},
                                   {"parse_response", &ParsedResponse},
                                   {"mmmu_extract_numbers", &MmmuNumbers},
                                   {"judge_reply", &JudgeVerdict},
                                   {"healthbench_grader_json", &GraderObject},
                                   {"healthbench_score", &RubricTotals},
                                   {"healthbench_aggregate", &RubricAggregate},
                                   {"aggregation", &Aggregation},
                                   {"radgraph", &RadGraph},
                                   {"ratescore", &Rate},
                                   {"ratescore_matrices", &RateMatrices},
                                   {"bertscore", &Bert},
                                   {"bertscore_baseline", &BertBaseline},
                                   {"green", &Green},
                                   {"chexbert", &Chexbert},
                                   {"radcliq", &RadCliq}};

}  // namespace

std::vector<std::string> CaseTypes() {
  std::vector<std::string> names;
  for (const CaseType& type : kCaseTypes) names.emplace_back(type.name);
  return names;
}

std::optional<Json> ScoreCaseRow(const Json& row, ScoreProfile profile, const std::string& where) {
  const auto named = row.find("case_type");
  // The reference's rows of totals have no type, and those about its crashes no samples.
  const bool is_of_totals = row.contains("samples") || (row.contains("benchmark") && !row.contains("gold") && !row.contains("response"));
  const std::string name = named != row.end() && named->is_string() ? named->get<std::string>() : is_of_totals ? "aggregation" : "";
  if (name.empty()) return std::nullopt;
  for (const CaseType& type : kCaseTypes)
    if (name == type.name) return type.score({row, profile, where});
  return std::nullopt;
}

}  // namespace lingshu
