// What others have reported on the same test sets, for the table beside our numbers. Those are MedEvalKit's scores (with GPT-4.1 as the judge of open
// answers), so it is our medevalkit profile that stands beside them.
#pragma once

#include <string>
#include <vector>

namespace lingshu {

struct PublishedResult {
  std::string model, benchmark;  // the benchmark under our name
  std::string metric;            // "accuracy", or of reports "ROUGE-L", …
  std::string source;
  double percent = 0;
};

const std::vector<PublishedResult>& PublishedResults();
// Accuracies on one benchmark, best first; empty where nobody has published.
std::vector<PublishedResult> PublishedFor(const std::string& benchmark);

}  // namespace lingshu
