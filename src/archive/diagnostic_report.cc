// FHIR R4 (hl7.org/fhir/R4/diagnosticreport.html). A device cannot be the performer of a DiagnosticReport in R4; it is the
// device of the Observation that the report holds. The security label AIAST marks what a machine asserted.
#include <ctime>

#include <fmt/format.h>

#include "archive/finding.h"
#include "base/error.h"
#include "deid/pseudonym.h"

namespace lingshu {
namespace {

Json Coding(const char* system, const char* code, const char* display) {
  return {{"system", system}, {"code", code}, {"display", display}};
}

Json Concept(const char* system, const char* code, const char* display) {
  return {{"coding", Json::array({Coding(system, code, display)})}, {"text", display}};
}

}  // namespace

Json MakeDiagnosticReport(const Finding& finding, const std::string& uid_seed) {
  if (finding.evidence.empty()) throw Error(ErrorCode::kUsage, "a report needs at least one DICOM image as evidence.");
  const Pseudonyms uids(uid_seed);
  const std::string& m = finding.moment;
  CHECK(m.size() == 14) << "a moment of " << m.size() << " characters";
  const std::string instant = fmt::format("{}-{}-{}T{}:{}:{}Z", m.substr(0, 4), m.substr(4, 2), m.substr(6, 2), m.substr(8, 2),
                                          m.substr(10, 2), m.substr(12, 2));
  constexpr char kLoinc[] = "http://loinc.org", kLabels[] = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";
  const Json code = Concept(kLoinc, "18748-4", "Diagnostic imaging study");
  const Json label = Json::array({Coding(kLabels, "AIAST", "Artificial Intelligence asserted")});
  const Json device = {{"resourceType", "Device"},
                       {"id", "model"},
                       {"manufacturer", "Lingshu"},
                       {"deviceName", Json::array({{{"name", finding.model_name}, {"type", "model-name"}}})},
                       {"version", Json::array({{{"value", finding.model_version}}})}};
  Json observation = {{"resourceType", "Observation"},
                            {"id", "finding"},
                            {"meta", {{"security", label}}},
                            {"status", "preliminary"},
                            {"code", code},
                            {"effectiveDateTime", instant},
                            {"device", {{"reference", "#model"}}},
                            {"valueString", finding.answer},
                            {"note", Json::array({{{"text", kMachineNotice}}})},
                            {"derivedFrom", Json::array()}};
  for (const Evidence& one : finding.evidence)
    observation["derivedFrom"].push_back(
        {{"type", "ImagingStudy"},
         {"identifier", {{"system", "urn:dicom:uid"}, {"value", "urn:oid:" + one.sop_instance_uid}}}});
  Json report = {{"resourceType", "DiagnosticReport"},
                 {"meta", {{"security", label}}},
                 {"contained", Json::array({device, observation})},
                 {"identifier", Json::array({{{"system", "urn:dicom:uid"},
                                              {"value", "urn:oid:" + uids.Uid("fhir " + m + finding.answer +
                                                                              finding.evidence[0].sop_instance_uid)}}})},
                 {"status", "preliminary"},
                 {"category", Json::array({Concept("http://terminology.hl7.org/CodeSystem/v2-0074", "RAD", "Radiology")})},
                 {"code", code},
                 {"effectiveDateTime", instant},
                 {"issued", instant},
                 {"result", Json::array({{{"reference", "#finding"}}})},
                 {"imagingStudy", Json::array({{{"type", "ImagingStudy"},
                                                {"identifier", {{"system", "urn:dicom:uid"},
                                                                {"value", "urn:oid:" + finding.evidence[0].study_instance_uid}}},
                                                {"display", "the study that was read"}}})},
                 {"conclusion", finding.answer}};
  std::string text = "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>";
  for (const char c : finding.answer) text += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  report["text"] = {{"status", "generated"}, {"div", text + "</p><p>" + kMachineNotice + "</p></div>"}};
  return report;
}

std::string CurrentMoment() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[16];
  std::strftime(text, sizeof text, "%Y%m%d%H%M%S", &utc);
  return text;
}

}  // namespace lingshu
