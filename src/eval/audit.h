// Audit: what is wrong with a benchmark, and how much of it a training set has seen. Duplicate and contradicting questions,
// golds that are no option, pictures that are missing or unreadable, answers that give themselves away by their frequency;
// and overlaps with training data by picture (also re-encoded, resized or mirrored) and by words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/html.h"
#include "eval/benchmark.h"

namespace lingshu {

struct AuditOptions {
  std::string data_root;
  int64_t limit = 0;
  bool images = true;
  int64_t image_distance = 6;
  int64_t ngram_words = 8;
  double overlap = 0.5;
  int64_t examples = 5;

  template <typename V>
  void Visit(V& v) {
    v("data_root", data_root, "folder of the data sets");
    v("limit", limit, "questions and training samples each, spread over their splits; 0 is all", AtLeast(0));
    v("images", images, "open every picture");
    v("image_distance", image_distance, "bits in which hashes of one picture may differ", Between(0, 7));
    v("ngram_words", ngram_words, "words in a sequence", Between(3, 32));
    v("overlap", overlap, "share of a question's sequences from which a training text repeats it", Between(0.05, 1));
    v("examples", examples, "ids named for each finding", Between(0, 1000));
  }
};

// "fault" spoils a score, "warning" must be known to read it, "note" is a fact.
enum class Severity { kNote, kWarning, kFault };
const char* SeverityName(Severity severity);  // note warning fault

// Example: {.name = "gold is not among the options", .severity = kFault, .count = 3, .of = 451, .examples = {"vqa_rad:test:00012"}}
struct AuditFinding {
  std::string name;
  Severity severity = Severity::kNote;
  int64_t count = 0, of = 0;
  std::string detail;
  std::vector<std::string> examples;  // ids
};

struct AuditReport {
  std::string benchmark, split;
  int64_t published_count = 0, loaded = 0, skipped = 0;
  std::vector<AuditFinding> findings;  // those with a count, and what was looked for in vain
};

// The questions themselves. Throws Error(kNotFound) when the data are absent.
AuditReport AuditBenchmark(const Benchmark& benchmark, const AuditOptions& options);

// Adds what the training samples share with the benchmark; `name` is how the findings call them. Image paths that are not
// absolute are looked up in `folder`.
void AuditOverlap(const Benchmark& benchmark, const std::vector<Sample>& training, const std::string& name, const std::string& folder, const AuditOptions& options,
                  AuditReport& report);

Json ToJson(const AuditReport& report);
std::string AuditText(const AuditReport& report);
std::string AuditPage(const std::vector<AuditReport>& reports);

}  // namespace lingshu
