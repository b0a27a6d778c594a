// RadGraph F1 (Jain et al. 2021, arXiv:2106.14463) from the entities and relations of two reports.
//   simple, partial, complete   radgraph 0.1.18's rewards
//   entity_f1, relation_f1      CXR-Report-Metric (Yu et al. 2023), whose mean is RadCliQ's input: two identical
//   reports
//                               without any relation get 0.5
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace lingshu {

// Example: {.tokens = "effusion", .label = "OBS-DP", .relations = {{"located_at", "2"}}}
struct RadGraphEntity {
  std::string tokens;                                          // as in the report, case kept
  std::string label;                                           // ANAT-DP OBS-DP OBS-DA OBS-U
  std::vector<std::pair<std::string, std::string>> relations;  // modify, located_at, suggestive_of; key of the target
};
using RadGraphReport = std::map<std::string, RadGraphEntity>;  // by key

// Each in [0, 1]; 0 where a side has nothing to compare.
struct RadGraphScores {
  double simple = 0, partial = 0, complete = 0;
  double entity_f1 = 0, relation_f1 = 0;
  double combined() const { return (entity_f1 + relation_f1) / 2; }
};

// Throws Error(kCorrupt) naming a relation whose target is not in its report.
RadGraphScores RadGraphF1(const RadGraphReport& reference, const RadGraphReport& candidate);

}  // namespace lingshu
