// See demo_report.h. The page tells the run in the order in which it happened; every figure comes from the run's own files.
#include "cli/demo_report.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/files.h"
#include "base/html.h"
#include "base/progress.h"
#include "base/strings.h"
#include "base/svg.h"
#include "data/source.h"
#include "eval/report_html.h"
#include "eval/stats.h"

namespace lingshu {
namespace {

std::string Percent(double value) { return fmt::format("{:.1f} %", 100 * value); }
std::string WithInterval(double value, const Interval& interval) {
  return fmt::format("{:.1f} % [{:.1f}, {:.1f}]", 100 * value, 100 * interval.low, 100 * interval.high);
}
Html Number(int64_t value) { return Text(WithThousands(value)); }

double GainOf(const DemoFindings& findings, std::vector<double> HeldoutRewards::*part) {
  return MeanOf(findings.training.grpo->after.*part) - MeanOf(findings.training.grpo->before.*part);
}

// The cells that say whether the model sees: question types of the phantoms.
const CellSummary* PhantomCell(const DemoFindings& findings, const std::string& question_type) {
  return findings.reports.empty() ? nullptr : findings.reports[0].FindCell("question_type: " + question_type);
}

Section Summary(const DemoFindings& findings) {
  std::vector<Tile> tiles;
  const auto add_cell = [&](const CellSummary* cell, const std::string& label) {
    if (!cell) return;
    tiles.push_back({Percent(cell->accuracy), label,
                     fmt::format("95 % interval {:.1f} to {:.1f}; majority answer {}", 100 * cell->interval.low, 100 * cell->interval.high,
                                 cell->baseline < 0 ? "not available" : Percent(cell->baseline) + ", above it " + DifferenceText(*cell))});
  };
  add_cell(PhantomCell(findings, "modality"), "modality recognised (phantoms)");
  add_cell(PhantomCell(findings, "presence"), "finding present or absent (phantoms)");
  for (size_t i = 1; i < findings.reports.size(); ++i) add_cell(&findings.reports[i].cells.at(0), findings.reports[i].benchmark);
  if (findings.training.grpo) {
    const PairedDifference gain = RewardGain(findings);
    tiles.push_back({fmt::format("{:+.3f}", gain.mean), "reward gained in stage 4",
                     fmt::format("95 % interval {:+.3f} to {:+.3f}, {} held-out questions; of it for the form {:+.3f}, for the answer {:+.3f}", gain.interval.low,
                                 gain.interval.high, gain.n, findings.recipe.stages.back().grpo.format_weight * GainOf(findings, &HeldoutRewards::format),
                                 findings.recipe.stages.back().grpo.accuracy_weight * GainOf(findings, &HeldoutRewards::accuracy))});
  }
  Html content = Tiles(tiles);
  content += Paragraph(findings.config.data.empty()
                           ? "Phantoms are drawn by the program from physical and procedural models, so that every answer can be checked. "
                             "They show that the pipeline learns to see; they say nothing about patients."
                           : "Phantoms are drawn by the program; the other test sets are real images and published questions. The model is a nano one "
                             "trained in minutes: the figures show that the pipeline works, not what a full-size model reaches.");
  return {"Summary", content};
}

// Sensitivity and specificity of "is there a …" by modality: a pooled share of right answers hides a modality that always says no.
Section Detection(const EvalReport& phantoms) {
  struct Counts {
    int64_t right[2] = {}, n[2] = {};  // by truth: absent, present
  };
  std::map<std::string, Counts> by_modality;
  for (const Verdict& verdict : phantoms.verdicts) {
    if (std::find(verdict.cells.begin(), verdict.cells.end(), "question_type: presence") == verdict.cells.end()) continue;
    const int truth = verdict.gold == "yes";
    for (const std::string& name : {std::string(), verdict.modality}) {  // "" is all, and comes first
      ++by_modality[name].n[truth];
      by_modality[name].right[truth] += verdict.score.value > 0.5;
    }
  }
  const auto share = [](int64_t right, int64_t n) {
    return n == 0 ? std::string("–") : WithInterval(static_cast<double>(right) / static_cast<double>(n), WilsonInterval(static_cast<double>(right), static_cast<double>(n)));
  };
  std::vector<std::vector<Html>> rows;
  for (const auto& [name, counts] : by_modality)
    rows.push_back({name.empty() ? Strong("all") : Text(name), Number(counts.n[1]), Text(share(counts.right[1], counts.n[1])), Number(counts.n[0]),
                    Text(share(counts.right[0], counts.n[0]))});
  Html content = Table({{"Modality"}, {"With a finding", Align::kNumber}, {"Sensitivity", Align::kNumber}, {"Without", Align::kNumber}, {"Specificity", Align::kNumber}}, rows);
  content += Note("Phantoms: one question an image, so that Wilson's interval holds. A modality near 50 % in both has not been learned. The question names a finding that "
                  "its modality can have, never another one than is there.");
  return {"Is a finding seen", content};
}

Section Curation(const DemoFindings& findings) {
  const Json& curation = findings.curation;
  std::vector<std::vector<Html>> rows;
  for (const auto& [name, counts] : curation.at("sources").items())
    rows.push_back({Text(name), Number(counts.at("read").get<int64_t>()), Number(counts.at("kept").get<int64_t>()),
                    Number(counts.at("read").get<int64_t>() - counts.at("kept").get<int64_t>())});
  Html content = Table({{"Source"}, {"Read", Align::kNumber}, {"Kept", Align::kNumber}, {"Dropped", Align::kNumber}}, rows);
  std::vector<std::vector<Html>> drops;
  for (const Json& drop : curation.at("drops"))
    drops.push_back({Text(drop.at("source").get<std::string>()), Text(drop.at("step").get<std::string>()), Text(drop.at("reason").get<std::string>()),
                     Number(drop.at("count").get<int64_t>()), Text(drop.at("examples").empty() ? "" : drop.at("examples")[0].get<std::string>())});
  content += Heading("Why samples were dropped");
  content += drops.empty() ? Paragraph("Nothing was dropped.")
                           : Table({{"Source"}, {"Step"}, {"Reason"}, {"Samples", Align::kNumber}, {"For example"}}, drops);
  std::vector<std::vector<Html>> steps;
  for (const Json& step : curation.at("steps")) {
    Json settings = step;
    settings.erase("name");
    steps.push_back({Text(step.at("name").get<std::string>()), Text(DumpJson(settings))});
  }
  content += Details("Steps and their settings", Table({{"Step"}, {"Settings"}}, steps));
  return {"What was kept", content};
}

Section Synthesis(const DemoFindings& findings) {
  std::vector<std::vector<Html>> rows;
  for (const auto& [name, report] : findings.synthesis.items()) {
    int64_t dropped = 0;
    for (const auto& [reason, count] : report.at("dropped").items()) dropped += count.is_number() ? count.get<int64_t>() : count.at("count").get<int64_t>();
    rows.push_back({Text(name), Text(report.at("teacher").get<std::string>()), Number(report.at("seeds").get<int64_t>()),
                    Number(report.at("made").get<int64_t>()), Number(dropped)});
  }
  return {"What was synthesised", Table({{"Kind"}, {"Teacher"}, {"Seeds", Align::kNumber}, {"Made", Align::kNumber}, {"Dropped", Align::kNumber}}, rows)};
}

// One series per key of a stage's metrics.jsonl that is there.
std::vector<Series> Curves(const fs::path& stage_folder, const std::vector<std::pair<std::string, std::string>>& keys) {
  std::vector<Series> curves;
  for (const auto& [key, name] : keys) curves.push_back({name, {}});
  ForEachLine(stage_folder / "metrics.jsonl", [&](std::string_view line, int64_t number) {
    const Json row = ParseJson(line, fmt::format("metrics.jsonl:{}", number));
    for (size_t i = 0; i < keys.size(); ++i)
      if (row.contains(keys[i].first) && row[keys[i].first].is_number())
        curves[i].points.emplace_back(row.at("step").get<double>(), row[keys[i].first].get<double>());
  });
  std::erase_if(curves, [](const Series& series) { return series.points.empty(); });
  return curves;
}

Html StageFigure(const DemoFindings& findings, size_t i) {
  const StageConfig& stage = findings.recipe.stages.at(i);
  const StageResult& result = findings.training.stages.at(i);
  const fs::path folder = findings.training.stage_folders.at(i);
  const bool is_grpo = stage.kind == StageKind::kGrpo;
  LineChart chart{.x_label = "step", .y_label = is_grpo ? "reward" : "loss", .series = {}};
  chart.series = is_grpo ? Curves(folder, {{"reward", "reward"}, {"format", "format"}, {"accuracy", "accuracy"}}) : Curves(folder, {{"loss", "loss"}});
  chart.smoothing = 0.1;
  std::string trained;
  for (const auto& [is_on, name] : {std::pair{stage.trainable.vision, "vision"}, {stage.trainable.merger, "merger"}, {stage.trainable.language, "language"}})
    if (is_on) trained += (trained.empty() ? "" : ", ") + std::string(name);
  return Figure(LineChartSvg(chart), fmt::format("{}. {} steps, {} tokens; learns: {}.", ReplaceAll(stage.name, "_", " "),
                                                 WithThousands(result.steps), WithThousands(result.tokens), trained));
}

Section Training(const DemoFindings& findings) {
  std::vector<Html> figures;
  for (size_t i = 0; i < findings.training.stages.size(); ++i) figures.push_back(StageFigure(findings, i));
  Html content = Grid(figures);
  if (findings.training.grpo) {
    const GrpoResult& grpo = *findings.training.grpo;
    const auto row = [&](const char* name, const std::vector<double>& before, const std::vector<double>& after) {
      const PairedDifference gain = ComparePaired(after, before, grpo.heldout_groups, 2000, findings.config.seed);
      return std::vector<Html>{Text(name), Text(fmt::format("{:.3f}", MeanOf(before))), Text(fmt::format("{:.3f}", MeanOf(after))),
                               Text(fmt::format("{:+.3f} [{:+.3f}, {:+.3f}]", gain.mean, gain.interval.low, gain.interval.high))};
    };
    content += Heading("Reward on held-out questions, before and after reinforcement");
    content += Table({{"Reward"}, {"Before", Align::kNumber}, {"After", Align::kNumber}, {"Difference, 95 % interval", Align::kNumber}},
                     {row("total", grpo.before.total, grpo.after.total), row("format", grpo.before.format, grpo.after.format),
                      row("accuracy", grpo.before.accuracy, grpo.after.accuracy)});
    const std::vector<Series> ratio = Curves(findings.training.stage_folders.back(), {{"max_ratio_deviation", ""}});
    double worst = 0;
    for (const Series& series : ratio)
      for (const auto& [step, value] : series.points) worst = std::max(worst, value);
    if (!ratio.empty())
      content += Note(fmt::format("Training and roll-outs share one forward pass: at the first update of each step the largest deviation of their "
                                  "probability ratio from 1 over all tokens was {:.2g}.", worst));
  }
  return {"Training", content};
}

ReportHtmlOptions HtmlOptions(const DemoFindings& findings) {
  const std::string root = findings.config.data;
  return {.load_image = [root](const std::string& path) { return LoadImage({.path = path, .sha256 = ""}, root); }, .num_examples = 24};
}

// Of the last supervised stage: what a benchmark measures.
std::string MeasuredWeights(const DemoFindings& findings) {
  for (const StageResult& stage : findings.training.stages)
    if (stage.model_folder == findings.training.sft_model_folder) return stage.weights_sha256;
  return "";
}

Section HowToRepeat(const DemoFindings& findings) {
  Html content = Code(findings.command);
  std::vector<std::pair<std::string, Html>> facts = {{"seed", Text(std::to_string(findings.config.seed))},
                                                     {"time of this attempt", Text(Duration(findings.seconds))},
                                                     {"curated data", Text(findings.curation.value("sha256", ""))},
                                                     {"weights that were measured (stage 3)", Text(MeasuredWeights(findings))},
                                                     {"weights after the last stage", Text(findings.training.stages.back().weights_sha256)}};
  for (const auto& [key, value] : findings.environment.items()) facts.emplace_back(key, Text(value.is_string() ? value.get<std::string>() : value.dump()));
  content += KeyValue(facts);
  content += Details("Recipe as resolved", Code(ToJson(findings.recipe).dump(2)));
  return {"How to repeat this", content};
}

}  // namespace

PairedDifference RewardGain(const DemoFindings& findings) {
  const GrpoResult& grpo = *findings.training.grpo;
  return ComparePaired(grpo.after.total, grpo.before.total, grpo.heldout_groups, 2000, findings.config.seed);
}

std::string DemoPage(const DemoFindings& findings) {
  PageSpec page{.title = "Lingshu demo", .subtitle = "A nano medical multimodal model: curated, trained in four stages and measured in one run", .sections = {}};
  page.sections.push_back(Summary(findings));
  if (!findings.reports.empty()) page.sections.push_back(Detection(findings.reports[0]));
  for (const EvalReport& report : findings.reports) page.sections.push_back(EvalSection(report, HtmlOptions(findings)));
  page.sections.push_back(Curation(findings));
  page.sections.push_back(Synthesis(findings));
  page.sections.push_back(Training(findings));
  page.sections.push_back(HowToRepeat(findings));
  page.footer = "Research software. Not a medical device; not for diagnosis.";
  return Page(page);
}

Json DemoSummary(const DemoFindings& findings) {
  Json scores = Json::object();
  for (const EvalReport& report : findings.reports) {
    Json full = ToJson(report);
    scores[report.benchmark] = full.at("cells");
  }
  Json summary = {{"command", findings.command}, {"seconds", findings.seconds}, {"scores", scores}, {"curation", findings.curation},
                  {"weights_sha256", findings.training.stages.back().weights_sha256}};
  if (findings.training.grpo) {
    const PairedDifference gain = RewardGain(findings);
    summary["reward_gain"] = {{"mean", gain.mean}, {"low", gain.interval.low}, {"high", gain.interval.high}, {"n", gain.n}};
  }
  return summary;
}

std::string DemoText(const DemoFindings& findings) {
  std::string text;
  for (const char* type : {"modality", "presence", "organ", "side"})
    if (const CellSummary* cell = PhantomCell(findings, type))
      text += fmt::format("phantom {:<10} {:<26} majority answer {}\n", type, WithInterval(cell->accuracy, cell->interval), Percent(cell->baseline));
  for (size_t i = 1; i < findings.reports.size(); ++i)
    for (const char* name : {"all", "closed", "open"})
      if (const CellSummary* cell = findings.reports[i].FindCell(name))
        text += fmt::format("{:<12} {:<6} {:<26} majority answer {}  n = {}\n", findings.reports[i].benchmark, name, WithInterval(cell->accuracy, cell->interval),
                            cell->baseline < 0 ? "-" : Percent(cell->baseline) + ", above it " + DifferenceText(*cell), WithThousands(cell->n));
  if (findings.training.grpo) {
    const PairedDifference gain = RewardGain(findings);
    text += fmt::format("stage 4 reward on held-out questions {:+.3f} [{:+.3f}, {:+.3f}]\n", gain.mean, gain.interval.low, gain.interval.high);
  }
  return text;
}

}  // namespace lingshu
