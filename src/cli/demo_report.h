// What a demo found, as a page for people, as JSON for programs, and as a few lines for the terminal.
#pragma once

#include <string>
#include <vector>

#include "cli/demo_config.h"
#include "cli/recipe.h"
#include "eval/report.h"
#include "eval/stats.h"

namespace lingshu {

struct DemoFindings {
  DemoConfig config;
  std::string command;
  RecipeConfig recipe;
  Json environment;
  Json curation, synthesis;      // their reports
  RecipeResult training;
  std::vector<EvalReport> reports;  // phantom first
  double seconds = 0;
};

// Reward after stage 4 less before, over the held-out questions, clustered by image.
PairedDifference RewardGain(const DemoFindings& findings);

std::string DemoPage(const DemoFindings& findings);
Json DemoSummary(const DemoFindings& findings);
std::string DemoText(const DemoFindings& findings);

}  // namespace lingshu
