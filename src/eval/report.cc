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

// Fields that are left out when empty.
struct TextField {
  const char* key;
  std::string Verdict::*member;
};
constexpr TextField kTextFields[] = {{"judge", &Verdict::judge},           {"judge_reply", &Verdict::judge_reply}, {"second_judge", &Verdict::second_judge}, {"human", &Verdict::human},
                                     {"answer_type", &Verdict::answer_type}, {"language", &Verdict::language},       {"rubrics", &Verdict::rubrics},           {"conversation", &Verdict::conversation}};

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
  if (verdict.exact_match >= 0) json["exact_match"] = verdict.exact_match;
  if (verdict.reference)
    json["medevalkit"] = {{"state", ScoreStateName(verdict.reference->state)}, {"prediction", verdict.reference->prediction}, {"rule", verdict.reference->rule}};
  for (const TextField& field : kTextFields)
    if (!(verdict.*field.member).empty()) json[field.key] = verdict.*field.member;
  for (const RepeatedReply& reply : verdict.repeats) {
    json["repeats"].push_back({{"response", reply.response}, {"state", ScoreStateName(reply.score.state)}, {"value", reply.score.value}, {"prediction", reply.score.prediction},
                               {"rule", reply.score.rule}});
    if (!reply.error.empty()) json["repeats"].back()["error"] = reply.error;
  }
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
  verdict.exact_match = NumberOr(json, "exact_match", -1);
  for (const TextField& field : kTextFields) verdict.*field.member = StringOr(json, field.key, "");
  if (const auto it = json.find("medevalkit"); it != json.end()) {
    const ScoreState state = StateOf(StringAt(*it, "state", where), where);
    verdict.reference = Score{.state = state, .value = state == ScoreState::kCorrect ? 1.0 : 0.0, .prediction = StringAt(*it, "prediction", where), .rule = StringAt(*it, "rule", where)};
  }
  if (const auto it = json.find("repeats"); it != json.end())
    for (const Json& reply : *it)
      verdict.repeats.push_back({StringAt(reply, "response", where), StringOr(reply, "error", ""),
                                 {.state = StateOf(StringAt(reply, "state", where), where), .value = NumberOr(reply, "value", 0),
                                  .prediction = StringAt(reply, "prediction", where), .rule = StringAt(reply, "rule", where)}});
  return verdict;
}

Json CellToJson(const CellSummary& cell) {
  Json states = Json::object();
  for (int i = 0; i < kNumScoreStates; ++i) states[ScoreStateName(static_cast<ScoreState>(i))] = cell.states[i];
  Json json = {{"name", cell.name}, {"n", cell.n}, {"groups", cell.num_groups}, {"accuracy", cell.accuracy}, {"low", cell.interval.low}, {"high", cell.interval.high},
               {"interval", cell.interval.method}, {"states", states}};
  if (cell.baseline >= 0) {
    json["baseline"] = cell.baseline;
    json["difference"] = {{"value", cell.difference}, {"low", cell.difference_interval.low}, {"high", cell.difference_interval.high}};
  }
  if (cell.baseline_p >= 0) json["baseline_p"] = cell.baseline_p;
  if (cell.token_f1 >= 0) json["token_f1"] = cell.token_f1;
  if (cell.exact_match >= 0) json["exact_match"] = cell.exact_match;
  if (cell.reference >= 0)
    json["medevalkit"] = {{"accuracy", cell.reference}, {"low", cell.reference_interval.low}, {"high", cell.reference_interval.high}, {"failures", cell.num_reference_failures}};
  return json;
}

CellSummary CellFromJson(const Json& json, const std::string& where) {
  CellSummary cell{.name = StringAt(json, "name", where), .n = IntAt(json, "n", where), .num_groups = IntAt(json, "groups", where)};
  const Json& states = At(json, "states", where);
  for (int i = 0; i < kNumScoreStates; ++i) cell.states[i] = IntAt(states, ScoreStateName(static_cast<ScoreState>(i)), where);
  cell.accuracy = NumberOr(json, "accuracy", 0);
  cell.interval = {NumberOr(json, "low", 0), NumberOr(json, "high", 0), StringOr(json, "interval", "")};
  cell.baseline = NumberOr(json, "baseline", -1);
  if (const auto difference = json.find("difference"); difference != json.end()) {
    cell.difference = NumberOr(*difference, "value", 0);
    cell.difference_interval = {NumberOr(*difference, "low", 0), NumberOr(*difference, "high", 0), cell.interval.method};
  }
  cell.baseline_p = NumberOr(json, "baseline_p", -1);
  cell.token_f1 = NumberOr(json, "token_f1", -1);
  cell.exact_match = NumberOr(json, "exact_match", -1);
  if (const auto it = json.find("medevalkit"); it != json.end()) {
    cell.reference = NumberOr(*it, "accuracy", 0);
    cell.reference_interval = {NumberOr(*it, "low", 0), NumberOr(*it, "high", 0), cell.interval.method};
    cell.num_reference_failures = IntAt(*it, "failures", where);
  }
  return cell;
}

// One cell from the verdicts that lie in it.
CellSummary SummarizeCell(const std::string& name, const std::vector<const Verdict*>& verdicts, int resamples, uint64_t seed) {
  CellSummary cell{.name = name, .n = static_cast<int64_t>(verdicts.size())};
  std::vector<double> values, baselines;
  std::vector<std::string> groups;
  std::vector<double> reference_values;
  double f1_sum = 0, exact_sum = 0;
  int64_t num_f1 = 0, num_exact = 0;
  for (const Verdict* verdict : verdicts) {
    ++cell.states[static_cast<size_t>(verdict->score.state)];
    values.push_back(verdict->score.value);
    groups.push_back(verdict->group.empty() ? verdict->id : verdict->group);
    if (verdict->baseline >= 0) baselines.push_back(verdict->baseline);
    if (verdict->token_f1 >= 0) f1_sum += verdict->token_f1, ++num_f1;
    if (verdict->exact_match >= 0) exact_sum += verdict->exact_match, ++num_exact;
    if (!verdict->reference) continue;
    reference_values.push_back(verdict->reference->value);
    cell.num_reference_failures += verdict->reference->state == ScoreState::kUnparsed;
  }
  std::vector<std::string> distinct = groups;
  std::sort(distinct.begin(), distinct.end());
  cell.num_groups = std::unique(distinct.begin(), distinct.end()) - distinct.begin();
  for (const double value : values) cell.accuracy += value / static_cast<double>(values.size());
  const uint64_t cell_seed = MixSeed({seed, SeedOf(name)});
  cell.interval = ClusterInterval(values, groups, resamples, cell_seed);
  if (num_f1 > 0) cell.token_f1 = f1_sum / static_cast<double>(num_f1);
  if (num_exact > 0) cell.exact_match = exact_sum / static_cast<double>(num_exact);
  if (reference_values.size() == values.size()) {
    cell.reference = 0;
    for (const double value : reference_values) cell.reference += value / static_cast<double>(reference_values.size());
    cell.reference_interval = ClusterInterval(reference_values, groups, resamples, cell_seed);
  }
  if (baselines.size() == values.size()) {
    cell.baseline = 0;
    for (const double baseline : baselines) cell.baseline += baseline / static_cast<double>(baselines.size());
    const PairedDifference paired = ComparePaired(values, baselines, groups, resamples, cell_seed);
    cell.difference = paired.mean;
    cell.difference_interval = paired.interval;
    cell.baseline_p = paired.p_bootstrap;
  }
  return cell;
}

// Of every key with two cells or more. A question in two cells of a key counts in both.
std::vector<MacroAverage> MacroAverages(const EvalReport& report, int resamples) {
  std::map<std::string, std::map<std::string, int>> cells_of;
  for (const CellSummary& cell : report.cells)
    if (const size_t colon = cell.name.find(": "); colon != std::string::npos) {
      std::map<std::string, int>& cells = cells_of[cell.name.substr(0, colon)];
      cells.emplace(cell.name, static_cast<int>(cells.size()));
    }
  std::vector<MacroAverage> macros;
  for (const auto& [key, cells] : cells_of) {
    if (cells.size() < 2) continue;
    std::vector<double> values;
    std::vector<std::string> groups;
    std::vector<int> numbers;
    for (const Verdict& verdict : report.verdicts)
      for (const std::string& name : verdict.cells)
        if (const auto it = cells.find(name); it != cells.end()) {
          values.push_back(verdict.score.value);
          groups.push_back(verdict.group.empty() ? verdict.id : verdict.group);
          numbers.push_back(it->second);
        }
    const MacroMean macro = MacroMeanOf(values, groups, numbers, resamples, MixSeed({report.seed, SeedOf(key)}));
    macros.push_back({.key = key, .num_cells = static_cast<int64_t>(cells.size()), .accuracy = macro.mean, .interval = macro.interval});
  }
  return macros;
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
  report.macros = MacroAverages(report, resamples);
}

Json ToJson(const EvalReport& report) {
  Json json = {{"format", kFormat}, {"version", kVersion}, {"benchmark", report.benchmark}, {"help", report.help}, {"paper", report.paper}, {"note", report.note},
               {"model", report.model}, {"baseline_note", report.baseline_note}, {"published_count", report.published_count}, {"seed", report.seed},
               {"config", report.config}, {"seconds", report.seconds}, {"skipped", report.num_skipped}, {"skip_reasons", report.skip_reasons}, {"totals", report.totals},
               {"cells", Json::array()}, {"verdicts", Json::array()}};
  for (const CellSummary& cell : report.cells) json["cells"].push_back(CellToJson(cell));
  for (const MacroAverage& macro : report.macros)
    json["macros"].push_back({{"key", macro.key}, {"cells", macro.num_cells}, {"accuracy", macro.accuracy}, {"low", macro.interval.low}, {"high", macro.interval.high}});
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
  if (const auto it = json.find("skip_reasons"); it != json.end()) report.skip_reasons = *it;
  if (const auto it = json.find("totals"); it != json.end()) report.totals = *it;
  int64_t row = 0;
  for (const Json& cell : At(json, "cells", where)) report.cells.push_back(CellFromJson(cell, fmt::format("{}: cells[{}]", where, row++)));
  row = 0;
  for (const Json& verdict : At(json, "verdicts", where)) report.verdicts.push_back(VerdictFromJson(verdict, fmt::format("{}: verdicts[{}]", where, row++)));
  if (const auto it = json.find("macros"); it != json.end())
    for (const Json& macro : *it)
      report.macros.push_back({StringAt(macro, "key", where), IntAt(macro, "cells", where), NumberOr(macro, "accuracy", 0), {NumberOr(macro, "low", 0), NumberOr(macro, "high", 0), "cluster bootstrap"}});
  return report;
}

std::string DifferenceText(const CellSummary& cell) {
  return fmt::format("{:+.1f} [{:+.1f}, {:+.1f}]", 100 * cell.difference, 100 * cell.difference_interval.low, 100 * cell.difference_interval.high);
}

std::string ReportText(const EvalReport& report) {
  std::string text = fmt::format("{}: {} questions, {}\n{:<28} {:>6} {:>8} {:>16} {:>9} {:>24} {:>9} {:>7}\n", report.benchmark, report.verdicts.size(), report.model,
                                 "", "n", "accuracy", "95 % interval", "majority", "above it, paired", "unparsed", "failed");
  for (const CellSummary& cell : report.cells)
    text += fmt::format("{:<28} {:>6} {:>7.1f}% {:>16} {:>9} {:>24} {:>9} {:>7}\n", cell.name, cell.n, 100 * cell.accuracy,
                        fmt::format("{:.1f} – {:.1f}", 100 * cell.interval.low, 100 * cell.interval.high),
                        cell.baseline >= 0 ? fmt::format("{:.1f}%", 100 * cell.baseline) : "–",
                        cell.baseline >= 0 ? DifferenceText(cell) : "–",
                        cell.count(ScoreState::kUnparsed),
                        cell.count(ScoreState::kGenerationError) + cell.count(ScoreState::kJudgeError));
  for (const auto& [name, values] : report.totals.items())
    for (const auto& [key, value] : values.items())
      if (value.is_number()) text += fmt::format("{} {}: {:.4g}\n", name, key, value.template get<double>());
  if (const auto reports = report.totals.find("report_metrics"); reports != report.totals.end())
    for (const Json& metric : reports->at("metrics"))
      text += fmt::format("{:<28} {:>10}  {}\n", StringAt(metric, "name", "a metric"), metric.contains("missing") ? "–" : fmt::format("{:.4g}", metric["value"].get<double>()),
                          metric.contains("missing") ? "missing: " + StringAt(metric, "missing", "a metric")
                                                     : fmt::format("{}, {} to {}", StringAt(metric, "direction", "a metric"), metric["range"][0].dump(), metric["range"][1].dump()));
  for (const MacroAverage& macro : report.macros)
    text += fmt::format("macro over {} {}: {:.1f}% [{:.1f}, {:.1f}]\n", macro.num_cells, macro.key, 100 * macro.accuracy, 100 * macro.interval.low, 100 * macro.interval.high);
  if (const CellSummary* all = report.FindCell("all"); all != nullptr && all->reference >= 0)
    text += fmt::format("strict {:.1f}%, MedEvalKit's scorer on the same replies {:.1f}% [{:.1f}, {:.1f}] ({} of them drawn or failed)\n", 100 * all->accuracy, 100 * all->reference,
                        100 * all->reference_interval.low, 100 * all->reference_interval.high, all->num_reference_failures);
  if (report.num_skipped > 0) text += fmt::format("{} rows of the set were skipped:\n", report.num_skipped);
  for (const auto& [reason, rows] : report.skip_reasons.items()) text += fmt::format("  {:>6}  {}\n", rows.template get<int64_t>(), reason);
  return text;
}

}  // namespace lingshu
