#include "score/metric.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"

namespace lingshu {

const char* MetricDirectionName(MetricDirection direction) {
  return direction == MetricDirection::kHigherIsBetter ? "higher is better" : "lower is better";
}

MetricValues MeanOfPairs(const std::vector<ReportPair>& pairs,
                         const std::function<std::optional<double>(const ReportPair&)>& value_of) {
  MetricValues values;
  int64_t n = 0;
  for (const ReportPair& pair : pairs) {
    values.each.push_back(value_of(pair));
    values.total += values.each.back().value_or(0);
    n += values.each.back().has_value();
  }
  values.total = n > 0 ? values.total / static_cast<double>(n) : 0;
  return values;
}

std::vector<ReportPair> ReadReportPairs(const std::filesystem::path& file) {
  std::vector<ReportPair> pairs;
  ForEachLine(file, [&](std::string_view line, int64_t number) {
    const std::string where = fmt::format("{}:{}", file.string(), number);
    const Json json = ParseJson(line, where);
    if (!json.is_object() || !json.contains("reference") || !json.contains("candidate")) return;
    pairs.push_back({.reference = StringAt(json, "reference", where), .candidate = StringAt(json, "candidate", where), .green_analysis = StringOr(json, "green_analysis", "")});
  });
  if (pairs.empty())
    throw Error(ErrorCode::kUsage, fmt::format("{}: no row has a \"reference\" and a \"candidate\".", file.string()));
  return pairs;
}

Json ComputeMetrics(const std::vector<ReportPair>& pairs, const MetricFiles& files) {
  CHECK(!pairs.empty()) << "no report to measure";
  Json all = Json::array();
  for (const Metric& metric : Registry<Metric>::Get().All()) {
    Json& row = all.emplace_back(Json{{"name", metric.name}, {"value", nullptr}});
    row["direction"] = MetricDirectionName(metric.direction);
    row["range"] = {metric.range.low, metric.range.high};
    row["variant"] = metric.variant;
    row["source"] = metric.source;
    std::string missing = metric.missing_file ? metric.missing_file(files) : "";
    if (missing.empty() && metric.missing_input) missing = metric.missing_input(pairs);
    if (!missing.empty()) {
      row["missing"] = missing;
      continue;
    }
    const MetricValues values = metric.compute(pairs, files);
    int64_t num_failed = 0;
    for (const std::optional<double>& value : values.each) num_failed += !value.has_value();
    row["value"] = values.total;
    row["n"] = pairs.size();
    row["failed"] = num_failed;
  }
  return all;
}

}  // namespace lingshu
