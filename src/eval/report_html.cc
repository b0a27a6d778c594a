#include "eval/report_html.h"

#include <algorithm>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "base/strings.h"
#include "base/svg.h"
#include "eval/published.h"
#include "image/png.h"
#include "image/resize.h"

namespace lingshu {
namespace {

constexpr std::string_view kModalityPrefix = "modality: ";
constexpr const char* kDash = "–";

std::string Percent(double value) { return fmt::format("{:.1f} %", 100 * value); }
Html Number(int64_t value) { return Text(WithThousands(value)); }
Html CountOrDash(int64_t value) { return Text(value == 0 ? kDash : WithThousands(value)); }

const char* ToneOf(ScoreState state) {
  switch (state) {
    case ScoreState::kCorrect: return "good";
    case ScoreState::kWrong: return "bad";
    default: return "warn";
  }
}

std::string StateWords(ScoreState state) { return ReplaceAll(ScoreStateName(state), "_", " "); }

// Below 0.05 after Holm's correction the difference to the baseline is marked. Of few cases no interval is known (ComparePaired).
Html DifferenceCell(const CellSummary& cell) {
  constexpr int64_t kFewGroups = 10;
  if (cell.baseline < 0) return Text(kDash);
  if (cell.num_groups < kFewGroups) return Text(fmt::format("{:+.1f}, few cases", 100 * cell.difference));
  Html html = Text(DifferenceText(cell));
  if (cell.baseline_p >= 0 && cell.baseline_p < 0.05) html += Text(" *");
  return html;
}

std::string QuestionType(const Verdict& verdict) {
  for (const std::string& cell : verdict.cells)
    if (cell.starts_with("question_type: ")) return cell;
  return "";
}

// Verdicts to show: a right and another one of each modality in turn, each time of the question type that was shown least, so that no
// kind hides another. Of equals the first in the source's order.
std::vector<const Verdict*> ChooseExamples(const EvalReport& report, int count) {
  std::map<std::pair<std::string, bool>, std::vector<const Verdict*>> kinds;  // right and not right of a modality beside each other
  for (const Verdict& verdict : report.verdicts) kinds[{verdict.modality, verdict.score.state != ScoreState::kCorrect}].push_back(&verdict);
  std::map<std::string, int> shown;
  std::vector<const Verdict*> chosen;
  for (bool has_more = true; has_more && static_cast<int>(chosen.size()) < count;) {
    has_more = false;
    for (auto& [unused, verdicts] : kinds) {
      if (verdicts.empty() || static_cast<int>(chosen.size()) >= count) continue;
      const auto least = std::min_element(verdicts.begin(), verdicts.end(),
                                          [&](const Verdict* a, const Verdict* b) { return shown[QuestionType(*a)] < shown[QuestionType(*b)]; });
      ++shown[QuestionType(**least)];
      chosen.push_back(*least);
      verdicts.erase(least);
      has_more = true;
    }
  }
  return chosen;
}

Html Picture(const Verdict& verdict, const ReportHtmlOptions& options) {
  if (verdict.images.empty() || !options.load_image) return {};
  try {
    const ImagePtr image = options.load_image(verdict.images[0]);
    const int side = std::max(image->width, image->height);
    const int limit = options.max_image_side;
    if (side <= limit) return InlineImage(EncodePng(*image), "image/png", verdict.modality);
    const auto reduced = [&](int length) { return std::max(1, static_cast<int>(int64_t{length} * limit / side)); };
    return InlineImage(EncodePng(ResizePil(*image, reduced(image->width), reduced(image->height))), "image/png", verdict.modality);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kInterrupted || error.code() == ErrorCode::kInternal) throw;
    return Note("The picture could not be read.");
  }
}

// The reply with the bytes that the rule read set off.
Html Response(const Verdict& verdict) {
  const std::string& text = verdict.response;
  const size_t begin = std::min<size_t>(std::max(0, verdict.score.span_begin), text.size()), end = std::clamp<size_t>(verdict.score.span_end, begin, text.size());
  if (text.empty()) return Text(verdict.error.empty() ? kDash : verdict.error);
  Html html = Text(text.substr(0, begin));
  if (end > begin) html += {"<mark>" + Text(text.substr(begin, end - begin)).text + "</mark>"};
  html += Text(text.substr(end));
  return html;
}

Html Example(const Verdict& verdict, const ReportHtmlOptions& options) {
  Html question = {"<p class=\"question\">" + Text(verdict.question).text + "</p>"};
  std::string choices;
  for (size_t i = 0; i < verdict.options.size(); ++i) choices += fmt::format("{}. {}\n", static_cast<char>('A' + i), verdict.options[i]);
  if (!choices.empty()) question += {"<p class=\"note\" style=\"white-space:pre-line\">" + Text(choices).text + "</p>"};
  Html words = question;
  const auto state_and_rule = [](const Score& score) { return Html{Badge(StateWords(score.state), ToneOf(score.state)).text + " " + Text(score.rule).text}; };
  std::vector<std::pair<std::string, Html>> facts = {{"gold", Text(verdict.gold)}, {"reply", Response(verdict)}, {"verdict", state_and_rule(verdict.score)}};
  if (verdict.reference) facts.emplace_back("MedEvalKit", state_and_rule(*verdict.reference));
  words += KeyValue(facts);
  if (!verdict.judge.empty()) words += Details("the judge: " + verdict.judge, Code(verdict.judge_reply));
  words += Note(verdict.modality.empty() ? verdict.id : fmt::format("{} · {}", verdict.modality, verdict.id));
  const Html picture = Picture(verdict, options);
  return {fmt::format("<div class=\"example\" data-state=\"{}\" data-modality=\"{}\">{}<div>{}</div></div>\n", ScoreStateName(verdict.score.state), Text(verdict.modality).text, picture.text.empty() ? "" : "<div class=\"picture\">" + picture.text + "</div>", words.text)};
}

}  // namespace

Html ScoreTable(const EvalReport& report) {
  std::vector<std::vector<Html>> rows;
  for (const CellSummary& cell : report.cells)
    rows.push_back({cell.name == "all" ? Strong("all") : Text(cell.name), Number(cell.n), Number(cell.num_groups), Strong(Percent(cell.accuracy)),
                    Text(fmt::format("{:.1f} – {:.1f}", 100 * cell.interval.low, 100 * cell.interval.high)), Text(cell.baseline >= 0 ? Percent(cell.baseline) : kDash),
                    DifferenceCell(cell), Text(cell.reference >= 0 ? Percent(cell.reference) : kDash), Text(cell.exact_match >= 0 ? Percent(cell.exact_match) : kDash), Text(cell.token_f1 >= 0 ? fmt::format("{:.2f}", cell.token_f1) : kDash), CountOrDash(cell.count(ScoreState::kUnparsed)),
                    CountOrDash(cell.count(ScoreState::kGenerationError) + cell.count(ScoreState::kJudgeError))});
  return Table({{"cell"}, {"questions", Align::kNumber}, {"cases", Align::kNumber}, {"accuracy", Align::kNumber}, {"95 % interval", Align::kNumber},
                {"majority", Align::kNumber}, {"difference, paired", Align::kNumber}, {"MedEvalKit", Align::kNumber}, {"exact", Align::kNumber}, {"token F1", Align::kNumber}, {"unparsed", Align::kNumber}, {"failed", Align::kNumber}},
               rows);
}

Html ScoreIntervals(const EvalReport& report) {
  std::vector<IntervalRow> rows;
  for (const CellSummary& cell : report.cells)
    rows.push_back({.label = cell.name, .detail = fmt::format("{}  n {}", Percent(cell.accuracy), WithThousands(cell.n)), .value = cell.accuracy,
                    .low = cell.interval.low, .high = cell.interval.high, .baseline = cell.baseline});
  return Figure(IntervalPlotSvg(rows), "Accuracy with 95 % interval; cases are resampled whole, so that several questions on one image count once. Tick: majority answer.");
}

Html ModalityBars(const EvalReport& report) {
  std::vector<Bar> bars;
  for (const CellSummary& cell : report.cells)
    if (cell.name.starts_with(kModalityPrefix))
      bars.push_back({.label = cell.name.substr(kModalityPrefix.size()), .value = cell.accuracy, .text = fmt::format("{} of {}", Percent(cell.accuracy), WithThousands(cell.n))});
  if (bars.empty()) return {};
  std::stable_sort(bars.begin(), bars.end(), [](const Bar& a, const Bar& b) { return a.value > b.value; });
  return Figure(BarChartSvg(bars, /*maximum=*/1), "Accuracy by modality.");
}

// A choice of one attribute's values, and the script that hides the examples without the chosen ones. It reads nothing but this page.
Html Filter(const char* attribute, const std::string& label, const std::vector<std::string>& values) {
  std::string options = fmt::format("<option value=\"\">{}: all</option>", Text(label).text);
  for (const std::string& value : values) options += fmt::format("<option value=\"{0}\">{1}</option>", Text(value).text, Text(ReplaceAll(value, "_", " ")).text);
  return {fmt::format("<select data-filter=\"{}\" aria-label=\"{}\">{}</select> ", attribute, Text(label).text, options)};
}

constexpr const char* kFilterScript =
    "<script>document.querySelectorAll('.browser').forEach(b=>{const f=()=>{const t=b.querySelector('input').value.toLowerCase();let n=0;"
    "b.querySelectorAll('.example').forEach(e=>{const ok=[...b.querySelectorAll('select')].every(s=>!s.value||e.getAttribute('data-'+s.dataset.filter)===s.value)"
    "&&(!t||e.textContent.toLowerCase().includes(t));e.hidden=!ok;n+=ok});b.querySelector('output').textContent=n+' shown'};"
    "b.addEventListener('input',f);f()})</script>\n";

Html ExampleBrowser(const EvalReport& report, const ReportHtmlOptions& options) {
  Html html = {"<style>.example{display:flex;gap:1.2rem;padding:1rem 0;border-bottom:1px solid var(--line)}.example[hidden]{display:none}.example .picture{flex:0 0 11rem}"
               ".example .question{font-weight:600;margin:0}.example dl{margin:.4rem 0}mark{background:var(--warn-bg);color:inherit;border-radius:.15rem;padding:0 .1em}"
               ".filters{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:.6rem 0}.filters select,.filters input{font:inherit;padding:.2rem .4rem}"
               "@media print{.filters{display:none}}"
               "@media(max-width:40rem){.example{display:block}.example .picture{max-width:14rem;margin-bottom:.6rem}}</style>\n<div class=\"browser\">"};
  const std::vector<const Verdict*> chosen = ChooseExamples(report, options.num_examples);
  std::vector<std::string> states, modalities;
  for (const Verdict* verdict : chosen) {
    states.emplace_back(ScoreStateName(verdict->score.state));
    if (!verdict->modality.empty()) modalities.push_back(verdict->modality);
  }
  for (std::vector<std::string>* values : {&states, &modalities}) {
    std::sort(values->begin(), values->end());
    values->erase(std::unique(values->begin(), values->end()), values->end());
  }
  html += {"<div class=\"filters\">"};
  html += Filter("state", "verdict", states);
  if (modalities.size() > 1) html += Filter("modality", "modality", modalities);
  html += {"<input type=\"search\" placeholder=\"words\" aria-label=\"words in question, answer or reply\"> <output></output></div>\n"};
  for (const Verdict* verdict : chosen) html += Example(*verdict, options);
  html += {"</div>\n"};
  html += {kFilterScript};
  return html;
}

// Of generated reports: the paper's five metrics. Its CIDEr takes document frequencies of COCO, which ours does not.
Html PublishedReports(const EvalReport& report) {
  const auto totals = report.totals.find("report_metrics");
  if (totals == report.totals.end()) return {};
  std::map<std::string, double> own;  // by the paper's name, as it prints them
  for (const Json& metric : totals->at("metrics")) {
    if (!metric.at("value").is_number()) continue;
    const double value = metric.at("value").get<double>();
    const std::string name = StringAt(metric, "name", "a metric");
    if (name == "rouge_l_rouge101") own["ROUGE-L"] = 100 * value;
    if (name == "rate_score") own["RaTEScore"] = 100 * value;
    if (name == "semb_score") own["SembScore"] = 100 * value;
    if (name == "radcliq_v1" && value != 0) own["1/RadCliQ-v1"] = 100 / value;
  }
  std::vector<std::string> models, metrics;
  std::map<std::pair<std::string, std::string>, double> published;
  std::string source;
  for (const PublishedResult& result : PublishedResults()) {
    if (result.benchmark != report.benchmark || result.metric == std::string("accuracy")) continue;
    if (std::find(models.begin(), models.end(), result.model) == models.end()) models.emplace_back(result.model);
    if (std::find(metrics.begin(), metrics.end(), result.metric) == metrics.end()) metrics.emplace_back(result.metric);
    published[{result.model, result.metric}] = result.percent;
    source = result.source;
  }
  if (models.empty()) return {};
  std::vector<Column> columns = {{"model"}};
  std::vector<std::vector<Html>> rows = {{Strong(report.model)}};
  for (const std::string& metric : metrics) {
    columns.push_back({metric, Align::kNumber});
    rows[0].push_back(own.contains(metric) ? Strong(fmt::format("{:.1f}", own[metric])) : Text(kDash));
  }
  for (const std::string& model : models) {
    std::vector<Html>& row = rows.emplace_back(std::vector<Html>{Text(model)});
    for (const std::string& metric : metrics) row.push_back(published.contains({model, metric}) ? Text(fmt::format("{:.1f}", published[{model, metric}])) : Text(kDash));
  }
  Html html = Heading("Beside published results");
  html += Table(columns, rows);
  html += Note("All times 100, from the " + source + "; its CIDEr takes document frequencies of COCO and stands beside none of ours.");
  return html;
}

// Others' published numbers and ours. Theirs are MedEvalKit's scores, so ours stands beside them as that scorer reads our replies, and strictly.
Html PublishedTable(const EvalReport& report) {
  const std::vector<PublishedResult> published = PublishedFor(report.benchmark);
  const CellSummary* all = report.FindCell("all");
  if (published.empty() || all == nullptr) return {};
  const double own = 100 * (all->reference >= 0 ? all->reference : all->accuracy);
  std::vector<std::vector<Html>> rows;
  bool is_placed = false;
  const auto place = [&] {
    rows.push_back({Strong(report.model), Strong(fmt::format("{:.1f}", own)), Strong(fmt::format("{:.1f} [{:.1f}, {:.1f}]", 100 * all->accuracy, 100 * all->interval.low, 100 * all->interval.high)),
                    Text("this run")});
    is_placed = true;
  };
  for (const PublishedResult& result : published) {
    if (!is_placed && own > result.percent) place();
    rows.push_back({Text(result.model), Text(fmt::format("{:.1f}", result.percent)), Text(kDash), Text(result.source)});
  }
  if (!is_placed) place();
  Html html = Heading("Beside published results");
  html += Table({{"model"}, {"MedEvalKit's scorer, %", Align::kNumber}, {"strict, %", Align::kNumber}, {"source"}}, rows);
  html += Note("Published numbers have no interval, and their open answers were judged by GPT-4.1. Prompts, decoding and judge of this run are among its options below; "
               "where they differ from theirs, so may the numbers.");
  return html;
}

Html MacroTable(const EvalReport& report) {
  if (report.macros.empty()) return {};
  std::vector<std::vector<Html>> rows;
  for (const MacroAverage& macro : report.macros)
    rows.push_back({Text(ReplaceAll(macro.key, "_", " ")), Number(macro.num_cells), Strong(Percent(macro.accuracy)), Text(fmt::format("{:.1f} – {:.1f}", 100 * macro.interval.low, 100 * macro.interval.high))});
  return Table({{"mean of the cells of"}, {"cells", Align::kNumber}, {"macro accuracy", Align::kNumber}, {"95 % interval", Align::kNumber}}, rows);
}

// What judges and further scores said of the whole set.
Html TotalsTable(const EvalReport& report) {
  std::vector<std::vector<Html>> rows;
  const std::function<void(const std::string&, const Json&)> add = [&](const std::string& name, const Json& value) {
    if (value.is_object())
      for (const auto& [key, inner] : value.items()) add(name.empty() ? key : name + ": " + key, inner);
    else if (value.is_number_float()) rows.push_back({Text(ReplaceAll(name, "_", " ")), Text(fmt::format("{:.4g}", value.get<double>()))});
    else if (value.is_number()) rows.push_back({Text(ReplaceAll(name, "_", " ")), Number(value.get<int64_t>())});
    else if (value.is_string()) rows.push_back({Text(ReplaceAll(name, "_", " ")), Text(value.get<std::string>())});
    else if (value.is_null()) rows.push_back({Text(ReplaceAll(name, "_", " ")), Text(kDash)});
  };
  add("", report.totals);
  return rows.empty() ? Html() : Table({{"further totals"}, {"", Align::kNumber}}, rows);
}

// Every report metric with what its number means, and which file one without a number lacks.
Html MetricTable(const EvalReport& report) {
  const auto it = report.totals.find("report_metrics");
  if (it == report.totals.end()) return {};
  std::vector<std::vector<Html>> rows;
  for (const Json& metric : it->at("metrics")) {
    const std::string name = StringAt(metric, "name", "a metric");
    if (metric.contains("missing")) {
      rows.push_back({Text(name), Text(kDash), Text("missing: " + StringAt(metric, "missing", name))});
      continue;
    }
    rows.push_back({Text(name), Strong(fmt::format("{:.4g}", metric["value"].get<double>())),
                    Text(fmt::format("{}, {} to {}", StringAt(metric, "direction", name), metric["range"][0].dump(), metric["range"][1].dump())), Text(StringAt(metric, "variant", name))});
  }
  if (rows.empty()) return Note("No report was generated: no metric has a value.");
  Html html = Heading("Metrics of reports");
  html += Table({{"metric"}, {"value", Align::kNumber}, {"direction, range"}, {"variant"}}, rows);
  return html;
}

Html RunFacts(const EvalReport& report) {
  std::string config;
  for (const auto& [key, value] : report.config.items()) config += fmt::format("{}: {}\n", key, value.dump());
  Html facts = KeyValue({{"model", Text(report.model)},
                         {"benchmark", Text(fmt::format("{} ({})", report.benchmark, report.paper))},
                         {"questions", Text(report.published_count > 0 ? fmt::format("{} of {} published", WithThousands(static_cast<int64_t>(report.verdicts.size())),
                                                                                      WithThousands(report.published_count))
                                                                       : WithThousands(static_cast<int64_t>(report.verdicts.size())))},
                         {"broken rows left out", Text(WithThousands(report.num_skipped))},
                         {"seed", Text(std::to_string(report.seed))},
                         {"time", Text(fmt::format("{:.1f} s", report.seconds))}});
  facts += Details("All options", Code(config));
  return facts;
}

// Others' accuracies on the sets of this page, ours first; as MedEvalKit's scorer has them.
Html PublishedMatrix(const std::vector<EvalReport>& reports) {
  std::vector<Column> columns = {{"model"}};
  std::vector<std::vector<Html>> rows(1);
  std::vector<std::string> models;
  std::vector<std::map<std::string, double>> published;
  for (const EvalReport& report : reports) {
    const CellSummary* all = report.FindCell("all");
    const std::vector<PublishedResult> results = PublishedFor(report.benchmark);
    if (all == nullptr || results.empty()) continue;
    if (rows[0].empty()) rows[0].push_back(Strong(report.model));
    columns.push_back({report.benchmark, Align::kNumber});
    rows[0].push_back(Strong(fmt::format("{:.1f}", 100 * (all->reference >= 0 ? all->reference : all->accuracy))));
    published.emplace_back();
    for (const PublishedResult& result : results) {
      published.back()[result.model] = result.percent;
      if (std::find(models.begin(), models.end(), result.model) == models.end()) models.emplace_back(result.model);
    }
  }
  if (published.empty()) return {};
  for (const std::string& model : models) {
    std::vector<Html>& row = rows.emplace_back(std::vector<Html>{Text(model)});
    for (const auto& of_set : published) row.push_back(of_set.contains(model) ? Text(fmt::format("{:.1f}", of_set.at(model))) : Text(kDash));
  }
  Html html = Heading("Beside published results");
  html += Table(columns, rows);
  html += Note("Accuracy in percent by MedEvalKit's scorer, this run first. Sources, and this run's strict scores with intervals, stand with each set below.");
  return html;
}

// All sets beside each other.
Html Overview(const std::vector<EvalReport>& reports) {
  std::vector<IntervalRow> intervals;
  std::vector<std::vector<Html>> rows;
  for (const EvalReport& report : reports) {
    const CellSummary* all = report.FindCell("all");
    if (all == nullptr) continue;
    intervals.push_back({.label = report.benchmark, .detail = fmt::format("{}  n {}", Percent(all->accuracy), WithThousands(all->n)), .value = all->accuracy,
                         .low = all->interval.low, .high = all->interval.high, .baseline = all->baseline});
    rows.push_back({Text(report.benchmark), Number(all->n), Text(report.published_count > 0 ? WithThousands(report.published_count) : kDash), Strong(Percent(all->accuracy)),
                    Text(all->baseline >= 0 ? Percent(all->baseline) : kDash), Text(all->reference >= 0 ? Percent(all->reference) : kDash),
                    CountOrDash(all->count(ScoreState::kUnparsed)), CountOrDash(all->count(ScoreState::kGenerationError) + all->count(ScoreState::kJudgeError)),
                    CountOrDash(report.num_skipped)});
  }
  Html html = Figure(IntervalPlotSvg(intervals), "Accuracy of all questions with 95 % interval. Tick: majority answer of the training split.");
  html += Table({{"benchmark"}, {"questions", Align::kNumber}, {"published", Align::kNumber}, {"accuracy", Align::kNumber}, {"majority", Align::kNumber},
                 {"MedEvalKit", Align::kNumber}, {"unparsed", Align::kNumber}, {"failed", Align::kNumber}, {"rows skipped", Align::kNumber}},
                rows);
  html += PublishedMatrix(reports);
  return html;
}

Section EvalSection(const EvalReport& report, const ReportHtmlOptions& options) {
  Html content = Paragraph(report.help.empty() ? report.benchmark : report.help + ".");
  const CellSummary* all_cell = report.FindCell("all");
  if (const CellSummary* all = all_cell) {
    content += Tiles({{Percent(all->accuracy), "accuracy", fmt::format("95 % interval {:.1f} – {:.1f}", 100 * all->interval.low, 100 * all->interval.high)},
                      {all->baseline >= 0 ? Percent(all->baseline) : kDash, "majority answer", "of the training split"},
                      {WithThousands(all->n), "questions", fmt::format("on {} cases", WithThousands(all->num_groups))},
                      {Percent(static_cast<double>(all->count(ScoreState::kUnparsed)) / static_cast<double>(std::max<int64_t>(1, all->n))), "unparsed replies", "counted as not correct"}});
  }
  if (all_cell != nullptr && all_cell->reference >= 0)
    content += Note(fmt::format("The same replies as MedEvalKit's scorer reads them: {} [{:.1f}, {:.1f}]; on {} of them it draws an option or raises an exception.", Percent(all_cell->reference),
                                100 * all_cell->reference_interval.low, 100 * all_cell->reference_interval.high, WithThousands(all_cell->num_reference_failures)));
  content += ScoreIntervals(report);
  content += ScoreTable(report);
  content += Note(report.baseline_note + " * differs from it at 0.05: paired bootstrap over cases, Holm over the cells.");
  if (!report.note.empty()) content += Note(report.note);
  content += MacroTable(report);
  content += TotalsTable(report);
  content += MetricTable(report);
  content += ModalityBars(report);
  content += PublishedTable(report);
  content += PublishedReports(report);
  content += Heading("Examples");
  content += Note("As many wrong as right ones, where there are, over modalities and kinds of question: the shares stand in the table. Marked: what the rule read.");
  content += ExampleBrowser(report, options);
  content += Heading("The run");
  content += RunFacts(report);
  return {report.benchmark, content};
}

std::string EvalReportPage(const std::vector<EvalReport>& reports, const ReportHtmlOptions& options) {
  PageSpec page{.title = "Evaluation", .subtitle = reports.empty() ? "" : reports[0].model,
                .footer = "Research software. Not a medical device; not for diagnosis."};
  if (reports.size() > 1) page.sections.push_back({"Overview", Overview(reports)});
  for (const EvalReport& report : reports) page.sections.push_back(EvalSection(report, options));
  if (!options.not_measured.empty()) {
    std::vector<std::vector<Html>> rows;
    for (const NotMeasured& set : options.not_measured) rows.push_back({Text(set.benchmark), Text(set.why)});
    page.sections.push_back({"Not measured", Table({{"benchmark"}, {"why"}}, rows)});
  }
  return Page(page);
}

}  // namespace lingshu
