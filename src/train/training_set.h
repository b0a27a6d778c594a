// TrainingSet: what a supervised stage learns from, without saying where it lies: all examples in memory, or made when asked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "batch/example.h"
#include "data/sample.h"
#include "train/config.h"
#include "train/data_order.h"

namespace lingshu {

struct TrainingSet {
  std::vector<std::string> sample_ids;  // ids of the examples, for errors and journals
  std::vector<OrderItem> items;         // their lengths and groups
  // The i-th example. Pure: the same example at every call; examples of a group return the same image pointers while alive.
  std::function<std::shared_ptr<const Example>(int64_t i)> load;
  std::string sha256;                   // over ids, tokens and images: a resumed run must have the same

  int64_t size() const { return static_cast<int64_t>(items.size()); }
};

// Keeps the examples in memory. Those that show the same images form a group.
// Throws Error(kUsage) when there are none, Error(kTooLong) listing examples beyond max_length, Error(kCorrupt) naming an
// example without a target.
TrainingSet MakeTrainingSet(std::vector<Example> examples, int64_t max_length);

// SHA-256 of everything that the model sees of an example.
std::string ExampleSha256(const Example& example);

// One pick of a mix: the sample and how it is asked.
struct MixChoice {
  int64_t sample = 0;
  PromptMode mode = PromptMode::kDirect;
};

// The picks of a stage's parts, part by part and within a part in the order of the samples; weights and limits are drawn by
// seed. Throws Error(kUsage) for a part that no sample matches and that is
// not optional.
std::vector<MixChoice> MixSamples(const std::vector<Sample>& samples, const std::vector<DataPart>& parts, uint64_t seed);

}  // namespace lingshu
