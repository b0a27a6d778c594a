// What the metrics of score/metric.h say of a run's generated reports: equality means nothing there.
#pragma once

#include <filesystem>
#include <vector>

#include "base/json.h"
#include "data/sample.h"
#include "eval/report.h"

namespace lingshu {

// For EvalReport::totals: {"reports": n, "without a reply": k, "metrics": [… as ComputeMetrics gives them]}, over the reports that
// have a reply; what stands before a last </think> is not part of it. Null where no sample is a report.
// `models` has a folder for each encoder, "" where there is none: those metrics then name the file that is missing.
// REQUIRES: verdicts are those of the samples, in order.
Json ReportMetrics(const std::vector<Sample>& samples, const std::vector<Verdict>& verdicts, const std::filesystem::path& models);

}  // namespace lingshu
