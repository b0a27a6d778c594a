// Facts of archives as peers that need no peer: multipart bodies, addresses, the door, and both forms of an answer.
#include <unistd.h>

#include <functional>
#include <set>

#include <gtest/gtest.h>

#include "archive/finding.h"
#include "archive/peer.h"
#include "base/error.h"
#include "base/files.h"
#include "deid/data_set.h"
#include "image/dicom_testing.h"
#include "image/testing.h"

namespace lingshu {
namespace {

using testing::DicomBuilder;
using testing::ErrorOf;

TEST(Multipart, GivesThePartsAndRefusesWhatDoesNotEnd) {
  const std::string body = "--b\r\nContent-Type: application/dicom\r\n\r\none\r\n--b\r\nA: b\r\n\r\ntwo\r\n\r\n--b--\r\n";
  const auto parts = SplitMultipart(body, "b");
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0], "one");
  EXPECT_EQ(parts[1], "two\r\n");
  EXPECT_EQ(SplitMultipart("preamble\r\n" + body, "b").size(), 2u);
  for (size_t n = 0; n + 4 < body.size(); ++n)
    EXPECT_NE(ErrorOf([&] { SplitMultipart(std::string_view(body).substr(0, n), "b"); }), "") << n;
  EXPECT_NE(ErrorOf([&] { SplitMultipart(body, ""); }), "");
  EXPECT_NE(ErrorOf([&] { SplitMultipart(body, "another"); }), "");
}

TEST(Peer, AddressesAndUidsAreChecked) {
  for (const char* address : {"ftp://x", "127.0.0.1:104", "", "dicom://host:104", "dicom://AE@host", "dicom://AE@host:0",
                              "dicom://AN_AE_TITLE_TOO_LONG@host:104"})
    EXPECT_NE(ErrorOf([&] { EchoPeer({.address = address}); }), "") << address;
  Door door({});
  const Peer peer{.address = "dicom://AE@127.0.0.1:1"};
  for (const char* uid : {"", "../../etc", "1.2.3/..", "1.2 3"})
    EXPECT_NE(ErrorOf([&] { GetFromPeer(peer, uid, "", door); }).find("not a DICOM UID"), std::string::npos) << uid;
  EXPECT_NE(ErrorOf([&] { FindAtPeer(peer, {.level = "patient"}); }).find("--level"), std::string::npos);
}

TEST(Door, LetsNothingInThatWasNotDeidentified) {
  const fs::path out = fs::temp_directory_path() / ("lingshu_door_" + std::to_string(getpid()));
  Door door({.out = out, .rules = {.key = "a key for tests, 32 bytes of it."}, .max_objects = 3});
  const std::string file = DicomBuilder::Picture(2, 1, {1, 2})
                               .Text(0x00080018, "UI", "1.2.3.4")
                               .Text(0x00100010, "PN", "Doe^Jane")
                               .Text(0x00100020, "LO", "../../../evil")
                               .File();
  EXPECT_TRUE(door.Take(file));
  EXPECT_FALSE(door.Take("not DICOM"));
  EXPECT_TRUE(door.Take(file));
  EXPECT_NE(ErrorOf([&] { door.Take(file); }).find("bound of 3 objects"), std::string::npos);
  const std::vector<fs::path> kept = ListFiles(out);
  ASSERT_EQ(kept.size(), 1u);  // the same object twice
  const std::string everything = ReadFile(kept[0]) + kept[0].string() + door.Report().dump();
  for (const char* secret : {"Doe", "Jane", "evil", "1.2.3.4"}) EXPECT_EQ(everything.find(secret), std::string::npos) << secret;
  fs::remove_all(out);
}

Finding MakeFinding() {
  Evidence one{.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2",
               .sop_instance_uid = "1.2.3.1",
               .study_instance_uid = "1.2.3",
               .series_instance_uid = "1.2.3.9"};
  one.attributes = {{0x00100010, "Doe^Jane"}, {0x00100020, "77"}};
  Evidence two = one;
  two.sop_instance_uid = "1.2.3.2";
  return {.question = "Is there a mass?", .answer = "No <mass> & no effusion.", .model_name = "nano", .model_version = "1",
          .moment = "20260401123000", .evidence = {one, two}};
}

TEST(StructuredReport, RefersToItsImagesAndSaysThatADeviceMadeIt) {
  const DataSet report = ReadDicomObject(MakeStructuredReport(MakeFinding(), "seed"), "sr").data_set;
  EXPECT_EQ(report.Text(0x00080016), "1.2.840.10008.5.1.4.1.1.88.11");
  EXPECT_EQ(report.Text(0x0020000D), "1.2.3");
  EXPECT_EQ(report.Text(0x00100010), "Doe^Jane");
  EXPECT_EQ(report.Text(0x0040A493), "UNVERIFIED");
  EXPECT_EQ(report.Find(0x0040A078)->items.at(0).Text(0x0040A084), "DEV");
  const DataSet& series = report.Find(0x0040A375)->items.at(0).Find(0x00081115)->items.at(0);
  EXPECT_EQ(series.Find(0x00081199)->items.size(), 2u);
  std::string texts;
  const std::function<void(const DataSet&)> walk = [&](const DataSet& item) {
    texts += item.Text(0x0040A160) + "|";
    if (const DataElement* content = item.Find(0x0040A730))
      for (const DataSet& inner : content->items) walk(inner);
  };
  walk(report);
  for (const char* text : {"No <mass> & no effusion.", "Is there a mass?", kMachineNotice, "nano"})
    EXPECT_NE(texts.find(text), std::string::npos) << text;
  EXPECT_EQ(MakeStructuredReport(MakeFinding(), "seed"), MakeStructuredReport(MakeFinding(), "seed"));
  Finding mixed = MakeFinding();
  mixed.evidence[1].study_instance_uid = "9.9";
  EXPECT_NE(ErrorOf([&] { MakeStructuredReport(mixed, "seed"); }).find("several studies"), std::string::npos);
}

// What R4 demands of the resources and their parts: required elements, code systems of required bindings, and references
// that lead somewhere.
TEST(DiagnosticReport, HasWhatR4Requires) {
  const Json report = MakeDiagnosticReport(MakeFinding(), "seed");
  EXPECT_EQ(report["resourceType"], "DiagnosticReport");
  const std::set<std::string> statuses = {"registered", "partial", "preliminary", "final", "amended", "corrected",
                                          "appended", "cancelled", "entered-in-error", "unknown"};
  EXPECT_TRUE(statuses.contains(report["status"].get<std::string>()));
  EXPECT_TRUE(report["code"]["coding"][0].contains("system"));
  EXPECT_EQ(report["text"]["status"], "generated");
  EXPECT_NE(report["text"]["div"].get<std::string>().find("No &lt;mass&gt; &amp; no"), std::string::npos);
  EXPECT_EQ(report["meta"]["security"][0]["code"], "AIAST");
  EXPECT_EQ(report["issued"], "2026-04-01T12:30:00Z");
  std::set<std::string> ids;
  for (const Json& part : report["contained"]) ids.insert("#" + part["id"].get<std::string>());
  for (const Json& result : report["result"]) EXPECT_TRUE(ids.contains(result["reference"].get<std::string>()));
  const Json& observation = report["contained"][1];
  EXPECT_EQ(observation["resourceType"], "Observation");
  EXPECT_TRUE(observation.contains("status") && observation.contains("code"));
  EXPECT_TRUE(ids.contains(observation["device"]["reference"].get<std::string>()));
  EXPECT_EQ(observation["derivedFrom"].size(), 2u);
  EXPECT_EQ(report["contained"][0]["deviceName"][0]["type"], "model-name");
  const std::set<std::string> known = {"resourceType", "id", "meta", "text", "contained", "identifier", "status", "category",
                                       "code", "subject", "effectiveDateTime", "issued", "result", "imagingStudy", "conclusion"};
  for (const auto& [name, value] : report.items()) EXPECT_TRUE(known.contains(name)) << name;
  EXPECT_EQ(report.dump().find("Doe"), std::string::npos);
}

}  // namespace
}  // namespace lingshu
