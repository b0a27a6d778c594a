// Counting, and the report as JSON.
#include "curate/report.h"

#include <algorithm>

namespace lingshu {

void CurateReport::CountRead(const std::string& source) {
  if (++sources[source].read == 1) source_order.push_back(source);
}

void CurateReport::CountDrop(const std::string& source, const std::string& step, const std::string& reason, const std::string& id) {
  DropCount& drop = drops[{source, step, reason}];
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

Json ToJson(const CurateReport& report) {
  Json json = {{"read", report.Read()}, {"kept", report.Kept()}, {"images_measured", report.num_images}, {"images_stored", report.num_stored},
               {"steps", Json::array()}, {"sources", Json::object()}, {"drops", Json::array()}};
  for (const auto& [name, settings] : report.steps) json["steps"].push_back({{"name", name}, {"settings", settings}});
  for (const std::string& name : report.source_order) {
    const CurateReport::SourceCount& count = report.sources.at(name);
    json["sources"][name] = {{"read", count.read}, {"kept", count.kept}};
    for (const auto& [key, drop] : report.drops)
      if (const auto& [source, step, reason] = key; source == name)
        json["drops"].push_back({{"source", source}, {"step", step}, {"reason", reason}, {"count", drop.count}, {"examples", drop.examples}});
  }
  if (!report.sha256.empty()) json["sha256"] = report.sha256;
  return json;
}

}  // namespace lingshu
