#include "eval/report_html.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/strings.h"
#include "base/svg.h"
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

// Below 0.05 after Holm's correction the difference to the baseline is marked.
Html DifferenceCell(const CellSummary& cell) {
  if (cell.baseline < 0) return Text(kDash);
  const double points = 100 * (cell.accuracy - cell.baseline);
  Html html = Text(fmt::format("{:+.1f}", points));
  if (cell.baseline_p >= 0 && cell.baseline_p < 0.05) html += Text(" *");
  return html;
}

// Verdicts to show: one of each (state, modality) in turn, so that no kind hides another. Order within a kind is the source's.
std::vector<const Verdict*> ChooseExamples(const EvalReport& report, int count) {
  std::map<std::pair<int, std::string>, std::vector<const Verdict*>> kinds;
  for (const Verdict& verdict : report.verdicts) kinds[{static_cast<int>(verdict.score.state), verdict.modality}].push_back(&verdict);
  std::vector<const Verdict*> chosen;
  for (size_t round = 0; static_cast<int>(chosen.size()) < count; ++round) {
    bool has_more = false;
    for (const auto& [unused, verdicts] : kinds) {
      if (round >= verdicts.size() || static_cast<int>(chosen.size()) >= count) continue;
      chosen.push_back(verdicts[round]);
      has_more = true;
    }
    if (!has_more) break;
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
  words += KeyValue({{"gold", Text(verdict.gold)},
                     {"reply", Response(verdict)},
                     {"verdict", {Badge(StateWords(verdict.score.state), ToneOf(verdict.score.state)).text + " " + Text(verdict.score.rule).text}}});
  words += Note(verdict.modality.empty() ? verdict.id : fmt::format("{} · {}", verdict.modality, verdict.id));
  const Html picture = Picture(verdict, options);
  return {fmt::format("<div class=\"example\">{}<div>{}</div></div>\n", picture.text.empty() ? "" : "<div class=\"picture\">" + picture.text + "</div>", words.text)};
}

}  // namespace

Html ScoreTable(const EvalReport& report) {
  std::vector<std::vector<Html>> rows;
  for (const CellSummary& cell : report.cells)
    rows.push_back({cell.name == "all" ? Strong("all") : Text(cell.name), Number(cell.n), Number(cell.num_groups), Strong(Percent(cell.accuracy)),
                    Text(fmt::format("{:.1f} – {:.1f}", 100 * cell.interval.low, 100 * cell.interval.high)), Text(cell.baseline >= 0 ? Percent(cell.baseline) : kDash),
                    DifferenceCell(cell), Text(cell.token_f1 >= 0 ? fmt::format("{:.2f}", cell.token_f1) : kDash), CountOrDash(cell.count(ScoreState::kUnparsed)),
                    CountOrDash(cell.count(ScoreState::kGenerationError) + cell.count(ScoreState::kJudgeError))});
  return Table({{"cell"}, {"questions", Align::kNumber}, {"cases", Align::kNumber}, {"accuracy", Align::kNumber}, {"95 % interval", Align::kNumber},
                {"majority", Align::kNumber}, {"difference", Align::kNumber}, {"token F1", Align::kNumber}, {"unparsed", Align::kNumber}, {"failed", Align::kNumber}},
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

Html ExampleBrowser(const EvalReport& report, const ReportHtmlOptions& options) {
  Html html = {"<style>.example{display:flex;gap:1.2rem;padding:1rem 0;border-bottom:1px solid var(--line)}.example .picture{flex:0 0 11rem}"
               ".example .question{font-weight:600;margin:0}.example dl{margin:.4rem 0}mark{background:var(--warn-bg);color:inherit;border-radius:.15rem;padding:0 .1em}"
               "@media(max-width:40rem){.example{display:block}.example .picture{max-width:14rem;margin-bottom:.6rem}}</style>\n"};
  for (const Verdict* verdict : ChooseExamples(report, options.num_examples)) html += Example(*verdict, options);
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

Section EvalSection(const EvalReport& report, const ReportHtmlOptions& options) {
  Html content = Paragraph(report.help.empty() ? report.benchmark : report.help + ".");
  if (const CellSummary* all = report.FindCell("all")) {
    content += Tiles({{Percent(all->accuracy), "accuracy", fmt::format("95 % interval {:.1f} – {:.1f}", 100 * all->interval.low, 100 * all->interval.high)},
                      {all->baseline >= 0 ? Percent(all->baseline) : kDash, "majority answer", "of the training split"},
                      {WithThousands(all->n), "questions", fmt::format("on {} cases", WithThousands(all->num_groups))},
                      {Percent(static_cast<double>(all->count(ScoreState::kUnparsed)) / static_cast<double>(std::max<int64_t>(1, all->n))), "unparsed replies", "counted as not correct"}});
  }
  content += ScoreIntervals(report);
  content += ScoreTable(report);
  content += Note(report.baseline_note + " * differs from it at 0.05: paired bootstrap over cases, Holm over the cells.");
  if (!report.note.empty()) content += Note(report.note);
  content += ModalityBars(report);
  content += Heading("Examples");
  content += Note("A choice over verdicts and modalities, in the order of the source. Marked: what the rule read.");
  content += ExampleBrowser(report, options);
  content += Heading("The run");
  content += RunFacts(report);
  return {report.benchmark, content};
}

std::string EvalReportPage(const std::vector<EvalReport>& reports, const ReportHtmlOptions& options) {
  PageSpec page{.title = "Evaluation", .subtitle = reports.empty() ? "" : reports[0].model,
                .footer = "Research software. Not a medical device; not for diagnosis."};
  for (const EvalReport& report : reports) page.sections.push_back(EvalSection(report, options));
  return Page(page);
}

}  // namespace lingshu
