// EvalReport: what an evaluation found, with everything needed to check it: each question with its verdict and the rule that
// fired, and for each cell (all, closed, open, a modality …) the score with interval, baseline and counts of states.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "eval/stats.h"
#include "score/score.h"

namespace lingshu {

struct Verdict {
  std::string id, group, modality;
  std::vector<std::string> images;   // as the sample refers to them
  std::string question;
  std::vector<std::string> options;
  std::string gold;
  std::string response;
  std::string error;                 // why there is no response, with kGenerationError
  Score score;
  double token_f1 = -1;              // open answers only; -1 elsewhere
  double baseline = -1;              // 1 or 0: is the majority answer right here; -1 without a baseline
  std::vector<std::string> cells;
};

inline constexpr int kNumScoreStates = 5;

// Unparsed replies, failed generations and unreadable golds count as not correct: n is every question.
struct CellSummary {
  std::string name;
  int64_t n = 0, num_groups = 0;
  std::array<int64_t, kNumScoreStates> states = {};  // by ScoreState
  double accuracy = 0;
  Interval interval;
  double baseline = -1;              // accuracy of the majority answer; -1 without
  double baseline_p = -1;            // paired cluster bootstrap of the difference to the baseline, Holm over the cells
  double token_f1 = -1;              // mean over open answers

  int64_t count(ScoreState state) const { return states[static_cast<size_t>(state)]; }
};

struct EvalReport {
  std::string benchmark, help, paper, note;
  std::string model;
  std::string baseline_note;         // from which answers the majority was taken, or why there is none
  int64_t published_count = 0;       // of the whole split; 0 when drawn
  uint64_t seed = 0;
  Json config = Json::object();      // options as resolved
  double seconds = 0;
  int64_t num_skipped = 0;           // broken rows of the source
  std::vector<Verdict> verdicts;     // in the order of the source
  std::vector<CellSummary> cells;    // "all" first

  const CellSummary* FindCell(const std::string& name) const;
};

// Recomputes the cells from the verdicts alone: the summary is never anything but this.
void Summarize(EvalReport& report, int resamples);

Json ToJson(const EvalReport& report);
// Throws Error(kCorrupt) naming `where` and the key.
EvalReport EvalReportFromJson(const Json& json, const std::string& where);

// A table of the cells for a terminal.
std::string ReportText(const EvalReport& report);

}  // namespace lingshu
