// Jinja against jinja2 on cases made by tools/golden/jinja.py, and the facts that jinja2 does not have: authors and limits.
#include "text/jinja.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"

namespace lingshu {
namespace {

std::string Render(const std::string& source, const Json& variables) {
  std::string text;
  for (const TextSegment& segment : JinjaTemplate(source, "case").Render(Json::object(), variables)) text += segment.text;
  return text;
}

void CompareCases(const fs::path& file) {
  int64_t cases = 0, differences = 0;
  std::map<std::string, int64_t> unsupported;
  ForEachLine(file, [&](std::string_view line, int64_t number) {
    if (differences > 20) return;
    const Json json = ParseJson(line, file.string());
    const std::string source = json["template"], name = StringOr(json, "name", source);
    ++cases;
    std::string found, why;
    bool is_unsupported = false;
    try {
      found = Render(source, json["variables"]);
    } catch (const Error& error) {
      why = error.message();
      is_unsupported = error.code() == ErrorCode::kUnsupported;
    }
    const bool should_fail = json.contains("error");
    if (should_fail == !why.empty() && (should_fail || found == json["text"])) return;
    if (is_unsupported && json.contains("name")) {  // a template beyond what is read here, and it says so
      ++unsupported[name + ": " + why];
      return;
    }
    ++differences;
    ADD_FAILURE() << "line " << number << ", " << name << "\n expected: " << (should_fail ? "an error (" + StringOr(json, "why", "") + ")" : json["text"].get<std::string>())
                  << "\n found:    " << (why.empty() ? found : "an error: " + why);
  });
  EXPECT_GT(cases, 0);
  for (const auto& [what, times] : unsupported) std::printf("%5ld not read: %s\n", times, what.c_str());
}

TEST(Jinja, RendersWhatJinja2Renders) { CompareCases("tests/golden/jinja/cases.jsonl"); }

TEST(Jinja, LiveTemplatesRenderAsJinja2Does) {
  const char* folder = std::getenv("LINGSHU_JINJA_CASES");
  if (!folder) GTEST_SKIP() << "LINGSHU_JINJA_CASES is not set: tools/golden/jinja.py makes the cases";
  CompareCases(fs::path(folder) / "cases.jsonl");
}

}  // namespace
}  // namespace lingshu
