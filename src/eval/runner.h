// Runner: puts a benchmark's questions to an Answerer, scores the replies and writes a journal from which a killed run goes on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "ask/ask.h"
#include "ask/prompt.h"
#include "base/config.h"
#include "eval/benchmark.h"
#include "eval/report.h"

namespace lingshu {

// Whose words a question is put in: prompt.h's or medevalkit_prompt.h's.
enum class PromptStyle { kOurs, kMedEvalKit };
inline std::vector<std::string> EnumNames(PromptStyle*) { return {"ours", "medevalkit"}; }

struct EvalOptions {
  std::string data_root;     // folder of the data sets
  std::string blob_folder;   // store of "blob:" images, when the source has such
  std::string journal;       // JSONL file; "" keeps none
  int64_t limit = 0;
  int64_t chunk_size = 32;
  PromptMode prompt = PromptMode::kDirect;
  int64_t max_new_tokens = 64;
  double temperature = 0;
  uint64_t seed = 0;
  int resamples = 2000;
  PromptStyle style = PromptStyle::kOurs;
  int64_t samples = 1;           // replies to each question
  bool shuffle_options = false;
  bool no_images = false;
  std::string training_manifest; // of the model that is asked (data/training_manifest.h)
  std::string metric_models;     // folders of the report metrics' encoders (docs/scoring.md)

  template <typename V>
  void Visit(V& v) {
    v("data_root", data_root, "folder of the data sets");
    v("blob_folder", blob_folder, "folder of curated images, for sources that refer to blobs");
    v("journal", journal, "JSONL file of replies; an interrupted run goes on from it");
    v("limit", limit, "questions, spread over the split; 0 is all", AtLeast(0));
    v("chunk_size", chunk_size, "questions asked at a time", Between(1, 65536));
    v("prompt", prompt, "direct, reasoning or rl");
    v("max_new_tokens", max_new_tokens, "longest reply", Between(1, 1 << 20));
    v("temperature", temperature, "0 is greedy", Between(0, 100));
    v("seed", seed, "of sampling and bootstrap");
    v("resamples", resamples, "bootstrap draws", Between(100, 1000000));
    v("style", style, "ours, or medevalkit: its prompts word for word, its faults included");
    v("samples", samples, "replies to each question, for majority and pass@k", Between(1, 1024));
    v("shuffle_options", shuffle_options, "options in an order drawn from the question's id and the seed");
    v("no_images", no_images, "withhold all pictures: what is answered from the words alone");
    v("training_manifest", training_manifest, "training_manifest.jsonl of the model: questions on pictures that training has seen get a cell of their own");
    v("metric_models", metric_models, "folder of the report metrics' encoders, one folder each (docs/scoring.md)");
  }
};

// Asks every question that the journal does not answer yet, in chunks; a missing image or a failed generation becomes a
// state of its sample. The majority baseline comes from the train split, never from test.
// Throws Error(kNotFound) when the data are absent, Error(kInterrupted) after a signal, with the journal up to date.
EvalReport RunBenchmark(const Benchmark& benchmark, const EvalOptions& options, Answerer& answerer);

// Scores replies that are there already: what RunBenchmark does after asking.
Verdict JudgeAnswer(const Benchmark& benchmark, const Sample& sample, const Answer& answer);

}  // namespace lingshu
