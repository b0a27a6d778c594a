// DemoConfig: the main job at the size of two cores and a few minutes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/config.h"

namespace lingshu {

struct DemoConfig {
  std::string out = "runs/demo";
  std::string data;                        // --data
  std::string recipe;                      // "": configs/train/nano.yaml, or nano-data.yaml with data
  uint64_t seed = 1;
  int64_t threads = 0;
  int64_t phantoms = 5000;                 // images for training, over the twelve modalities
  int64_t heldout_phantoms = 600;          // images for the score
  int64_t reinforcement_prompts = 240;     // held-out questions for the reward before and after stage 4
  std::vector<std::string> real_sources = {"vqa_rad", "path_vqa", "medquad", "pubmed_qa"};
  int64_t path_vqa_limit = 4000;           // training questions; its test split is always whole
  int64_t medquad_limit = 1500;
  std::vector<std::string> benchmarks = {"vqa_rad", "path_vqa", "med_qa", "pubmed_qa"};
  int64_t benchmark_limit = 0;
  std::vector<std::string> set;            // overrides of the recipe

  template <typename V>
  void Visit(V& v) {
    v("out", out, "folder of the run; the same folder goes on where it stopped");
    v("data", data, "folder of the real data sets; none: phantoms alone");
    v("recipe", recipe, "training recipe; empty chooses configs/train/nano.yaml or nano-data.yaml");
    v("seed", seed, "of phantoms, weights, order and roll-outs");
    v("threads", threads, "0 is all cores", Between(0, 4096));
    v("phantoms", phantoms, "phantom images to train on", Between(12, 1 << 24));
    v("heldout_phantoms", heldout_phantoms, "phantom images to measure on", Between(12, 1 << 24));
    v("reinforcement_prompts", reinforcement_prompts, "held-out questions for the reward before and after stage 4", Between(2, 1 << 20));
    v("real_sources", real_sources, "sources of data to train on");
    v("path_vqa_limit", path_vqa_limit, "PathVQA training questions; 0 is all", AtLeast(0));
    v("medquad_limit", medquad_limit, "MedQuAD training questions; 0 is all", AtLeast(0));
    v("benchmarks", benchmarks, "test sets of data to measure on");
    v("benchmark_limit", benchmark_limit, "questions of each benchmark; 0 is all", AtLeast(0));
    v("set", set, "key=value overrides of the recipe");
  }
};

}  // namespace lingshu
