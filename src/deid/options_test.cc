// Facts of the profile's options, and of identities that hide in streams, profiles, documents and codes.
#include <functional>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/files.h"
#include "deid/clean_text.h"
#include "deid/evidence.h"
#include "deid/folder.h"
#include "deid/icc_profile.h"
#include "image/decoder.h"
#include "image/dicom_testing.h"
#include "image/inspect.h"
#include "image/testing.h"

namespace lingshu {
namespace {

using testing::DicomBuilder;
using testing::ErrorOf;

constexpr char kKey[] = "a key for tests, 32 bytes of it.";

DicomBuilder Study() {
  return DicomBuilder::Picture(2, 1, {1, 2})
      .Text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2")
      .Text(0x00080018, "UI", "1.2.3.4.5")
      .Text(0x00080020, "DA", "20200302")
      .Text(0x00080030, "TM", "233000")
      .Text(0x00080060, "CS", "CT")
      .Text(0x00100010, "PN", "Doe^Jane")
      .Text(0x00100020, "LO", "77")
      .Text(0x0020000D, "UI", "1.2.3");
}

DataSet Clean(const DicomBuilder& builder, DeidOptions rules = {}, Json* report = nullptr) {
  Json own;
  DeidFolderOptions options{.rules = rules, .key = kKey};
  return ReadDicomObject(DeidentifyFile(builder.File(), options, report != nullptr ? *report : own, "t"), "t").data_set;
}

std::vector<std::string> Codes(const DataSet& data_set) {
  std::vector<std::string> codes;
  for (const DataSet& item : data_set.Find(0x00120064)->items) codes.push_back(item.Text(0x00080100));
  return codes;
}

bool Has(const std::vector<std::string>& list, const std::string& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

int WeekdayOf(const std::string& date) {  // 0 to 6, through whole days back from a Monday
  for (int days = 0; days < 8000; ++days)
    if (ShiftDate("20200302", days * 86400) == date) return days % 7;
  return -1;
}

TEST(Options, KeepWeekdaysShiftsByWholeWeeks) {
  const DataSet weeks = Clean(Study(), {.keeps_weekdays = true});
  EXPECT_EQ(WeekdayOf(weeks.Text(0x00080020)), 0);
  EXPECT_NE(weeks.Text(0x00080020), "20200302");
  EXPECT_EQ(weeks.Text(0x00080030), "233000");
  EXPECT_TRUE(Has(Codes(weeks), "113107"));
}

TEST(Options, SafePrivateAttributesStayOthersGo) {
  DicomBuilder study = Study();
  study.Text(0x70530010, "LO", "Philips PET Private Group").Text(0x70531000, "DS", "0.00021").Text(0x70531009, "DS", "7");
  study.Text(0x70531003, "ST", "Doe.img").Text(0x00190010, "LO", "Doe's own").Text(0x0019100C, "IS", "1000");
  study.Text(0x00290010, "LO", "SIEMENS MR HEADER").Text(0x0029100C, "IS", "1000");  // right creator, wrong group
  const DataSet kept = Clean(study, {.keeps_safe_private = true}), removed = Clean(study);
  EXPECT_EQ(kept.Text(0x70531000), "0.00021");
  EXPECT_EQ(kept.Text(0x70530010), "Philips PET Private Group");
  for (const uint32_t tag : {0x70531003u, 0x00190010u, 0x0019100Cu, 0x00290010u, 0x0029100Cu})
    EXPECT_EQ(kept.Find(tag), nullptr) << tag;
  for (const DataElement& element : removed.elements) EXPECT_EQ((element.tag >> 16) % 2, 0u);
  EXPECT_TRUE(Has(Codes(kept), "113111"));
  EXPECT_FALSE(Has(Codes(removed), "113111"));
}

TEST(Options, CleanDescriptorsKeepsKnownWordsOnly) {
  DicomBuilder study = Study();
  study.Text(0x00081030, "LO", "CT HEAD W/O Mr Smith 2019-04-01").Text(0x0008103E, "LO", "Smith");
  const DataSet cleaned = Clean(study, {.cleans_descriptors = true});
  EXPECT_EQ(cleaned.Text(0x00081030), "CT HEAD W/O Mr");
  EXPECT_EQ(cleaned.Find(0x0008103E), nullptr);
  EXPECT_EQ(Clean(study).Find(0x00081030), nullptr);
  EXPECT_TRUE(Has(Codes(cleaned), "113105"));
  EXPECT_EQ(KeepKnownWords("Müller, chest PA; MRN 123456 no. 7"), "chest PA no 7");
}

DicomBuilder Report() {
  DicomBuilder name, code, text, person, uid;
  code.Text(0x00080100, "SH", "121071").Text(0x00080102, "SH", "DCM").Text(0x00080104, "LO", "Finding of Jane");
  name.Text(0x00080100, "SH", "JANE1").Text(0x00080102, "SH", "99LOCAL").Text(0x00080104, "LO", "Jane");
  text.Text(0x0040A010, "CS", "CONTAINS").Text(0x0040A040, "CS", "TEXT").Sequence(0x0040A043, {code});
  text.Text(0x0040A160, "UT", "No fracture. Seen with Dr Janeway on 2020-03-01.");
  person.Text(0x0040A040, "CS", "PNAME").Sequence(0x0040A043, {name}).Text(0x0040A123, "PN", "Janeway");
  uid.Text(0x0040A040, "CS", "UIDREF").Text(0x0040A124, "UI", "1.2.3.99");
  DicomBuilder study = Study();
  study.Remove(0x7FE00010).Text(0x00080060, "CS", "SR").Sequence(0x0040A730, {text, person, uid});
  return study;
}

std::string EverythingIn(const DataSet& data_set) {
  std::string all;
  for (const DataElement& element : data_set.elements) {
    all += element.value + "|";
    for (const DataSet& item : element.items) all += EverythingIn(item);
  }
  return all;
}

TEST(Options, StructuredContentIsCleanedAndNotKept) {
  const std::string cleaned = EverythingIn(Clean(Report(), {.cleans_structured = true}));
  EXPECT_NE(cleaned.find("No fracture"), std::string::npos);
  EXPECT_NE(cleaned.find("121071"), std::string::npos);
  for (const std::string& all : {cleaned, EverythingIn(Clean(Report()))})
    for (const char* secret : {"Jane", "JANE", "2020-03-01", "1.2.3.99", "99LOCAL"})
      EXPECT_EQ(all.find(secret), std::string::npos) << secret;
  EXPECT_EQ(EverythingIn(Clean(Report())).find("fracture"), std::string::npos);
}

TEST(Options, GraphicsStayWithoutTheirText) {
  DicomBuilder graphic, text, annotation;
  graphic.Text(0x00700023, "CS", "POINT");
  text.Text(0x00700006, "ST", "Jane Doe");
  annotation.Text(0x00700002, "CS", "LAYER").Sequence(0x00700008, {text}).Sequence(0x00700009, {graphic});
  DicomBuilder study = Study();
  study.Sequence(0x00700001, {annotation});
  const DataSet kept = Clean(study, {.cleans_graphics = true});
  EXPECT_EQ(EverythingIn(kept).find("Jane"), std::string::npos);
  EXPECT_NE(EverythingIn(kept).find("POINT"), std::string::npos);
  EXPECT_EQ(EverythingIn(Clean(study)).find("Jane"), std::string::npos);
  EXPECT_TRUE(Has(Codes(kept), "113103"));
}

TEST(Options, RareAgesAreCappedWhereAgesStay) {
  const auto age = [](const char* text) {
    return Clean(Study().Text(0x00101010, "AS", text), {.keeps_patient_characteristics = true}).Text(0x00101010);
  };
  EXPECT_EQ(age("045Y"), "045Y");
  EXPECT_EQ(age("089Y"), "089Y");
  EXPECT_EQ(age("097Y"), "090Y");
  EXPECT_EQ(age("011M"), "011M");
}

TEST(Faces, HeadVolumesAreMarkedOrRefused) {
  Json report;
  const DicomBuilder head = Study().Text(0x00180015, "CS", "HEAD");
  EXPECT_EQ(Clean(head, {}, &report).Text(0x00280302), "YES");
  EXPECT_EQ(report["flags"].size(), 1u);
  EXPECT_EQ(Clean(Study().Text(0x00180015, "CS", "KNEE")).Find(0x00280302), nullptr);
  const DeidFolderOptions refuse{.faces = DeidFaces::kRefuse, .key = kKey};
  EXPECT_NE(ErrorOf([&] { DeidentifyFile(head.File(), refuse, report, "t"); }).find("face"), std::string::npos);
}

std::string Big(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

TEST(IccProfile, KeepsColoursAndLosesTexts) {
  const std::string curve = "curv" + std::string(8, '\0'), text = "text" + std::string(4, '\0') + "Jane Doe";
  std::string profile = Big(0) + "JANE" + std::string(28, '\0') + "acsp" + std::string(88, 'J');
  profile += Big(2) + "rTRC" + Big(156) + Big(12) + "cprt" + Big(168) + Big(static_cast<uint32_t>(text.size())) + curve + text;
  const std::string clean = CleanIccProfile(profile);
  EXPECT_EQ(clean.size(), profile.size());
  EXPECT_EQ(clean.substr(156, 12), curve);
  for (const char* secret : {"Jane", "JANE", "JJJJJJJJJJJJJJJJJJJ"}) EXPECT_EQ(clean.find(secret), std::string::npos);
  EXPECT_EQ(CleanIccProfile("Jane Doe"), "");
  profile.replace(160, 1, "\xFF");
  EXPECT_EQ(EverythingIn(Clean(Study().Set(0x00282000, "OB", profile))).find("Jane"), std::string::npos);
}

// A comment between two scans, and one in the header, of a JPEG whose frame lies in two fragments.
TEST(Streams, CommentsGoFromAllScansAndAcrossFragments) {
  const std::string head("\xFF\xD8\xFF\xFE\x00\x0A" "Jane Doe\xFF\xC2\x00\x0B\x08\x00\x01\x00\x02\x01\x01\x11\x00", 27);
  const std::string scan("\xFF\xDA\x00\x08\x01\x01\x00\x00\x00\x00" "ab\xFF\x00" "c\xFF\xD0" "d", 18);
  const std::string comment("\xFF\xFE\x00\x0C" "Jane Again", 14), end("\xFF\xD9" "Jane behind", 13);
  const std::string all = head + scan + comment + scan + end;
  for (size_t cut = 0; cut <= all.size(); ++cut) {
    DataElement pixels{.tag = 0x7FE00010, .vr = "OB", .is_encapsulated = true};
    pixels.fragments = {"", all.substr(0, cut), all.substr(cut)};
    if (cut < 2 && cut > 0) continue;
    if (cut == 0) pixels.fragments = {"", all};
    ScrubFragments(pixels, "t");
    std::string after;
    for (const std::string& fragment : pixels.fragments) after += fragment;
    EXPECT_EQ(after.size(), all.size());
    EXPECT_EQ(after.find("Jane"), std::string::npos) << cut;
    EXPECT_NE(after.find(scan), std::string::npos) << cut;
  }
}

TEST(Streams, CommentsGoFromTilePartsOfJpeg2000) {
  const std::string comment("\xFF\x64\x00\x0C\x00\x01" "Jane Doe", 14), data("data\xFF\x64\x00\x06more", 12);
  std::string part = std::string("\xFF\x90\x00\x0A\x00\x00", 6) + Big(static_cast<uint32_t>(12 + comment.size() + 2 + data.size())) +
                     std::string("\0\1", 2) + comment + "\xFF\x93" + data;
  std::string stream = std::string("\xFF\x4F\xFF\x51\x00\x04\x00\x00", 8) + comment + part + "\xFF\xD9" + "Jane behind";
  const size_t size = stream.size();
  ASSERT_TRUE(ScrubStream(stream));
  EXPECT_EQ(stream.size(), size);
  EXPECT_EQ(stream.find("Jane"), std::string::npos);
  EXPECT_NE(stream.find(data), std::string::npos);
  std::string video = "\0\0\0\1g Jane";
  EXPECT_FALSE(ScrubStream(video));
}

TEST(Streams, WhatCannotBeCleanedIsNotCopied) {
  DicomBuilder video = Study();
  video.Fragments({"", "an MPEG stream of Jane"});
  Json report;
  const std::string error =
      ErrorOf([&] { DeidentifyFile(video.File("1.2.840.10008.1.2.4.102"), {.key = kKey}, report, "t"); });
  EXPECT_NE(error.find("cannot be removed"), std::string::npos) << error;
}

TEST(Streams, BytesBehindRunLengthSegmentsGo) {
  std::string rle("\1\0\0\0\x40\0\0\0", 8);
  rle += std::string(56, '\0') + std::string("\1\x10\x20", 3) + "Jane Doe was here";
  DicomBuilder study = Study();
  study.Us(0x00280100, {8}).Us(0x00280101, {8}).Us(0x00280102, {7}).Fragments({"", rle});
  Json report;
  const std::string in = study.File("1.2.840.10008.1.2.5"), out = DeidentifyFile(in, {.key = kKey}, report, "t");
  EXPECT_EQ(out.find("Jane"), std::string::npos);
  EXPECT_EQ(InspectBytes(out, "t").pixel_sha256, InspectBytes(in, "t").pixel_sha256);
}

TEST(Document, EncapsulatedPdfIsEmptied) {
  DicomBuilder study = Study();
  study.Remove(0x7FE00010).Set(0x00420011, "OB", "%PDF-1.4 Jane Doe ").Text(0x00420010, "ST", "Jane");
  EXPECT_EQ(EverythingIn(Clean(study)).find("Jane"), std::string::npos);
}

TEST(Report, IsReadableAndNamesNobody) {
  const fs::path folder = fs::temp_directory_path() / "lingshu_report_text";
  fs::remove_all(folder);
  fs::create_directories(folder / "in");
  WriteFileAtomic(folder / "in" / "Doe_Jane.dcm", Study().File());
  WriteFileAtomic(folder / "in" / "Jane.txt", "Jane");
  const std::string text = DescribeReport(DeidentifyFolder(folder / "in", folder / "out", {.key = kKey}));
  EXPECT_NE(text.find("1 of 2 files were copied"), std::string::npos) << text;
  EXPECT_NE(text.find("not DICOM"), std::string::npos);
  EXPECT_EQ(text.find("Jane"), std::string::npos);
  fs::remove_all(folder);
}

// The same bytes come out of a decoder process, where `lingshu deid` runs.
TEST(Report, DecoderProcessesGiveTheSameCopies) {
  const std::string file = Study().File();
  Json here, there;
  const std::string copy = DeidentifyFile(file, {.key = kKey}, here, "t");
  SetDecoderPlace(DecoderPlace::kChildProcesses);
  EXPECT_EQ(DeidentifyFile(file, {.key = kKey}, there, "t"), copy);
  SetDecoderPlace(DecoderPlace::kOwnProcess);
  EXPECT_EQ(here, there);
}

TEST(Evidence, NamesWhatAReportHasToNameAndNothingWithoutUids) {
  const fs::path path = fs::temp_directory_path() / "lingshu_evidence.dcm";
  WriteFileAtomic(path, Study().Text(0x0020000E, "UI", "1.2.3.4").File());
  const Evidence evidence = ReadEvidence(path);
  EXPECT_EQ(evidence.sop_instance_uid, "1.2.3.4.5");
  EXPECT_EQ(evidence.attributes.at(0x00100010), "Doe^Jane");
  WriteFileAtomic(path, Study().File());
  EXPECT_NE(ErrorOf([&] { ReadEvidence(path); }).find("without the UIDs"), std::string::npos);
  fs::remove(path);
}

}  // namespace
}  // namespace lingshu
