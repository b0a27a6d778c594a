// The chunked run: measure in parallel, judge in order.
#include "curate/pipeline.h"

#include <algorithm>

#include "base/error.h"
#include "base/threads.h"

namespace lingshu {
namespace {

constexpr const char* kReading = "read";  // stands where a step's name stands, for what fails before the first step

}  // namespace

Pipeline::Pipeline(std::vector<NamedRule> rules, const std::filesystem::path& image_folder, ChunkSink sink)
    : rules_(std::move(rules)), image_folder_(image_folder), images_(image_folder), sink_(std::move(sink)) {
  for (const NamedRule& step : rules_) report_.steps.emplace_back(step.name, step.rule->Describe());
}

void Pipeline::Add(Sample sample) {
  report_.CountRead(sample.source);
  chunk_.push_back(std::move(sample));
  if (chunk_.size() == kChunk) Flush();
}

void Pipeline::CountSkip(const std::string& source, const std::string& id, const std::string& reason) {
  report_.CountRead(source);
  report_.CountDrop(source, kReading, "unusable row: " + reason.substr(0, reason.find('\n')), id);
}

Pipeline::Measured Pipeline::MeasureSample(const Sample& sample) const {
  Measured measured;
  for (const ImageRef& ref : sample.images) measured.images.push_back(images_.Find(ref));
  measured.is_readable = std::all_of(measured.images.begin(), measured.images.end(),
                                     [](const ImageFacts* facts) { return facts->error.empty(); });
  if (!measured.is_readable) return measured;
  const Candidate candidate{sample, measured.images, image_folder_};
  try {
    for (const NamedRule& step : rules_) measured.features.push_back(step.rule->Measure(candidate));
  } catch (const Error& e) {  // an image that a step looked at again is gone or has changed
    if (e.code() == ErrorCode::kInterrupted || e.code() == ErrorCode::kInternal) throw;
    measured.is_readable = false;
  }
  return measured;
}

bool Pipeline::IsKept(const Sample& sample, const Measured& measured) {
  if (!measured.is_readable) {
    report_.CountDrop(sample.source, kReading, "unreadable image", sample.id);
    return false;
  }
  const Candidate candidate{sample, measured.images, image_folder_};
  for (size_t i = 0; i < rules_.size(); ++i)
    if (const std::string reason = rules_[i].rule->Judge(candidate, measured.features[i]); !reason.empty()) {
      report_.CountDrop(sample.source, rules_[i].name, reason, sample.id);
      return false;
    }
  report_.CountKept(sample.source);
  return true;
}

void Pipeline::Flush() {
  CheckInterrupt("curation");
  images_.Measure(chunk_);
  report_.num_images = images_.size();
  std::vector<Measured> measured(chunk_.size());
  ParallelFor(static_cast<int64_t>(chunk_.size()),
              [&](int64_t i) { measured[static_cast<size_t>(i)] = MeasureSample(chunk_[static_cast<size_t>(i)]); });
  std::vector<Sample> kept;
  for (size_t i = 0; i < chunk_.size(); ++i)
    if (IsKept(chunk_[i], measured[i])) kept.push_back(std::move(chunk_[i]));
  chunk_.clear();
  if (!kept.empty()) sink_(std::move(kept));
}

}  // namespace lingshu
