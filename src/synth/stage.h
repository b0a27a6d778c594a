// Stage: one round of questions to a teacher, the unit of which every synthesis is made. Whatever answers, our engine,
// a remote model or templates, is an Answerer; a draft that a stage cannot use is dropped with a reason.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ask/ask.h"
#include "base/json.h"
#include "data/sample.h"

namespace lingshu {

// Invariant: seeds = made + Σ dropped.
struct SynthReport {
  std::string teacher;
  int64_t seeds = 0, asked = 0, made = 0;
  std::map<std::string, int64_t> dropped;                    // by reason
  std::map<std::string, std::vector<std::string>> examples;  // the first few ids of each reason
  void CountDrop(const std::string& reason, const std::string& id);
};
Json ToJson(const SynthReport& report);

struct SynthResult {
  std::vector<Sample> samples;
  SynthReport report;
};

// A seed on its way to a sample, with what the stages so far have made of it.
struct Draft {
  const Sample* seed = nullptr;
  std::vector<ImagePtr> images;
  std::map<std::string, std::string> texts;  // by stage
};

// "<seed id>" and "<stage>" of a stage's request. Throws Error(kUsage) when it has no '#'.
std::pair<std::string, std::string> SplitStageId(const std::string& id);

// Drafts in batches that fit into memory: loads each batch's images (dropping what is unreadable), runs `stages` on it
// and takes what `finish` makes of each draft that is left. Order kept. Throws Error(kInterrupted) between batches.
struct Synthesis {
  std::function<void(std::vector<Draft>& drafts, SynthReport& report)> stages;
  std::function<Sample(const Draft& draft)> finish;
};
SynthResult Synthesize(const std::vector<Sample>& seeds, const std::filesystem::path& image_folder, Answerer& teacher,
                       const Synthesis& synthesis);

// Asks `prompt` of every draft, images first, under the id "<seed id>#<stage>", and drops those without an answer and
// those for which `take` returns a reason.
struct Stage {
  std::string name;
  int64_t max_new_tokens = 1024;
  std::function<std::string(const Draft& draft)> prompt;
  std::function<std::string(Draft& draft, const std::string& reply)> take;  // "" keeps the draft
  std::function<std::vector<ImagePtr>(const Draft& draft)> images;  // what the teacher sees; absent: the draft's own
};
void AskStage(const Stage& stage, Answerer& teacher, std::vector<Draft>& drafts, SynthReport& report);

// The JSON object of a reply that may be wrapped in words or a ``` fence; null when there is none.
Json ReplyJson(const std::string& reply);
// True for a reply that declines ("I'm sorry, I cannot …").
bool IsRefusal(const std::string& reply);

}  // namespace lingshu
