// The content tree, item by item.
#include <set>

#include <fmt/format.h>

#include "archive/finding.h"
#include "base/error.h"
#include "deid/data_set.h"
#include "deid/pseudonym.h"

namespace lingshu {
namespace {

constexpr char kBasicText[] = "1.2.840.10008.5.1.4.1.1.88.11", kVersion[] = "Lingshu";

struct Code {
  const char *value, *scheme, *meaning;
};

void PutCode(DataSet& item, uint32_t sequence, const Code& code) {
  DataSet& inner = item.Place(sequence, "SQ").items.emplace_back();
  inner.Set(0x00080100, "SH", code.value);
  inner.Set(0x00080102, "SH", code.scheme);
  inner.Set(0x00080104, "LO", code.meaning);
}

DataSet Item(const char* relationship, const char* value_type, const Code* name) {
  DataSet item;
  item.Set(0x0040A010, "CS", relationship);
  item.Set(0x0040A040, "CS", value_type);
  if (name != nullptr) PutCode(item, 0x0040A043, *name);
  return item;
}

DataSet Text(const char* relationship, const Code& name, const std::string& text) {
  DataSet item = Item(relationship, "TEXT", &name);
  item.Set(0x0040A160, "UT", text);
  return item;
}

DataSet CodeItem(const char* relationship, const Code& name, const Code& value) {
  DataSet item = Item(relationship, "CODE", &name);
  PutCode(item, 0x0040A168, value);
  return item;
}

void PutReference(DataSet& item, uint32_t sequence, const Evidence& evidence) {
  DataSet& reference = item.Place(sequence, "SQ").items.emplace_back();
  reference.Set(0x00081150, "UI", evidence.sop_class_uid);
  reference.Set(0x00081155, "UI", evidence.sop_instance_uid);
}

DataSet Section(const Code& name, std::vector<DataSet> content) {
  DataSet item = Item("CONTAINS", "CONTAINER", &name);
  item.Set(0x0040A050, "CS", "SEPARATE");
  item.Place(0x0040A730, "SQ").items = std::move(content);
  return item;
}

// Current Requested Procedure Evidence (PS3.3 C.17.2.3): every referenced object under its study and series.
void PutEvidence(DataSet& report, const std::vector<Evidence>& evidence) {
  DataSet& study = report.Place(0x0040A375, "SQ").items.emplace_back();
  study.Set(0x0020000D, "UI", evidence[0].study_instance_uid);
  DataElement& series = study.Place(0x00081115, "SQ");
  std::set<std::string> done;
  for (const Evidence& one : evidence) {
    if (!done.insert(one.series_instance_uid).second) continue;
    DataSet& item = series.items.emplace_back();
    item.Set(0x0020000E, "UI", one.series_instance_uid);
    DataElement& objects = item.Place(0x00081199, "SQ");
    for (const Evidence& other : evidence) {
      if (other.series_instance_uid != one.series_instance_uid) continue;
      DataSet& object = objects.items.emplace_back();
      object.Set(0x00081150, "UI", other.sop_class_uid);
      object.Set(0x00081155, "UI", other.sop_instance_uid);
    }
  }
}

std::vector<DataSet> Content(const Finding& finding, const std::string& device_uid) {
  constexpr Code kLanguage = {"121049", "DCM", "Language of Content Item and Descendants"}, kEnglish = {"en", "RFC5646", "English"};
  constexpr Code kObserverType = {"121005", "DCM", "Observer Type"}, kDevice = {"121007", "DCM", "Device"};
  constexpr Code kDeviceUid = {"121012", "DCM", "Device Observer UID"}, kDeviceName = {"121013", "DCM", "Device Observer Name"};
  constexpr Code kMaker = {"121014", "DCM", "Device Observer Manufacturer"}, kModel = {"121015", "DCM", "Device Observer Model Name"};
  constexpr Code kRequest = {"121062", "DCM", "Request"}, kComment = {"121106", "DCM", "Comment"};
  constexpr Code kFindings = {"121070", "DCM", "Findings"}, kFinding = {"121071", "DCM", "Finding"};
  constexpr Code kSummary = {"121111", "DCM", "Summary"};
  std::vector<DataSet> content;
  content.push_back(CodeItem("HAS CONCEPT MOD", kLanguage, kEnglish));
  content.push_back(CodeItem("HAS OBS CONTEXT", kObserverType, kDevice));
  content.push_back(Item("HAS OBS CONTEXT", "UIDREF", &kDeviceUid));
  content.back().Set(0x0040A124, "UI", device_uid);
  content.push_back(Text("HAS OBS CONTEXT", kDeviceName, finding.model_name));
  content.push_back(Text("HAS OBS CONTEXT", kMaker, kVersion));
  content.push_back(Text("HAS OBS CONTEXT", kModel, finding.model_name + " " + finding.model_version));
  if (!finding.question.empty())
    content.push_back(Section(kRequest, {Text("CONTAINS", kComment, finding.question)}));
  DataSet answer = Text("CONTAINS", kFinding, finding.answer);
  for (const Evidence& evidence : finding.evidence) {
    DataSet image = Item("INFERRED FROM", "IMAGE", nullptr);
    PutReference(image, 0x00081199, evidence);
    answer.Place(0x0040A730, "SQ");
    answer.Find(0x0040A730)->items.push_back(std::move(image));
  }
  content.push_back(Section(kFindings, {std::move(answer)}));
  content.push_back(Section(kSummary, {Text("CONTAINS", kComment, kMachineNotice)}));
  return content;
}

}  // namespace

std::string MakeStructuredReport(const Finding& finding, const std::string& uid_seed) {
  if (finding.evidence.empty()) throw Error(ErrorCode::kUsage, "a structured report needs at least one DICOM image as evidence.");
  for (const Evidence& one : finding.evidence)
    if (one.study_instance_uid != finding.evidence[0].study_instance_uid)
      throw Error(ErrorCode::kUsage, "the images are of several studies; a report is about one.");
  const Pseudonyms uids(uid_seed);
  const Evidence& first = finding.evidence[0];
  DicomObject object{.transfer_syntax = "1.2.840.10008.1.2.1"};
  DataSet& report = object.data_set;
  const auto repeat = [&](uint32_t tag, const char* vr) {
    const auto found = first.attributes.find(tag);
    report.Set(tag, vr, found == first.attributes.end() ? "" : found->second);
  };
  // The image's character set where its texts need one; ours are UTF-8.
  const std::string charset = first.attributes.contains(0x00080005) ? first.attributes.at(0x00080005) : "";
  report.Set(0x00080005, "CS", "ISO_IR 192");
  report.Set(0x00080016, "UI", kBasicText);
  report.Set(0x00080018, "UI", uids.Uid("instance " + finding.moment + finding.answer + first.sop_instance_uid));
  for (const uint32_t tag : {0x00080020u}) repeat(tag, "DA");
  repeat(0x00080030, "TM");
  report.Set(0x00080023, "DA", finding.moment.substr(0, 8));
  report.Set(0x00080033, "TM", finding.moment.substr(8));
  repeat(0x00080050, "SH");
  report.Set(0x00080060, "CS", "SR");
  report.Set(0x00080070, "LO", kVersion);
  repeat(0x00080090, "PN");
  report.Set(0x0008103E, "LO", "Findings by artificial intelligence");
  report.Set(0x00081090, "LO", finding.model_name.substr(0, 64));
  report.Place(0x00081111, "SQ");
  repeat(0x00100010, "PN");
  repeat(0x00100020, "LO");
  repeat(0x00100030, "DA");
  repeat(0x00100040, "CS");
  const bool is_ascii = charset.empty() || charset == "ISO_IR 192" || charset == "ISO_IR 6";
  for (const uint32_t tag : {0x00080050u, 0x00080090u, 0x00100010u, 0x00100020u})
    for (char& c : report.Find(tag)->value)
      if (!is_ascii && static_cast<uint8_t>(c) >= 0x80) c = '?';  // of a character set that is not transcoded
  if (const auto marked = first.attributes.find(0x00120062); marked != first.attributes.end() && marked->second == "YES") {
    report.Set(0x00120062, "CS", "YES");
    report.Set(0x00120063, "LO", "as the images that it was read from");
  }
  report.Set(0x00181020, "LO", finding.model_version.substr(0, 64));
  report.Set(0x0020000D, "UI", first.study_instance_uid);
  report.Set(0x0020000E, "UI", uids.Uid("series " + first.study_instance_uid + finding.model_name + finding.model_version));
  repeat(0x00200010, "SH");
  report.Set(0x00200011, "IS", "1");
  report.Set(0x00200013, "IS", "1");
  const std::string device_uid = uids.Uid("device " + finding.model_name + finding.model_version);
  // Author Observer Sequence: a device.
  DataSet& observer = report.Place(0x0040A078, "SQ").items.emplace_back();
  observer.Set(0x00080070, "LO", kVersion);
  observer.Place(0x00080080, "LO");
  observer.Place(0x00080082, "SQ");
  observer.Set(0x00081010, "SH", "LINGSHU");
  observer.Set(0x00081090, "LO", finding.model_name.substr(0, 64));
  observer.Set(0x00181002, "UI", device_uid);
  observer.Set(0x0040A084, "CS", "DEV");
  report.Place(0x0040A372, "SQ");
  PutEvidence(report, finding.evidence);
  report.Set(0x0040A491, "CS", "PARTIAL");
  report.Set(0x0040A492, "LO", "Generated by artificial intelligence, not verified");
  report.Set(0x0040A493, "CS", "UNVERIFIED");
  report.Set(0x0040A496, "CS", "PRELIMINARY");
  // The root of the content tree.
  report.Set(0x0040A040, "CS", "CONTAINER");
  constexpr Code kTitle = {"18748-4", "LN", "Diagnostic imaging study"};
  PutCode(report, 0x0040A043, kTitle);
  report.Set(0x0040A050, "CS", "SEPARATE");
  DataSet& content_template = report.Place(0x0040A504, "SQ").items.emplace_back();
  content_template.Set(0x00080105, "CS", "DCMR");
  content_template.Set(0x0040DB00, "CS", "2000");
  report.Place(0x0040A730, "SQ").items = Content(finding, device_uid);
  return WriteDicomObject(object);
}

}  // namespace lingshu
