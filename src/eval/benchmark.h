// Benchmark: a published test set as a registered value: which source and split, how large it is when whole, and by which
// properties of a question its score is broken down.
//   const Register<Benchmark> kVqaRad({.name = "vqa_rad", .source = "vqa_rad", .published_count = 451, …});
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ask/medevalkit_prompt.h"
#include "base/registry.h"
#include "data/sample.h"

namespace lingshu {

struct Verdict;

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
  std::string question_key = "";         // key of Sample::meta that names the kind of a question, where questions come from templates: the
                                    // majority answer is then that of the kind
  std::string medevalkit_name = "";    // as its command line calls the set; "" where it has none
  MedEvalKitForm form = {};            // its prompt
  std::string language = "";           // of the questions that are asked; "" all
  // The set's own score over all verdicts (in the order of the samples), as an object of numbers.
  std::function<Json(const std::vector<Sample>&, const std::vector<Verdict>&, const std::filesystem::path& data_root)> totals = nullptr;
};

// The benchmark of a name, also as others write it: case, "-" and "_" do not count, and MedEvalKit's names are known
// ("medqa", "MedQA_USMLE"). Throws Error(kUsage) that lists the known names.
const Benchmark& FindBenchmark(const std::string& name);
// True where the benchmark's source is in this build and its folder below `root`.
bool HasData(const Benchmark& benchmark, const std::filesystem::path& root);

// "all", "closed" or "open" or "multiple choice", "modality: CT", "image seen in training: yes" where that is known, and "<key>: <value>"
// for the benchmark's breakdown.
std::vector<std::string> CellsOf(const Benchmark& benchmark, const Sample& sample);

}  // namespace lingshu
