// The score of Rad-ReStruct: macro F1 over report vectors (Pellegrini et al. 2023, §4; the authors' evaluator). A report is
// a vector of 2,470 answers to 718 questions in a fixed order; a "no" makes everything below it empty.
//
// The authors walk down the tree by the model's own answers. Here the published test questions are asked, which lie on the
// way of the gold answers: what a wrong "yes" would have led to is not asked, so false findings cost their own label only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"

namespace lingshu {

struct Sample;
struct Verdict;

// One answered question of a report.
struct ReportAnswer {
  std::string path;                   // "lung_signs_opacity_degree"
  std::vector<std::string> options;   // all of its options, in order
  std::vector<std::string> answers;   // those that were chosen
};

class ReportVectors {
 public:
  // report_keys.json, vectorized_question_ids.json and vectorized_choice_options.json of the set.
  explicit ReportVectors(const std::filesystem::path& folder);
  // The vector of a report, cleaned as the authors do: what was not asked is "no" or empty, "no selection" is chosen when
  // nothing else is, and nothing is chosen below a "no". Questions in the order of the set.
  // Throws Error(kCorrupt) for a question that the report has no place for.
  std::vector<uint8_t> VectorOf(const std::vector<ReportAnswer>& answers, const std::string& where) const;
  size_t size() const { return num_keys_; }

 private:
  struct Slot {
    std::vector<std::string> keys;    // without the number of the instance
    std::vector<std::string> options; // the answers, in order
    size_t begin = 0;                 // in the vector
    bool is_yes_no = false, is_multi_choice = false, has_instance = false;
    int topic = -1, element = -1, previous = -1;  // slots above: the area's question, the finding's, its instance before
  };
  size_t FindSlot(const ReportAnswer& answer, size_t from) const;
  void SetParents();
  void Clean(std::vector<uint8_t>& vector) const;
  bool Has(const std::vector<uint8_t>& vector, int slot, size_t option) const { return vector[slots_[static_cast<size_t>(slot)].begin + option] != 0; }

  std::vector<Slot> slots_;
  size_t num_keys_ = 0;
};

// F1, precision and recall of labels that occur in the targets, as sklearn's classification_report counts them with
// zero_division=1. "macro_f1" is their mean; "macro_f1_as_published" also averages in the report's own micro, macro, weighted
// and samples rows, as the authors' evaluator does. Also "accuracy" (of cells) and "report_accuracy".
Json LabelScores(const std::vector<std::vector<uint8_t>>& predictions, const std::vector<std::vector<uint8_t>>& targets);

// For Benchmark::totals. Replies that were not understood choose nothing.
Json RadRestructTotals(const std::vector<Sample>& samples, const std::vector<Verdict>& verdicts, const std::filesystem::path& data_root);

}  // namespace lingshu
