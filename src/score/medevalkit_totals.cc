#include "score/medevalkit_totals.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/error.h"
#include "score/bleu.h"
#include "score/judge_reply.h"
#include "score/medevalkit.h"
#include "score/report_row.h"
#include "score/report_tokens.h"
#include "score/rouge.h"

namespace lingshu {
namespace {

struct Hits {
  int64_t total = 0, right = 0;
  void Add(bool is_right) { ++total, right += is_right; }
};

[[noreturn]] void Raise(const std::string& benchmark, const std::string& exception) {
  throw Error(ErrorCode::kUnsupported, fmt::format("MedEvalKit has no totals for {}: {}", benchmark, exception));
}

double Ratio(const std::string& benchmark, int64_t right, int64_t total) {
  if (total == 0) Raise(benchmark, "ZeroDivisionError: division by zero");
  return static_cast<double>(right) / static_cast<double>(total);
}

Json HitsToJson(const std::string& benchmark, const Hits& hits) {
  return {{"total", hits.total}, {"right", hits.right}, {"acc", Ratio(benchmark, hits.right, hits.total)}};
}

bool IsRight(const std::string& benchmark, const ReferenceVerdict& verdict) {
  if (!verdict.correct) Raise(benchmark, verdict.error);
  return *verdict.correct;
}

// Sums over the open answers, under the reference's names.
struct OpenSums {
  static constexpr std::array<const char*, 11> kNames = {"bleu1",  "bleu2",     "bleu3",  "bleu4", "rouge1", "rouge2",
                                                         "rougel", "precision", "recall", "f1",    "em"};
  std::array<double, kNames.size()> sums = {};

  void Add(const std::string& gold, const ReferenceVerdict& verdict) {
    NgramTable table;
    const BleuCounts counts =
        CountBleu(NgramsOf(table, AnswerTokens(gold)), NgramsOf(table, AnswerTokens(verdict.prediction)));
    for (int n = 1; n <= kMaxNgramOrder; ++n) sums[n - 1] += NltkBleu(counts, n);
    const Rouge rouge = RougeOfSets(gold, verdict.prediction).value();  // MedEvalKitOpen has refused the empty ones
    sums[4] += rouge.rouge1.f;
    sums[5] += rouge.rouge2.f;
    sums[6] += rouge.rouge_l.f;
    const Json f1 =
        MedEvalKitTokenF1(gold, verdict.prediction);  // f1, precision, recall: unpacked as precision, recall, f1
    for (size_t i = 0; i < 3 && f1.is_array(); ++i) sums[7 + i] += f1[i].get<double>();
    sums[10] += *verdict.correct;
  }
};

Json VqaTotals(const std::string& benchmark, const std::vector<TotalsRow>& rows,
               const std::optional<std::vector<std::string>>& judge_replies) {
  Hits open, close, all;
  OpenSums sums;
  const bool is_slake = benchmark == "SLAKE";
  int64_t judged_open = 0, judged_close = 0;
  size_t next_reply = 0;
  for (const TotalsRow& row : rows) {
    const std::string gold(PythonStrip(PythonLower(row.gold)));
    const bool is_yes_no = is_slake ? row.gold == "yes" || row.gold == "no" : gold == "yes" || gold == "no";
    const bool is_closed = is_slake ? row.is_closed : is_yes_no;
    if (judge_replies && (is_slake || !is_closed)) {
      if (next_reply == judge_replies->size())
        throw Error(ErrorCode::kCorrupt, fmt::format("{}: fewer judge replies than questions", benchmark));
      (is_closed ? judged_close : judged_open) += MedEvalKitJudges((*judge_replies)[next_reply++]);
    }
    const ReferenceVerdict verdict = !is_closed  ? MedEvalKitOpen(benchmark, row.gold, row.response)
                                     : is_yes_no ? MedEvalKitYesNo(row.gold, row.response)
                                                 : MedEvalKitClosed(row.gold, row.response);
    const bool is_right = IsRight(benchmark, verdict);
    all.Add(is_right);
    (is_closed ? close : open).Add(is_right);
    if (!is_closed) sums.Add(OpenGold(benchmark, row.gold), verdict);
  }
  if (judge_replies) {
    open.right = judged_open;
    if (benchmark == "PATH_VQA") close.right = 0;  // zeroed and never counted again
    if (is_slake) close.right += judged_close;     // on top of what the rules found
    all.right = open.right + close.right;
  }
  Json json = {{"total metrics", HitsToJson(benchmark, all)}, {"open", {{"total", open.total}, {"right", open.right}}}};
  const double accuracy = Ratio(benchmark, open.right, open.total);
  for (size_t i = 0; i < sums.sums.size(); ++i)
    json["open"][OpenSums::kNames[i]] = sums.sums[i] / static_cast<double>(open.total);
  json["open"]["acc"] = accuracy / static_cast<double>(open.total);
  json["close"] = HitsToJson(benchmark, close);
  return json;
}

// A table's name in the output and the key of TotalsRow::meta that it is by.
using Table = std::pair<const char*, const char*>;

std::vector<Table> TablesOf(const std::string& benchmark) {
  if (benchmark == "SuperGPQA") return {{"field", "difficulty"}, {"difficulty", "field"}};
  if (benchmark == "OmniMedVQA")
    return {{"question type metrics", "question_type"}, {"modality type metrics", "modality_type"}};
  if (benchmark.starts_with("MedXpertQA"))
    return {{"question type metrics", "question_type"}, {"task type metrics", "medical_task"}};
  return {};
}

Json ChoiceTotals(const std::string& benchmark, const std::vector<TotalsRow>& rows) {
  const std::vector<Table> tables = TablesOf(benchmark);
  Hits all;
  std::vector<std::vector<std::pair<std::string, Hits>>> cells(tables.size());
  for (const TotalsRow& row : rows) {
    const bool is_right = IsRight(benchmark, MedEvalKitChoice(benchmark, row.options, row.gold, row.response));
    all.Add(is_right);
    for (size_t i = 0; i < tables.size(); ++i) {
      const auto it = row.meta.find(tables[i].second);
      const std::string key = it == row.meta.end() ? "" : it->second;
      auto cell = std::find_if(cells[i].begin(), cells[i].end(), [&](const auto& known) { return known.first == key; });
      if (cell == cells[i].end()) cell = cells[i].insert(cell, {key, Hits()});
      cell->second.Add(is_right);
    }
  }
  Json json = {{"total metrics", HitsToJson(benchmark, all)}};
  for (size_t i = 0; i < tables.size(); ++i)
    for (const auto& [key, hits] : cells[i]) json[tables[i].first][key] = HitsToJson(benchmark, hits);
  return json;
}

}  // namespace

Json MedEvalKitTotals(const std::string& benchmark, const std::vector<TotalsRow>& rows,
                      const std::optional<std::vector<std::string>>& judge_replies) {
  if (benchmark == "VQA_RAD" || benchmark == "PATH_VQA" || benchmark == "SLAKE")
    return VqaTotals(benchmark, rows, judge_replies);
  return ChoiceTotals(benchmark, rows);
}

}  // namespace lingshu
