// Judge: a model that says whether an open answer means the gold one, or whether a reply meets an item of a rubric (HealthBench). Its words are
// checked, asked for again when they are no verdict, and kept by content: the same question, gold answer and reply are judged once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ask/ask.h"
#include "eval/journal.h"
#include "eval/report.h"

namespace lingshu {

struct JudgeOptions {
  std::filesystem::path cache;  // JSONL of usable verdicts; "" keeps none
  int64_t max_attempts = 3;
  int64_t max_new_tokens = 512;
  int64_t chunk_size = 256;     // questions asked at a time
};

// Example: {.question = "Which organ is enlarged?", .gold = "heart", .response = "The cardiac silhouette is enlarged."}
struct JudgeQuestion {
  std::string question, gold, response;
};

struct JudgeOpinion {
  std::optional<bool> is_correct;  // none: no verdict after all attempts
  std::string reply;               // its words, the last ones
  std::string error;               // of the service, or "no verdict in the reply"
};

class Judge {
 public:
  // The answerer must outlive the judge.
  Judge(Answerer& answerer, JudgeOptions options);

  std::string Name() const { return answerer_.Name(); }
  // One opinion per question, in order. Reads "<judge>correct</judge>" and "<judge>incorrect</judge>"; a digit, whose meaning differs from kit to kit,
  // is no verdict here.
  std::vector<JudgeOpinion> Decide(const std::vector<JudgeQuestion>& questions);
  // Is the criterion met by the last turn of the conversation? Reads {"criteria_met": true | false}.
  std::vector<JudgeOpinion> Grade(const std::vector<std::pair<std::string, std::string>>& conversations_and_criteria);

  int64_t num_asked() const { return num_asked_; }    // requests that went out, repeated ones counted
  int64_t num_cached() const { return num_cached_; }  // verdicts that the cache knew

 private:
  using Reader = std::optional<bool> (*)(std::string_view reply);
  std::vector<JudgeOpinion> Ask(const std::vector<std::string>& prompts, const std::string& reminder, Reader read);

  Answerer& answerer_;
  JudgeOptions options_;
  Journal cache_;
  int64_t num_asked_ = 0, num_cached_ = 0;
};

// The words of the question to the judge; a change of them is another cache key.
std::string JudgePrompt(const JudgeQuestion& question);

// Puts the open answers of a report to the judge: what was read of the reply stays, the state becomes the judge's, and exact match and token F1 stand
// beside it. An answer equal to the gold after normalisation needs no judge; an empty reply stays unparsed, a failed one generation_error. Samples
// with a rubric get its score in [0, 1]. A second judge and human labels (id -> correct) are compared, not counted.
// Adds totals["judge"]: who judged, how many, errors, agreement (raw, Cohen's kappa, the share that each calls correct). Summarize afterwards.
void JudgeReport(EvalReport& report, Judge& judge, Judge* second, const std::map<std::string, bool>& human);

// {"id": "…", "correct": true} per line. Throws Error(kCorrupt) naming file and line.
std::map<std::string, bool> ReadHumanLabels(const std::filesystem::path& file);

}  // namespace lingshu
