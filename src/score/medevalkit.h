// The verdicts of MedEvalKit (alibaba-damo-academy, commit 9b12e3b), faults included, so that numbers can be compared with
// published ones: nearest option instead of "unparsed", yes/no by substring, exact match of open answers. Written from its
// observed behaviour; conformance cases hold it. Not for judging models: the strict profile is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lingshu {

struct ReferenceVerdict {
  std::optional<bool> correct;  // none: the reference raises an exception here
  std::string prediction;       // first letter that it would accept, or the text that it compares
  const char* rule = "";
  std::string error;            // the exception
};

// `response` is none where the generation failed. `benchmark` is MedEvalKit's name: some strip <answer> first.
ReferenceVerdict MedEvalKitChoice(const std::string& benchmark, const std::vector<std::string>& options, const std::string& gold,
                                  const std::optional<std::string>& response);
// Yes/no: correct when exactly one of the substrings "yes" and "no" occurs and is the gold.
ReferenceVerdict MedEvalKitYesNo(const std::string& gold, const std::optional<std::string>& response);
// SLAKE's short closed answers: equality after parsing; nothing is stripped.
ReferenceVerdict MedEvalKitClosed(const std::string& gold, const std::optional<std::string>& response);
// Open answers: equality after parsing; an empty reply is an exception of its ROUGE. SLAKE alone strips nothing.
ReferenceVerdict MedEvalKitOpen(const std::string& benchmark, const std::string& gold, const std::optional<std::string>& response);
// The gold answer as the open ones are compared with it.
std::string OpenGold(const std::string& benchmark, const std::string& gold);

// Its primitives, as its functions of these names behave.
std::string ExtractBoxedContent(std::string_view text);                     // "None" when there is none
std::string ExtractTag(std::string_view text, std::string_view tag);        // the text itself when there is none
std::string ParseResponse(std::string_view response);
int FindMostSimilarIndex(const std::vector<std::string>& options, std::string_view target);

// Python's str.lower (for the scripts that occur), str.strip and str.split.
std::string PythonLower(std::string_view text);
std::string_view PythonStrip(std::string_view text);
std::vector<std::string> PythonSplit(std::string_view text);

}  // namespace lingshu
