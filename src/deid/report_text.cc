// The report in words.
#include <fmt/format.h>

#include "base/strings.h"
#include "deid/folder.h"

namespace lingshu {
namespace {

void AppendCounts(std::string& text, const char* title, const Json& counts) {
  if (counts.empty()) return;
  text += fmt::format("\n{}\n", title);
  for (const auto& [name, count] : counts.items())
    text += fmt::format("  {:<48} {}\n", ReplaceAll(name, "_", " "),
                        count.is_number() ? std::to_string(count.get<int64_t>()) : count.is_string() ? count.get<std::string>() : count.dump());
}

}  // namespace

std::string DescribeReport(const Json& report) {
  std::string text = fmt::format("De-identification by {}\n\n{} of {} files were copied.\n",
                                 report["profile"].get<std::string>(), report["written"].get<int64_t>(),
                                 report["files"].get<int64_t>());
  AppendCounts(text, "Files that were not copied, by reason", report["skipped"]);
  AppendCounts(text, "Data elements", report["elements"]);
  AppendCounts(text, "Pixels", report["pixels"]);
  AppendCounts(text, "To be looked at by a person (files)", report["flags"]);
  AppendCounts(text, "Options", report["options"]);
  return text + fmt::format("\nWhat remains: {}\n", report["residual_risk"].get<std::string>());
}

}  // namespace lingshu
