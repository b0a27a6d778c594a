#include "cli/judging.h"

#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ask/credentialed.h"
#include "base/error.h"
#include "base/files.h"
#include "cli/model_answerer.h"
#include "eval/benchmark.h"
#include "eval/compare.h"
#include "eval/judge.h"
#include "eval/rescore.h"

namespace lingshu {
namespace {

bool IsServer(const std::string& where) { return where.starts_with("http://") || where.starts_with("https://"); }

// A judge and what it needs to live.
struct OpenJudge {
  std::unique_ptr<Answerer> own;
  std::unique_ptr<Judge> judge;
};

OpenJudge Open(const std::string& where, const std::string& model, const JudgeFlags& flags, RemoteConfig remote, Answerer* self, const fs::path& cache) {
  OpenJudge open;
  Answerer* answerer = self;
  if (where != "self") {
    if (where != remote.endpoint) {  // a key goes to its own server alone
      remote.api_key_env = flags.judge_key_env;
      remote.api_key_file.clear();
    }
    remote.endpoint = where;
    remote.model = model;
    open.own = IsServer(where) ? OpenRemote(remote) : OpenModel({where}, flags.threads);
    answerer = open.own.get();
  }
  if (answerer == nullptr) throw Error(ErrorCode::kUsage, "--judge self: there is no model under test that could judge.\nHINT: name a server or a model folder.");
  open.judge = std::make_unique<Judge>(*answerer, JudgeOptions{.cache = cache});
  return open;
}

}  // namespace

void AttachJudge(CLI::App& app, JudgeFlags& flags) {
  app.add_option("--judge", flags.judge, "who judges open answers: URL of a server, a model folder, or self");
  app.add_option("--judge-model", flags.judge_model, "the judge's name at its server");
  app.add_option("--second-judge", flags.second_judge, "another judge, whose agreement with the first is reported");
  app.add_option("--second-judge-model", flags.second_judge_model, "its name at its server");
  app.add_option("--judge-key-env", flags.judge_key_env, "environment variable with the key of the judges' servers");
  app.add_flag("--judge-credentialed", flags.may_send_credentialed, "send sets under a data use agreement to the judges' servers");
  app.add_option("--human", flags.human, "JSONL of people's labels {\"id\", \"correct\"}, compared with the verdicts");
}

void CheckMayJudge(const Benchmark& benchmark, const JudgeFlags& flags) {
  for (const std::string& where : {flags.judge, flags.second_judge})
    if (IsServer(where)) CheckMaySend(benchmark.source, where, flags.may_send_credentialed, benchmark.name, "--judge-credentialed");
}

void JudgeWith(EvalReport& report, const JudgeFlags& flags, const RemoteConfig& remote, Answerer* self, const std::string& out, int resamples) {
  const std::map<std::string, bool> human = flags.human.empty() ? std::map<std::string, bool>() : ReadHumanLabels(flags.human);
  if (flags.judge.empty()) throw Error(ErrorCode::kUsage, "--human compares people with a judge.\nHINT: name one with --judge.");
  OpenJudge first = Open(flags.judge, flags.judge_model, flags, remote, self, fs::path(out) / "judge.jsonl");
  OpenJudge second;
  if (!flags.second_judge.empty()) second = Open(flags.second_judge, flags.second_judge_model, flags, remote, self, fs::path(out) / "second_judge.jsonl");
  JudgeReport(report, *first.judge, second.judge.get(), human);
  Summarize(report, resamples);
}

std::vector<EvalReport> RescoreFolder(const std::string& out, int resamples) {
  std::vector<EvalReport> reports = ReadReports(out);
  for (EvalReport& report : reports) {
    Rescore(report, resamples);
    WriteFileAtomic(fs::path(out) / (report.benchmark + ".json"), DumpJson(ToJson(report)));
  }
  return reports;
}

}  // namespace lingshu
