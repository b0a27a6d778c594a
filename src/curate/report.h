// CurateReport: what was read, kept and dropped, by source, step and reason, with a few ids to look at.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "base/json.h"

namespace lingshu {

// Invariant, for each source: read = kept + Σ dropped.
struct CurateReport {
  struct SourceCount {
    int64_t read = 0, kept = 0;
  };
  struct DropCount {
    int64_t count = 0;
    std::vector<std::string> examples;  // the first kMaxExamples ids
  };
  static constexpr size_t kMaxExamples = 5;
  static constexpr size_t kMaxReasons = 8;  // of one source and step: beyond them drops are counted together

  std::vector<std::string> source_order;  // as they were read
  std::map<std::string, SourceCount> sources;
  std::map<std::tuple<std::string, std::string, std::string>, DropCount> drops;  // source, step, reason
  std::vector<std::pair<std::string, Json>> steps;                               // name and settings, in order
  int64_t num_images = 0;                                                        // distinct images that were measured
  int64_t num_stored = 0;                                                        // distinct images in the output
  std::string sha256;                                                            // over all shards

  void CountRead(const std::string& source);
  void CountKept(const std::string& source) { ++sources[source].kept; }
  void CountDrop(const std::string& source, const std::string& step, const std::string& reason, const std::string& id);
  int64_t Read() const;
  int64_t Kept() const;
  // "24 text_duplicates (said before), 3 image_size (image too small)": most first; of one source, or of all ("").
  std::string DropText(const std::string& source = "") const;
};

// Deterministic: no times, no paths.
//   {"read": 5, "kept": 3, …, "steps": [{"name": "image_size", "settings": {…}}], "sources": {"vqa_rad": {"read": 5,
//   "kept": 3}},
//    "drops": [{"source": "vqa_rad", "step": "image_size", "reason": "image too small", "count": 2, "examples":
//    ["…"]}]}
Json ToJson(const CurateReport& report);

}  // namespace lingshu
