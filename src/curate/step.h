// Step: one decision of curation. A step sees a sample with the facts of its images and keeps it, or drops it with a
// reason.
//
// A step has two halves, so that a stream is judged by many threads and still always in the same way: Measure computes
// what is costly and depends on this sample alone, Judge decides in the order of the stream and may remember what it
// has kept.
//   const Register<Step> kImageSize({.name = "image_size", .help = "…", .paper = "…", .make = …});
// In a recipe a step is a line: its name, then its settings: "image_size min_side_px=64".
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/registry.h"
#include "curate/image_facts.h"
#include "data/sample.h"
#include "image/image.h"

namespace lingshu {

struct Candidate {
  const Sample& sample;
  std::vector<const ImageFacts*> images;  // of sample.images, in order; all readable
  std::filesystem::path image_folder = {};

  // The pixels, decoded anew: for the few candidates whose facts do not decide. Throws as LoadImage.
  ImagePtr Load(size_t image) const;
};

using Features = std::vector<uint64_t>;

class Rule {
 public:
  virtual ~Rule() = default;
  // Called from any thread, for samples that a later Judge may never see.
  virtual Features Measure(const Candidate&) const { return {}; }
  // Called in the order of the stream, for samples that every earlier step has kept. Returns "" to keep the sample,
  // else the reason: one of a few fixed phrases, since reasons are counted.
  virtual std::string Judge(const Candidate& candidate, const Features& features) = 0;
  // What the report should say of the settings in force: thresholds, what was compared against.
  virtual Json Describe() const { return Json::object(); }
};

// What steps may need from outside.
struct StepContext {
  std::filesystem::path data_root;  // for steps that read evaluation sets
  std::function<int64_t(std::string_view text)>
      count_tokens;  // of the model's tokenizer; absent: approximated from words
};

struct Step {
  std::string name;
  std::string help;
  std::string paper;  // where the rule comes from
  // Throws Error(kUsage) naming an unknown or ill-typed setting.
  std::function<std::unique_ptr<Rule>(const std::vector<std::string>& settings, const StepContext& context)> make;
};

struct NamedRule {
  std::string name;
  std::unique_ptr<Rule> rule;
};

// "image_size min_side_px=64" as a filter. Throws Error(kUsage) for an unknown step or setting.
NamedRule MakeRule(const std::string& line, const StepContext& context);

// For Step::make: the settings "key=value" over the defaults of a config struct.
template <Visitable Config>
Config StepSettings(const std::string& step, const std::vector<std::string>& settings) {
  Config config;
  ConfigReader("step " + step).Fill(LoadConfigTree({}, settings), "", config);
  return config;
}

}  // namespace lingshu
