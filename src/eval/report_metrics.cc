#include "eval/report_metrics.h"

#include "base/error.h"
#include "base/strings.h"
#include "score/metric.h"
#include "score/wordnet.h"

namespace lingshu {
namespace {

std::string WithoutThoughts(const std::string& response) {
  constexpr std::string_view kEnd = "</think>";
  const size_t end = response.rfind(kEnd);
  return std::string(TrimAscii(end == std::string::npos ? response : response.substr(end + kEnd.size())));
}

}  // namespace

Json ReportMetrics(const std::vector<Sample>& samples, const std::vector<Verdict>& verdicts, const std::filesystem::path& models) {
  CHECK(samples.size() == verdicts.size()) << samples.size() << " samples, " << verdicts.size() << " verdicts";
  std::vector<ReportPair> pairs;
  int64_t num_reports = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (samples[i].kind != SampleKind::kReport) continue;
    ++num_reports;
    if (std::string candidate = WithoutThoughts(verdicts[i].response); !candidate.empty())
      pairs.push_back({.reference = verdicts[i].gold, .candidate = std::move(candidate)});
  }
  if (num_reports == 0) return {};
  Json metrics = Json::array();
  if (!pairs.empty()) metrics = ComputeMetrics(pairs, {.wordnet = FindWordNet(), .models = models});
  return {{"reports", num_reports}, {"without a reply", num_reports - static_cast<int64_t>(pairs.size())}, {"metrics", std::move(metrics)}};
}

}  // namespace lingshu
