// Benchmark: a published test set as a registered value: which source and split, how large it is when whole, and by which
// properties of a question its score is broken down.
//   const Register<Benchmark> kVqaRad({.name = "vqa_rad", .source = "vqa_rad", .published_count = 451, …});
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/registry.h"
#include "data/sample.h"

namespace lingshu {

struct Benchmark {
  std::string name;
  std::string help;
  std::string paper;
  std::string source;               // a registered Source
  std::string split = "test";
  std::string train_split = "train";  // whose answers make the majority baseline; "" when there is none
  int64_t published_count = 0;      // questions of the whole split; 0 when it is drawn
  std::string note;                 // what a reader of the score must know
  std::vector<SampleKind> kinds;    // what is asked; empty: every kind. Captions and reports need other scores than answers
  std::vector<std::string> breakdown;  // keys of Sample::meta that make cells of their own
};

// "all", "closed" or "open" or "multiple choice", "modality: CT", and "<key>: <value>" for the benchmark's breakdown.
std::vector<std::string> CellsOf(const Benchmark& benchmark, const Sample& sample);

}  // namespace lingshu
