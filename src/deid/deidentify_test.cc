// Facts of de-identification: no canary of any attribute of Table E.1-1 comes out, in any place or encoding; UIDs and
// dates stay consistent; pictures stay what they were.
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/hash.h"
#include "deid/deidentify.h"
#include "deid/dictionary.h"
#include "deid/folder.h"
#include "deid/profile.h"
#include "image/deflate_testing.h"
#include "image/dicom_testing.h"
#include "image/inspect.h"
#include "image/testing.h"

namespace lingshu {
namespace {

using testing::DicomBuilder;
using testing::ErrorOf;

const DeidFolderOptions kOptions{.key = "a key for tests, 32 bytes of it."};

std::string Clean(const std::string& bytes, const DeidFolderOptions& options = kOptions, Json* report = nullptr) {
  Json own;
  return DeidentifyFile(bytes, options, report != nullptr ? *report : own, "test");
}

// Fills attributes with unique values, each of which must not be found again.
class Canaries {
 public:
  std::string Next(std::string_view vr) {
    const int n = ++count_;
    std::string value = fmt::format("CANARY{:05}", n);
    // Dates of one decade; no shift of a year and more can turn one into another.
    const std::string date = fmt::format("195{}{:02}{:02}", n / 336 % 10, n / 28 % 12 + 1, n % 28 + 1);
    const std::string time = fmt::format("{:02}{:02}{:02}.{:06}", n % 24, n / 24 % 60, n % 59, n);
    if (vr == "DA") value = date;
    if (vr == "TM") value = time;
    if (vr == "DT") value = date + time;
    if (vr == "UI") value = fmt::format("1.2.826.0.1.{}.77", 100000 + n);
    if (vr == "DS") value = fmt::format("98765.{:05}", n);
    if (vr == "IS") value = fmt::format("98765{:05}", n);
    values_.push_back(value);
    return value;
  }

  // Those that `bytes` hold as they are, as UTF-16 or UTF-32 of either order, in hexadecimal or in Base64. ISO 8859, Shift-JIS, GB 18030
  // and the others of DICOM write these characters as ASCII does.
  std::vector<std::string> FoundIn(const std::string& bytes) const {
    std::string narrow, lower;
    for (const char c : bytes) {
      if (c != '\0') narrow += c;
      lower += static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c);
    }
    std::vector<std::string> found;
    for (const std::string& value : values_) {
      bool is_there = bytes.find(value) != std::string::npos || narrow.find(value) != std::string::npos ||
                      lower.find(Hex(value)) != std::string::npos;
      for (const size_t phase : {0, 1, 2}) {  // whole groups of three bytes only
        const std::string inside = value.substr(phase, (value.size() - phase) / 3 * 3);
        is_there |= inside.size() >= 9 && bytes.find(Base64(inside)) != std::string::npos;
      }
      if (is_there) found.push_back(value);
    }
    return found;
  }
  size_t size() const { return values_.size(); }

  static std::string Hex(const std::string& value) {
    std::string hex;
    for (const char c : value) hex += fmt::format("{:02x}", static_cast<uint8_t>(c));
    return hex;
  }

 private:
  int count_ = 0;
  std::vector<std::string> values_;
};

// Every attribute of the table in one data set, sequences with a name, a text and private elements inside.
void Fill(DicomBuilder& builder, Canaries& canaries, const DicomBuilder& empty) {
  for (const ProfileRow& row : kProfile) {
    if (row.tag >> 16 < 0x0008) continue;
    const std::string vr(DictionaryVr(row.tag));
    if (vr == "SQ") {
      DicomBuilder item = empty;
      item.Text(0x00100010, "PN", canaries.Next("PN")).Text(0x0040A160, "UT", canaries.Next("UT"));
      item.Text(0x00080104, "LO", "CODE MEANING").Text(0x00081155, "UI", canaries.Next("UI"));
      item.Text(0x00400031, "UT", canaries.Next("UT")).Text(0x00090010, "LO", canaries.Next("LO"));
      builder.Sequence(row.tag, {item, item});
    } else {
      builder.Text(row.tag, vr, canaries.Next(vr));
    }
  }
  builder.Text(0x00090010, "LO", canaries.Next("LO")).Text(0x00091001, "LT", canaries.Next("LT"));
  DicomBuilder inner = empty;
  inner.Text(0x00091002, "ST", canaries.Next("ST"));
  builder.Sequence(0x00111003, {inner});
  builder.Text(0x60003000, "OW", canaries.Next("OW")).Text(0x60004000, "LT", canaries.Next("LT"));
  builder.Text(0x60020022, "LO", canaries.Next("LO")).Text(0x50003000, "OW", canaries.Next("OW"));
  builder.Text(0x00089999, "LO", canaries.Next("LO"));        // no attribute of the standard
  builder.Text(0x00080060, "CS", canaries.Next("LO") + "x");  // no code string
  builder.Text(0x00080016, "UI", canaries.Next("LO"));        // no UID
}

std::string FillAll(Canaries& canaries, const DicomBuilder& empty) {
  DicomBuilder root = empty, middle = empty, leaf = empty;
  Fill(leaf, canaries, empty);
  middle.Sequence(0x00189321, {leaf});  // a sequence that the table does not name
  Fill(root, canaries, empty);
  root.Sequence(0x00189304, {middle});
  return root.DataSet();
}

TEST(Deidentify, LeavesNoCanaryOfTheWholeTableInAnySyntaxUnderAnyDates) {
  struct Syntax {
    const char* uid;
    bool is_explicit, is_big_endian, is_deflated;
  };
  for (const Syntax& syntax :
       {Syntax{"1.2.840.10008.1.2.1", true, false, false}, Syntax{"1.2.840.10008.1.2", false, false, false},
        Syntax{"1.2.840.10008.1.2.2", true, true, false}, Syntax{"1.2.840.10008.1.2.1.99", true, false, true}})
    for (const DeidDates dates : {DeidDates::kShift, DeidDates::kRemove}) {
      Canaries canaries;
      const std::string data_set = FillAll(canaries, DicomBuilder(syntax.is_explicit, syntax.is_big_endian));
      std::string meta = DicomBuilder()
                             .Text(0x00020010, "UI", syntax.uid)
                             .Text(0x00020016, "AE", canaries.Next("AE"))
                             .Text(0x00020102, "OB", canaries.Next("OB"))
                             .DataSet();
      const std::string preamble = canaries.Next("LO") + std::string(128 - 11, '\0');
      EXPECT_GT(canaries.size(), 1300u);
      EXPECT_EQ(canaries.FoundIn(preamble + meta + data_set).size(), canaries.size());
      DeidFolderOptions options = kOptions;
      options.rules.dates = dates;
      Json report;
      const std::string out =
          Clean(preamble + "DICM" + meta + (syntax.is_deflated ? testing::Deflate(data_set, testing::kRawDeflate) : data_set), options, &report);
      EXPECT_EQ(canaries.FoundIn(out), std::vector<std::string>()) << syntax.uid;
      EXPECT_EQ(canaries.FoundIn(report.dump()), std::vector<std::string>());
      EXPECT_EQ(canaries.FoundIn(Clean(out)), std::vector<std::string>());  // its output can be read again
    }
}

// A name in every way of writing it that a file or a careless conversion may have.
struct Name {
  const char* charset;   // (0008,0005) under which the file has the first spelling
  std::vector<std::string> spellings;
};
const std::vector<Name> kNames = {
    // Müller: ISO 8859-1, UTF-8, UTF-16, decomposed UTF-8, without its dots
    {"ISO_IR 100", {"M\xFCller", "M\xC3\xBCller",
     std::string("M\0\xFC\0l\0l\0", 8), std::string("\0M\0\xFC\0l\0l", 8), "Mu\xCC\x88ller", "Mueller", "Muller"}},
    {"ISO_IR 192", {"M\xC3\xBCller", "M\xFCller",
     std::string("M\0\xFC\0l\0l\0", 8), std::string("\0M\0\xFC\0l\0l", 8), "Mu\xCC\x88ller", "Mueller", "Muller"}},
    // Yamada in Kanji: Shift-JIS, ISO-2022-JP, EUC-JP, UTF-8, UTF-16, GB 18030
    {"ISO_IR 13", {"\x8E\x52\x93\x63", ";3ED", "\xBB\xB3\xC5\xC4", "\xE5\xB1\xB1\xE7\x94\xB0", "\x71\x5C\x30\x75",
     "\x5C\x71\x75\x30", "\xC9\xBD\xCC\xEF"}},
    {"\\ISO 2022 IR 87", {"\x1B$B;3ED\x1B(B", "\x8E\x52\x93\x63", ";3ED", "\xBB\xB3\xC5\xC4",
     "\xE5\xB1\xB1\xE7\x94\xB0", "\x71\x5C\x30\x75", "\x5C\x71\x75\x30"}},
    {"GB18030", {"\xC9\xBD\xCC\xEF", "\xE5\xB1\xB1\xE7\x94\xB0", "\x71\x5C\x30\x75", "\x5C\x71\x75\x30", "\x8E\x52\x93\x63"}},
};

TEST(Deidentify, LeavesNoNameOfOtherAlphabetsInAnySpelling) {
  for (const Name& name : kNames)
    for (const bool is_clean : {false, true}) {
      DicomBuilder leaf, root;
      for (DicomBuilder* builder : {&leaf, &root})
        for (const ProfileRow& row : kProfile) {
          const std::string vr(DictionaryVr(row.tag));
          const bool is_text = vr == "PN" || vr == "LO" || vr == "SH" || vr == "LT" || vr == "ST" || vr == "UT" || vr == "UC";
          if (row.tag >> 16 >= 0x0008 && is_text)
            builder->Text(row.tag, vr, name.spellings[0] + "^CT");
        }
      root.Text(0x00080005, "CS", name.charset).Text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2").Text(0x00080018, "UI", "1.2.3");
      root.Sequence(0x00189304, {leaf}).Text(0x00091001, "LT", name.spellings[0]);
      DeidFolderOptions options = kOptions;
      options.rules.cleans_descriptors = options.rules.cleans_structured = options.rules.cleans_graphics = is_clean;
      Json report;
      const std::string in = root.File(), out = Clean(in, options, &report) + report.dump();
      EXPECT_NE(in.find(name.spellings[0]), std::string::npos);
      for (const std::string& spelling : name.spellings)
        for (const std::string& form : {spelling, Canaries::Hex(spelling)})
          EXPECT_EQ(out.find(form), std::string::npos) << name.charset << ": " << Canaries::Hex(spelling);
    }
}

DicomBuilder Study(const std::string& patient, const std::string& date, const std::string& instance) {
  return DicomBuilder::Picture(3, 2, {10, 20, 30, 40, 50, 60}, 8)
      .Text(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2")
      .Text(0x00080018, "UI", instance)
      .Text(0x00080060, "CS", "CT")
      .Text(0x00080020, "DA", date)
      .Text(0x00080030, "TM", "003000.25")
      .Text(0x00100010, "PN", "Doe^Jane")
      .Text(0x00100020, "LO", patient)
      .Text(0x00100030, "DA", "19700101")
      .Text(0x0020000D, "UI", "1.2.3")
      .Text(0x0020000E, "UI", "1.2.3.4")
      .Text(0x00280030, "DS", "0.5\\0.5")
      .Text(0x00280301, "CS", "NO");
}

DataSet Read(const std::string& bytes) { return ReadDicomObject(bytes, "test").data_set; }

int64_t DaysBetween(const std::string& a, const std::string& b) {
  // Through the shift itself: how many days back turns b into a.
  for (int64_t days = 0; days < 4000; ++days)
    if (ShiftDate(b, days * 86400) == a) return days;
  return -1;
}

TEST(Deidentify, KeepsUidsAndIntervalsConsistentWithinAPatientUnderOneKey) {
  const DataSet one = Read(Clean(Study("A", "20200301", "1.2.3.4.1").File()));
  const DataSet two = Read(Clean(Study("A", "20200315", "1.2.3.4.2").File()));
  const DataSet other = Read(Clean(Study("B", "20200301", "1.2.3.4.3").File()));
  EXPECT_EQ(one.Text(0x0020000D), two.Text(0x0020000D));
  EXPECT_NE(one.Text(0x0020000D), "1.2.3");
  EXPECT_TRUE(one.Text(0x0020000D).starts_with("2.25."));
  EXPECT_LE(one.Text(0x0020000D).size(), 64u);
  EXPECT_NE(one.Text(0x00080018), two.Text(0x00080018));
  EXPECT_EQ(one.Text(0x00100020), two.Text(0x00100020));
  EXPECT_NE(one.Text(0x00100020), other.Text(0x00100020));
  EXPECT_EQ(DaysBetween(one.Text(0x00080020), two.Text(0x00080020)), 14);
  EXPECT_EQ(one.Text(0x00080030), two.Text(0x00080030));
  EXPECT_NE(one.Text(0x00080020), other.Text(0x00080020));
  EXPECT_EQ(one.Text(0x00100030), "");
  DeidFolderOptions other_key = kOptions;
  other_key.key = "another key for tests, also long.";
  EXPECT_NE(Read(Clean(Study("A", "20200301", "1.2.3.4.1").File(), other_key)).Text(0x0020000D), one.Text(0x0020000D));
}

TEST(Deidentify, MarksWhatItDid) {
  const DataSet data_set = Read(Clean(Study("A", "20200301", "1.2.3.4.1").File()));
  EXPECT_EQ(data_set.Text(0x00120062), "YES");
  EXPECT_EQ(data_set.Text(0x00280303), "MODIFIED");
  EXPECT_FALSE(data_set.Text(0x00120063).empty());
  const DataElement* codes = data_set.Find(0x00120064);
  ASSERT_TRUE(codes != nullptr && codes->items.size() == 2);
  EXPECT_EQ(codes->items[0].Text(0x00080100), "113100");
  EXPECT_EQ(codes->items[1].Text(0x00080100), "113107");
}

TEST(Deidentify, KeepsThePicture) {
  const std::string file = Study("A", "20200301", "1.2.3.4.1").File();
  const FileFacts before = InspectBytes(file, "t"), after = InspectBytes(Clean(file), "t");
  EXPECT_EQ(before.pixel_sha256, after.pixel_sha256);
  EXPECT_EQ(before.pixel_spacing_mm, after.pixel_spacing_mm);
  EXPECT_EQ(after.modality, "CT");
}

TEST(Deidentify, KeepsWhatOptionsRetain) {
  DicomBuilder study = Study("A", "20200301", "1.2.3.4.1");
  study.Text(0x00101010, "AS", "045Y").Text(0x00080080, "LO", "General").Text(0x00081010, "SH", "CT1");
  DeidFolderOptions options = kOptions;
  options.rules = {.dates = DeidDates::kKeep,
                   .keeps_uids = true,
                   .keeps_patient_characteristics = true,
                   .keeps_device = true,
                   .keeps_institution = true};
  const DataSet kept = Read(Clean(study.File(), options)), removed = Read(Clean(study.File()));
  EXPECT_EQ(kept.Text(0x00080020), "20200301");
  EXPECT_EQ(kept.Text(0x00101010), "045Y");
  EXPECT_EQ(kept.Text(0x00080080), "General");
  EXPECT_EQ(kept.Text(0x00081010), "CT1");
  EXPECT_EQ(kept.Text(0x0020000D), "1.2.3");
  EXPECT_EQ(kept.Text(0x00280303), "UNMODIFIED");
  EXPECT_EQ(removed.Text(0x00101010), "");
  EXPECT_EQ(removed.Text(0x00080080), "ANONYMIZED");
  EXPECT_NE(removed.Text(0x00081010), "CT1");
}

TEST(Pseudonym, ShiftsTimesOverMidnightAndLeapDays) {
  const auto moment = ShiftDateAndTime({"20200301", "003000.25"}, 3600);
  ASSERT_TRUE(moment);
  EXPECT_EQ(moment->date, "20200229");
  EXPECT_EQ(moment->time, "233000.25");
  EXPECT_EQ(ShiftDate("2020.03.01", 86400), "20200229");
  EXPECT_EQ(ShiftTime("0010", 1200), "2350");
  EXPECT_EQ(ShiftDateTime("20200301003000.5+0100", 3600), "20200229233000.5+0100");
  for (const char* wrong : {"20200230", "2020", "CANARY01", "20201301", ""}) EXPECT_FALSE(ShiftDate(wrong, 1)) << wrong;
  EXPECT_FALSE(ShiftTime("2500", 1));
}

TEST(Deidentify, ReadsHiddenSequencesOfUnknownVr) {
  // UN of defined length under a public tag: implicit VR inside (PS3.5 6.2.2).
  DicomBuilder inner(/*is_explicit=*/false);
  inner.Text(0x00100010, "PN", "Doe^Jane").Text(0x00280010, "CS", "X");
  const std::string content = inner.DataSet();
  std::string item("\xFE\xFF\x00\xE0", 4);
  for (int i = 0; i < 4; ++i) item += static_cast<char>(content.size() >> (8 * i));
  const std::string file = Study("A", "20200301", "1.2.3.4.1").Set(0x00189321, "UN", item + content).File();
  EXPECT_EQ(Clean(file).find("Doe"), std::string::npos);
}

TEST(Deidentify, RefusesWhatItCannotRead) {
  const std::string file = Study("A", "20200301", "1.2.3.4.1").File();
  EXPECT_NE(ErrorOf([&] { Clean(file.substr(0, file.size() - 3)); }).find("beyond the end"), std::string::npos);
  EXPECT_NE(ErrorOf([&] { Clean(file + "Jane Doe was here"); }), "");
  DicomBuilder deep;
  for (int i = 0; i < 20; ++i) deep = DicomBuilder().Sequence(0x00189321, {deep});
  EXPECT_NE(ErrorOf([&] { Clean(deep.File()); }).find("16 deep"), std::string::npos);
  EXPECT_NE(ErrorOf([&] {
              Clean(DicomBuilder().Text(0x00041130, "CS", "X").Sequence(0x00041220, {}).File());
            }).find("directory"),
            std::string::npos);
}

TEST(Pixels, ClearsOverlaysInUnusedBitsAndBytesPastTheEnd) {
  DicomBuilder builder = DicomBuilder::Picture(2, 1, {0x1123, 0xF456}).Us(0x00280101, {12}).Us(0x00280102, {11});
  builder.Us(0x60000100, {16}).Us(0x60000102, {12});
  builder.Set(0x7FE00010, "OW", builder.Words({0x1123, 0xF456}) + "JANE");
  Json report;
  const std::string out = Clean(builder.File(), kOptions, &report);
  const DataSet data_set = Read(out);
  EXPECT_EQ(data_set.Find(0x7FE00010)->value, std::string("\x23\x01\x56\x04", 4));
  EXPECT_EQ(report["pixels"]["bits_cleared"], 1);
}

TEST(Pixels, OverwritesCommentsInStreams) {
  std::string jpeg(
      "\xFF\xD8\xFF\xE0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0\xFF\xFE\x00\x0A"
      "Jane Doe",
      32);
  jpeg += std::string(
      "\xFF\xE1\x00\x08"
      "Exif12\xFF\xDA\x00\x02"
      "data\xFF\xD9"
      "tail",
      24);
  const size_t size = jpeg.size();
  ScrubStream(jpeg);
  EXPECT_EQ(jpeg.size(), size);
  EXPECT_EQ(jpeg.find("Jane"), std::string::npos);
  EXPECT_EQ(jpeg.find("Exif"), std::string::npos);
  EXPECT_EQ(jpeg.find("tail"), std::string::npos);
  EXPECT_NE(jpeg.find("JFIF"), std::string::npos);
  EXPECT_NE(jpeg.find("data"), std::string::npos);
}

class Folders {
 public:
  Folders() : root_(fs::temp_directory_path() / fmt::format("lingshu_deid_{}", HashBytes(__TIME__, getpid()))) {
    fs::remove_all(root_);
    fs::create_directories(root_ / "in" / "Doe_Jane");
  }
  ~Folders() { fs::remove_all(root_); }
  fs::path in() const { return root_ / "in"; }
  fs::path out() const { return root_ / "out"; }

 private:
  fs::path root_;
};

TEST(DeidFolder, CopiesOnlyWhatItReadsUnderNamesThatSayNothing) {
  const Folders folders;
  const fs::path patient = folders.in() / "Doe_Jane";
  WriteFileAtomic(patient / "Doe_Jane_1.dcm", Study("A", "20200301", "1.2.3.4.1").File());
  WriteFileAtomic(patient / "Doe_Jane_2.dcm", Study("A", "20200301", "1.2.3.4.2").File());
  WriteFileAtomic(patient / "Doe_Jane_copy.dcm", Study("A", "20200301", "1.2.3.4.2").File());
  WriteFileAtomic(patient / "report.txt", "Jane Doe");
  const std::string broken = Study("A", "20200301", "1.2.3.4.3").File();
  WriteFileAtomic(patient / "broken.dcm", broken.substr(0, broken.size() - 5));
  const Json report = DeidentifyFolder(folders.in(), folders.out(), kOptions);
  EXPECT_EQ(report["files"], 5);
  EXPECT_EQ(report["written"], 2);
  EXPECT_EQ(report["skipped"]["exact copy of another file"], 1);
  EXPECT_EQ(report["skipped"]["not DICOM"], 1);
  EXPECT_EQ(report["skipped"]["cannot be read"], 1);
  const std::vector<fs::path> copies = ListFiles(folders.out());
  ASSERT_EQ(copies.size(), 2u);
  EXPECT_EQ(copies[0].parent_path(), copies[1].parent_path());
  std::string everything = report.dump();
  for (const fs::path& copy : copies) everything += copy.string() + ReadFile(copy);
  for (const char* secret : {"Doe", "Jane", "JANE", "1.2.3.4", "20200301", "19700101"})
    EXPECT_EQ(everything.find(secret), std::string::npos) << secret;
}

TEST(DeidFolder, DeidentifiesRealFilesIntoReadableOnes) {
  const fs::path data = testing::RealData() / "dicom_pydicom";
  if (testing::RealData().empty() || !fs::is_directory(data)) GTEST_SKIP() << "no LINGSHU_DATA";
  int same = 0;
  for (const fs::path& path : ListFiles(data, {".dcm"})) {
    const std::string bytes = ReadFile(path);
    DeidFolderOptions options = kOptions;
    options.pixels = DeidPixels::kKeep;
    std::string out;
    FileFacts before;
    try {
      before = InspectBytes(bytes, "in");
      out = Clean(bytes, options);
    } catch (const Error&) {
      continue;  // refused, as it may be
    }
    // Big endian and deflated files change their syntax; stored values do not change.
    EXPECT_EQ(InspectBytes(out, "out").pixel_sha256, before.pixel_sha256) << path.filename();
    ++same;
  }
  EXPECT_GT(same, 50);
}

}  // namespace
}  // namespace lingshu
