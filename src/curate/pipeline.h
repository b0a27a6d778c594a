// Pipeline: steps over a stream of samples. Costly work runs in parallel within a chunk, decisions are taken in the
// order of the stream, so that the result depends neither on the threads nor on the size of a chunk.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "curate/image_facts.h"
#include "curate/report.h"
#include "curate/step.h"

namespace lingshu {

// Protocol: Pipeline (Add | CountSkip)* Flush; the report is whole after Flush. Not thread-safe.
class Pipeline {
 public:
  // Takes the kept samples of one chunk, in order.
  using ChunkSink = std::function<void(std::vector<Sample>)>;
  // Relative image paths and blobs are looked up in `image_folder`.
  Pipeline(std::vector<NamedRule> rules, const std::filesystem::path& image_folder, ChunkSink sink);

  // May judge a whole chunk. Throws Error(kInterrupted) between chunks; an unreadable image drops its sample and no
  // more.
  void Add(Sample sample);
  // A row that its source could not turn into a sample.
  void CountSkip(const std::string& source, const std::string& id, const std::string& reason);
  void Flush();

  const CurateReport& report() const { return report_; }
  CurateReport& report() { return report_; }

 private:
  // Memory is bounded by the texts of a chunk and by one decoded image a thread.
  static constexpr size_t kChunk = 1024;

  struct Measured {
    std::vector<const ImageFacts*> images;
    std::vector<Features> features;  // by filter
    bool is_readable = true;
  };
  Measured MeasureSample(const Sample& sample) const;
  bool IsKept(const Sample& sample, const Measured& measured);

  std::vector<NamedRule> rules_;
  std::filesystem::path image_folder_;
  ImageTable images_;
  ChunkSink sink_;
  std::vector<Sample> chunk_;
  CurateReport report_;
};

}  // namespace lingshu
