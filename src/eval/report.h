// EvalReport: what an evaluation found, with everything needed to check it: each question with its verdict and the rule that
// fired, and for each cell (all, closed, open, a modality …) the score with interval, baseline and counts of states.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "eval/stats.h"
#include "score/score.h"

namespace lingshu {

// A further reply to the same question.
struct RepeatedReply {
  std::string response, error;
  Score score;
};

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
  std::optional<Score> reference;    // MedEvalKit's verdict on the same reply; none where it has no rule
  double exact_match = -1;           // open answers: 1 or 0 after normalisation, whatever a judge says; -1 elsewhere
  std::string judge, judge_reply;    // correct wrong judge_error, "" not asked; its words, or why there is no verdict
  std::string second_judge, human;   // correct wrong judge_error
  std::string answer_type, language; // as the sample has them: what scoring again needs
  std::string rubrics, conversation; // HealthBench's, as JSON
  std::vector<RepeatedReply> repeats;  // replies 2, 3, …, where several were asked for
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
  double difference = 0;             // accuracy − baseline, with its paired interval (cluster bootstrap); only with a baseline
  Interval difference_interval;
  double baseline_p = -1;            // paired cluster bootstrap of the difference to the baseline, Holm over the cells
  double token_f1 = -1;              // mean over open answers
  double exact_match = -1;           // share of open answers equal to the gold after normalisation
  double reference = -1;             // accuracy of the same replies as MedEvalKit scores them; -1 without
  Interval reference_interval;
  int64_t num_reference_failures = 0;  // replies on which it draws an option or raises an exception

  int64_t count(ScoreState state) const { return states[static_cast<size_t>(state)]; }
};

// The mean of the accuracies of all cells of one key ("modality", "organ"), each counting the same.
struct MacroAverage {
  std::string key;
  int64_t num_cells = 0;
  double accuracy = 0;
  Interval interval;                 // cases resampled whole
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
  Json skip_reasons = Json::object();  // reason -> rows
  Json totals = Json::object();      // scores over all questions that no cell holds: "judge", "healthbench", "samples" (pass@k), the set's own
  std::vector<Verdict> verdicts;     // in the order of the source
  std::vector<CellSummary> cells;    // "all" first
  std::vector<MacroAverage> macros;  // of each key with at least two cells

  const CellSummary* FindCell(const std::string& name) const;
};

// Recomputes the cells from the verdicts alone: the summary is never anything but this.
void Summarize(EvalReport& report, int resamples);

Json ToJson(const EvalReport& report);
// Throws Error(kCorrupt) naming `where` and the key.
EvalReport EvalReportFromJson(const Json& json, const std::string& where);

// "+27.3 [+22.6, +32.3]": how far a cell is above its baseline, in points, with the paired interval. REQUIRES: a baseline.
std::string DifferenceText(const CellSummary& cell);

// A table of the cells for a terminal.
std::string ReportText(const EvalReport& report);

}  // namespace lingshu
