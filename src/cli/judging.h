// What eval does beside asking: judges for open answers, and scoring again what was asked before.
#pragma once

#include <string>

#include "ask/ask.h"
#include "ask/remote.h"
#include "eval/report.h"

namespace CLI {
class App;
}

namespace lingshu {

struct Benchmark;

// A judge is an OpenAI-compatible server, a model folder of ours, or "self": the model under test.
struct JudgeFlags {
  std::string judge, judge_model, second_judge, second_judge_model, judge_key_env, human;
  int threads = 0;
  bool may_send_credentialed = false;
  bool is_asked_for() const { return !judge.empty() || !human.empty(); }
};
void AttachJudge(CLI::App& app, JudgeFlags& flags);

// A judge reads questions, gold answers and replies. Throws Error(kUsage) where those of a set under a data use agreement would leave this
// machine and flags do not say that they may.
void CheckMayJudge(const Benchmark& benchmark, const JudgeFlags& flags);

// Puts the open answers and rubrics of a report to the judges and summarizes it again. Their verdicts are cached in out/judge.jsonl and
// out/second_judge.jsonl. `remote` has concurrency, retries and key of the servers.
void JudgeWith(EvalReport& report, const JudgeFlags& flags, const RemoteConfig& remote, Answerer* self, const std::string& out, int resamples);

// Scores the reports of a folder again from the replies that they hold, and writes them back. Returns them in the order of their names.
std::vector<EvalReport> RescoreFolder(const std::string& out, int resamples);

}  // namespace lingshu
