// MetricsJournal: the curves of one stage, a line a step.
//   metrics.jsonl   what the run computed: the same bytes for every run of the same settings, however often it was interrupted
//   timing.jsonl    what the clock said: seconds and tokens per second of the same steps
//   events.out.tfevents.1.lingshu   both, for TensorBoard
#pragma once

#include <cstdint>
#include <string>

#include "base/files.h"
#include "base/json.h"
#include "base/tensorboard.h"

namespace lingshu {

// Lengths of the files at a checkpoint; what lies beyond belongs to steps that will be run again.
struct JournalLengths {
  int64_t metrics_bytes = 0, timing_bytes = 0, events_bytes = 0;

  template <typename V>
  void Visit(V& v) {
    v("metrics_bytes", metrics_bytes, "length of metrics.jsonl");
    v("timing_bytes", timing_bytes, "length of timing.jsonl");
    v("events_bytes", events_bytes, "length of the TensorBoard file");
  }
};

class MetricsJournal {
 public:
  // Cuts the files to `lengths` and goes on from there. Throws Error(kCorrupt) naming a file that is shorter.
  MetricsJournal(const fs::path& folder, const JournalLengths& lengths);

  // Appends one step; numbers become scalars of TensorBoard under their keys. REQUIRES: metrics has an integer "step".
  void Append(const Json& metrics, const Json& timing);
  // Makes everything so far durable and returns the lengths. Throws Error(kNoSpace | kIo).
  JournalLengths Sync();

 private:
  void Plot(const Json& values, int64_t step);
  fs::path metrics_path_, timing_path_, events_path_;
  LineWriter metrics_, timing_;
  EventWriter events_;
};

}  // namespace lingshu
