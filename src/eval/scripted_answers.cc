#include "eval/scripted_answers.h"

#include <fmt/format.h>

#include "ask/scripted.h"
#include "base/error.h"
#include "base/files.h"
#include "base/hash.h"
#include "base/rng.h"
#include "data/reading.h"
#include "eval/baseline.h"
#include "eval/questions.h"
#include "eval/runner.h"

namespace lingshu {
namespace {

// Answers by id under a name of its own; repeats ("id#3") are answered like the first.
class NamedScript : public Answerer {
 public:
  NamedScript(std::string name, ScriptedAnswerer::Script script) : name_(std::move(name)), script_(std::move(script)) {}
  std::string Name() const override { return name_; }
  bool LooksAtImages() const override { return false; }
  void Ask(const std::vector<Request>& requests, const AnswerSink& sink) override {
    for (const Request& request : requests) {
      auto it = script_.find(request.id);
      if (it == script_.end()) it = script_.find(request.id.substr(0, request.id.rfind('#')));
      Answer answer{.id = request.id};
      if (it != script_.end()) answer.text = it->second;
      if (answer.text.empty()) answer.finish_reason = FinishReason::kError, answer.error = "the script has no answer for this id";
      sink(std::move(answer));
    }
  }

 private:
  std::string name_;
  ScriptedAnswerer::Script script_;
};

ScriptedAnswerer::Script RandomAnswers(const std::vector<Sample>& samples, uint64_t seed) {
  ScriptedAnswerer::Script script;
  for (const Sample& sample : samples) {
    Rng rng(MixSeed({SeedOf("random_answer"), SeedOf(sample.id), seed}));
    if (sample.answer_type == AnswerType::kMultipleChoice) script[sample.id] = OptionLetter(static_cast<int64_t>(rng.Below(sample.options.size())));
    else if (sample.answer_type == AnswerType::kYesNo) script[sample.id] = rng.Chance(0.5) ? "yes" : "no";
    else script[sample.id] = rng.Pick(samples).answer;
  }
  return script;
}

ScriptedAnswerer::Script MajorityAnswers(const std::vector<Sample>& samples, const std::vector<Sample>& counted) {
  const MajorityBaseline majority = CountMajority(counted);
  ScriptedAnswerer::Script script;
  for (const Sample& sample : samples)
    if (const auto it = majority.answers.find({sample.answer_type, ""}); it != majority.answers.end()) script[sample.id] = it->second.text;
  return script;
}

// Empty where the benchmark has no train split or its files are not there, or broken.
std::vector<Sample> TrainSamples(const Benchmark& benchmark, const EvalOptions& options) {
  if (benchmark.train_split.empty()) return {};
  try {
    return ReadQuestions(benchmark, benchmark.train_split, options, /*limit=*/0).samples;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kNotFound && error.code() != ErrorCode::kCorrupt) throw;
    return {};
  }
}

ScriptedAnswerer::Script ReadScript(const fs::path& path) {
  ScriptedAnswerer::Script script;
  ForEachLine(path, [&](std::string_view line, int64_t number) {
    const std::string where = fmt::format("{}:{}", path.string(), number);
    const Json json = ParseJson(line, where);
    script[StringAt(json, "id", where)] = StringAt(json, "text", where);
  });
  return script;
}

}  // namespace

std::unique_ptr<Answerer> MakeScriptedAnswerer(const std::string& name, const Benchmark& benchmark, const EvalOptions& options) {
  constexpr std::string_view kScript = "script:";
  if (name.starts_with(kScript)) {
    const std::string file = name.substr(kScript.size());
    // What it says is part of its name, so that a journal of another script of this name is not taken for its replies.
    return std::make_unique<NamedScript>(fmt::format("script {} ({})", fs::path(file).filename().string(), Sha256HexOfFile(file).substr(0, 8)), ReadScript(file));
  }
  if (name != "random" && name != "majority" && name != "gold")
    throw Error(ErrorCode::kUsage, fmt::format("no answerer \"{}\".\nKnown: random, majority, gold, script:FILE.", name));
  const std::vector<Sample> samples = ReadQuestions(benchmark, benchmark.split, options, options.limit).samples;
  if (name == "random") return std::make_unique<NamedScript>("random", RandomAnswers(samples, options.seed));
  if (name == "majority") {
    const std::vector<Sample> train = TrainSamples(benchmark, options);
    return std::make_unique<NamedScript>(train.empty() ? "majority of the questions themselves" : "majority of the train split",
                                         MajorityAnswers(samples, train.empty() ? samples : train));
  }
  ScriptedAnswerer::Script gold;
  for (const Sample& sample : samples) gold[sample.id] = sample.answer;
  return std::make_unique<NamedScript>("gold", std::move(gold));
}

}  // namespace lingshu
