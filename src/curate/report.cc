// Counting, and the report as JSON.
#include "curate/report.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/strings.h"

namespace lingshu {

void CurateReport::CountRead(const std::string& source) {
  if (++sources[source].read == 1) source_order.push_back(source);
}

void CurateReport::CountDrop(const std::string& source, const std::string& step, const std::string& reason,
                             const std::string& id) {
  const auto is_of_step = [&](const auto& entry) { return std::get<0>(entry.first) == source && std::get<1>(entry.first) == step; };
  const bool is_known = drops.contains({source, step, reason});
  const bool has_room = is_known || std::count_if(drops.begin(), drops.end(), is_of_step) < static_cast<int64_t>(kMaxReasons);
  DropCount& drop = drops[{source, step, has_room ? reason : "other reasons"}];
  ++drop.count;
  if (drop.examples.size() < kMaxExamples) drop.examples.push_back(id);
}

int64_t CurateReport::Read() const {
  int64_t total = 0;
  for (const auto& [name, count] : sources) total += count.read;
  return total;
}

int64_t CurateReport::Kept() const {
  int64_t total = 0;
  for (const auto& [name, count] : sources) total += count.kept;
  return total;
}

std::string CurateReport::DropText(const std::string& source) const {
  std::map<std::string, int64_t> counts;
  for (const auto& [key, drop] : drops)
    if (const auto& [name, step, reason] = key; source.empty() || name == source) counts[fmt::format("{} ({})", step, reason)] += drop.count;
  std::vector<std::pair<int64_t, std::string>> order;
  for (const auto& [what, count] : counts) order.emplace_back(-count, what);
  std::sort(order.begin(), order.end());
  std::vector<std::string> parts;
  for (const auto& [count, what] : order) parts.push_back(fmt::format("{} {}", WithThousands(-count), what));
  return JoinStrings(parts, ", ");
}

Json ToJson(const CurateReport& report) {
  Json json = {{"read", report.Read()},
               {"kept", report.Kept()},
               {"images_measured", report.num_images},
               {"images_stored", report.num_stored},
               {"steps", Json::array()},
               {"sources", Json::object()},
               {"drops", Json::array()}};
  for (const auto& [name, settings] : report.steps) json["steps"].push_back({{"name", name}, {"settings", settings}});
  for (const std::string& name : report.source_order) {
    const CurateReport::SourceCount& count = report.sources.at(name);
    json["sources"][name] = {{"read", count.read}, {"kept", count.kept}};
    for (const auto& [key, drop] : report.drops)
      if (const auto& [source, step, reason] = key; source == name)
        json["drops"].push_back({{"source", source},
                                 {"step", step},
                                 {"reason", reason},
                                 {"count", drop.count},
                                 {"examples", drop.examples}});
  }
  if (!report.sha256.empty()) json["sha256"] = report.sha256;
  return json;
}

}  // namespace lingshu
