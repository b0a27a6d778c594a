#include "eval/report.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/config.h"
#include "base/rng.h"
#include "base/strings.h"

namespace lingshu {
namespace {

constexpr const char* kFormat = "lingshu-eval-report";
constexpr int kVersion = 1;

ScoreState StateOf(const std::string& name, const std::string& where) {
  std::vector<std::string> known;
  for (int i = 0; i < kNumScoreStates; ++i) {
    known.emplace_back(ScoreStateName(static_cast<ScoreState>(i)));
    if (known.back() == name) return static_cast<ScoreState>(i);
  }
  throw Error(ErrorCode::kCorrupt, fmt::format("{}: unknown state \"{}\".\nKnown: {}.", where, name, JoinStrings(known, ", ")));
}

double NumberOr(const Json& json, const char* key, double fallback) {
  const auto it = json.find(key);
  return it != json.end() && it->is_number() ? it->get<double>() : fallback;
}

std::vector<std::string> StringsAt(const Json& json, const char* key, const std::string& where) {
  std::vector<std::string> strings;
  const Json& list = At(json, key, where);
  if (!list.is_array()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected a list \"{}\", found {}", where, key, list.type_name()));
  for (const Json& item : list) {
    if (!item.is_string()) throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected strings in \"{}\", found {}", where, key, item.type_name()));
    strings.push_back(item.get<std::string>());
  }
  return strings;
}

Json VerdictToJson(const Verdict& verdict) {
  Json json = {{"id", verdict.id},
               {"group", verdict.group},
               {"modality", verdict.modality},
               {"images", verdict.images},
               {"question", verdict.question},
               {"options", verdict.options},
               {"gold", verdict.gold},
               {"response", verdict.response},
               {"state", ScoreStateName(verdict.score.state)},
               {"value", verdict.score.value},
               {"prediction", verdict.score.prediction},
               {"rule", verdict.score.rule},
               {"span", {verdict.score.span_begin, verdict.score.span_end}},
               {"cells", verdict.cells}};
  if (!verdict.error.empty()) json["error"] = verdict.error;
  if (verdict.token_f1 >= 0) json["token_f1"] = verdict.token_f1;
  if (verdict.baseline >= 0) json["baseline"] = verdict.baseline;
  return json;
}

Verdict VerdictFromJson(const Json& json, const std::string& where) {
  Verdict verdict{.id = StringAt(json, "id", where), .group = StringAt(json, "group", where), .modality = StringAt(json, "modality", where),
                  .images = StringsAt(json, "images", where), .question = StringAt(json, "question", where), .options = StringsAt(json, "options", where),
                  .gold = StringAt(json, "gold", where), .response = StringAt(json, "response", where), .error = StringOr(json, "error", "")};
  verdict.score = {.state = StateOf(StringAt(json, "state", where), where), .value = NumberOr(json, "value", 0), .prediction = StringAt(json, "prediction", where),
                   .rule = StringAt(json, "rule", where)};
  const Json& span = At(json, "span", where);
  if (!span.is_array() || span.size() != 2 || !span[0].is_number_integer() || !span[1].is_number_integer())
    throw Error(ErrorCode::kCorrupt, fmt::format("{}: expected \"span\": [begin, end]", where));
  verdict.score.span_begin = span[0].get<int>();
  verdict.score.span_end = span[1].get<int>();
  verdict.token_f1 = NumberOr(json, "token_f1", -1);
  verdict.baseline = NumberOr(json, "baseline", -1);
  verdict.cells = StringsAt(json, "cells", where);
  return verdict;
}

Json CellToJson(const CellSummary& cell) {
  Json states = Json::object();
  for (int i = 0; i < kNumScoreStates; ++i) states[ScoreStateName(static_cast<ScoreState>(i))] = cell.states[i];
  Json json = {{"name", cell.name}, {"n", cell.n}, {"groups", cell.num_groups}, {"accuracy", cell.accuracy}, {"low", cell.interval.low}, {"high", cell.interval.high},
               {"interval", cell.interval.method}, {"states", states}};
  if (cell.baseline >= 0) json["baseline"] = cell.baseline;
  if (cell.baseline_p >= 0) json["baseline_p"] = cell.baseline_p;
  if (cell.token_f1 >= 0) json["token_f1"] = cell.token_f1;
  return json;
}

CellSummary CellFromJson(const Json& json, const std::string& where) {
  CellSummary cell{.name = StringAt(json, "name", where), .n = IntAt(json, "n", where), .num_groups = IntAt(json, "groups", where)};
  const Json& states = At(json, "states", where);
  for (int i = 0; i < kNumScoreStates; ++i) cell.states[i] = IntAt(states, ScoreStateName(static_cast<ScoreState>(i)), where);
  cell.accuracy = NumberOr(json, "accuracy", 0);
  cell.interval = {NumberOr(json, "low", 0), NumberOr(json, "high", 0), StringOr(json, "interval", "")};
  cell.baseline = NumberOr(json, "baseline", -1);
  cell.baseline_p = NumberOr(json, "baseline_p", -1);
  cell.token_f1 = NumberOr(json, "token_f1", -1);
  return cell;
}

// One cell from the verdicts that lie in it.
CellSummary SummarizeCell(const std::string& name, const std::vector<const Verdict*>& verdicts, int resamples, uint64_t seed) {
  CellSummary cell{.name = name, .n = static_cast<int64_t>(verdicts.size())};
  std::vector<double> values, baselines;
  std::vector<std::string> groups;
  double f1_sum = 0;
  int64_t num_f1 = 0;
  for (const Verdict* verdict : verdicts) {
    ++cell.states[static_cast<size_t>(verdict->score.state)];
    values.push_back(verdict->score.value);
    groups.push_back(verdict->group.empty() ? verdict->id : verdict->group);
    if (verdict->baseline >= 0) baselines.push_back(verdict->baseline);
    if (verdict->token_f1 >= 0) f1_sum += verdict->token_f1, ++num_f1;
  }
  std::vector<std::string> distinct = groups;
  std::sort(distinct.begin(), distinct.end());
  cell.num_groups = std::unique(distinct.begin(), distinct.end()) - distinct.begin();
  for (const double value : values) cell.accuracy += value / static_cast<double>(values.size());
  const uint64_t cell_seed = MixSeed({seed, SeedOf(name)});
  cell.interval = ClusterInterval(values, groups, resamples, cell_seed);
  if (num_f1 > 0) cell.token_f1 = f1_sum / static_cast<double>(num_f1);
  if (baselines.size() == values.size()) {
    cell.baseline = 0;
    for (const double baseline : baselines) cell.baseline += baseline / static_cast<double>(baselines.size());
    cell.baseline_p = ComparePaired(values, baselines, groups, resamples, cell_seed).p_bootstrap;
  }
  return cell;
}

void AdjustForManyCells(std::vector<CellSummary>& cells) {
  std::vector<double> p_values;
  for (const CellSummary& cell : cells)
    if (cell.baseline_p >= 0) p_values.push_back(cell.baseline_p);
  const std::vector<double> adjusted = HolmAdjust(p_values);
  size_t next = 0;
  for (CellSummary& cell : cells)
    if (cell.baseline_p >= 0) cell.baseline_p = adjusted[next++];
}

}  // namespace

const CellSummary* EvalReport::FindCell(const std::string& name) const {
  const auto it = std::find_if(cells.begin(), cells.end(), [&](const CellSummary& cell) { return cell.name == name; });
  return it == cells.end() ? nullptr : &*it;
}

void Summarize(EvalReport& report, int resamples) {
  std::vector<std::string> names;
  std::map<std::string, std::vector<const Verdict*>> members;
  for (const Verdict& verdict : report.verdicts)
    for (const std::string& cell : verdict.cells) members[cell].push_back(&verdict);
  for (const auto& [name, unused] : members) names.push_back(name);
  // The whole first, then the forms of answer, then "key: value" cells by name.
  const auto rank = [](const std::string& name) { return name == "all" ? 0 : name.find(": ") == std::string::npos ? 1 : 2; };
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) { return rank(a) < rank(b); });
  report.cells.clear();
  for (const std::string& name : names) report.cells.push_back(SummarizeCell(name, members[name], resamples, report.seed));
  AdjustForManyCells(report.cells);
}

Json ToJson(const EvalReport& report) {
  Json json = {{"format", kFormat}, {"version", kVersion}, {"benchmark", report.benchmark}, {"help", report.help}, {"paper", report.paper}, {"note", report.note},
               {"model", report.model}, {"baseline_note", report.baseline_note}, {"published_count", report.published_count}, {"seed", report.seed},
               {"config", report.config}, {"seconds", report.seconds}, {"skipped", report.num_skipped}, {"cells", Json::array()}, {"verdicts", Json::array()}};
  for (const CellSummary& cell : report.cells) json["cells"].push_back(CellToJson(cell));
  for (const Verdict& verdict : report.verdicts) json["verdicts"].push_back(VerdictToJson(verdict));
  return json;
}

EvalReport EvalReportFromJson(const Json& json, const std::string& where) {
  if (StringAt(json, "format", where) != kFormat || IntAt(json, "version", where) != kVersion)
    throw Error(ErrorCode::kUnsupported, fmt::format("{}: expected format {} version {}.", where, kFormat, kVersion));
  EvalReport report{.benchmark = StringAt(json, "benchmark", where), .help = StringOr(json, "help", ""), .paper = StringOr(json, "paper", ""),
                    .note = StringOr(json, "note", ""), .model = StringAt(json, "model", where), .baseline_note = StringOr(json, "baseline_note", ""),
                    .published_count = IntAt(json, "published_count", where), .seed = At(json, "seed", where).get<uint64_t>(), .config = At(json, "config", where),
                    .seconds = NumberOr(json, "seconds", 0), .num_skipped = IntAt(json, "skipped", where)};
  int64_t row = 0;
  for (const Json& cell : At(json, "cells", where)) report.cells.push_back(CellFromJson(cell, fmt::format("{}: cells[{}]", where, row++)));
  row = 0;
  for (const Json& verdict : At(json, "verdicts", where)) report.verdicts.push_back(VerdictFromJson(verdict, fmt::format("{}: verdicts[{}]", where, row++)));
  return report;
}

std::string ReportText(const EvalReport& report) {
  std::string text = fmt::format("{}: {} questions, {}\n{:<28} {:>6} {:>8} {:>16} {:>9} {:>9} {:>7}\n", report.benchmark, report.verdicts.size(), report.model, "", "n",
                                 "accuracy", "95 % interval", "majority", "unparsed", "failed");
  for (const CellSummary& cell : report.cells)
    text += fmt::format("{:<28} {:>6} {:>7.1f}% {:>16} {:>9} {:>9} {:>7}\n", cell.name, cell.n, 100 * cell.accuracy,
                        fmt::format("{:.1f} – {:.1f}", 100 * cell.interval.low, 100 * cell.interval.high),
                        cell.baseline >= 0 ? fmt::format("{:.1f}%", 100 * cell.baseline) : "–", cell.count(ScoreState::kUnparsed),
                        cell.count(ScoreState::kGenerationError) + cell.count(ScoreState::kJudgeError));
  return text;
}

}  // namespace lingshu
