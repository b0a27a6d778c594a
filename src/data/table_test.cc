// Tables of every form against rows that are known (tests/golden/tables, written by pyarrow and zipfile), and hostile ones.
#include "data/table.h"

#include "base/error.h"
#include "base/files.h"
#include "data/fixture.h"
#include "data/python_list.h"
#include "data/question_form.h"
#include "data/zip.h"

namespace lingshu {
namespace {

const fs::path kGolden = "tests/golden/tables";

#define NEEDS_PARQUET() \
  if (Registry<TableFormat>::Get().FindOrNull("parquet") == nullptr) GTEST_SKIP() << "Parquet was left out of this build"

std::vector<Json> RowsOf(const fs::path& path, const std::function<bool(int64_t)>& is_wanted = nullptr) {
  std::vector<Json> rows;
  TableFormatOf(path).read(path, is_wanted, [&](TableRow row) {
    EXPECT_EQ(row.error, "");
    rows.push_back(std::move(row.cells));
    return true;
  });
  return rows;
}

TEST(Parquet, CellsOfEveryKindAndCompressionAreThoseThatWereWritten) {
  NEEDS_PARQUET();
  const std::vector<Json> expected = RowsOf(kGolden / "types.jsonl");
  ASSERT_EQ(expected.size(), 6u);
  for (const char* compression : {"zstd", "gzip", "lz4", "brotli", "none"}) {
    const fs::path path = kGolden / (std::string("types-") + compression + ".parquet");
    EXPECT_EQ(TableFormatOf(path).count(path), 6);
    EXPECT_EQ(RowsOf(path), expected) << compression;
  }
}

TEST(Parquet, OnlyWantedRowsAreGiven) {
  NEEDS_PARQUET();
  const std::vector<Json> rows = RowsOf(kGolden / "types-zstd.parquet", [](int64_t row) { return row == 1 || row == 4; });
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["text"], "täxt 1");
  EXPECT_EQ(rows[1]["text"], "täxt 4");
}

TEST(Parquet, BrokenFilesAreErrorsThatNameThem) {
  NEEDS_PARQUET();
  for (const char* name : {"broken-cut.parquet", "broken-footer.parquet", "broken-empty.parquet"}) {
    try {
      RowsOf(kGolden / name);
      ADD_FAILURE() << name << " was read";
    } catch (const Error& e) {
      EXPECT_NE(e.message().find(name), std::string::npos) << e.message();
    }
  }
  // Flipped pages: an error, or rows whose damage no checksum shows; never a crash.
  try {
    RowsOf(kGolden / "broken-flipped.parquet");
  } catch (const Error&) {
  }
}

TEST(Parquet, EveryCutOfAFileIsAnError) {
  NEEDS_PARQUET();
  const std::string bytes = ReadFile(kGolden / "types-none.parquet");
  const TemporaryFolder folder;
  for (size_t length = 0; length < bytes.size(); length += 97)
    EXPECT_THROW(RowsOf(folder.Write("cut.parquet", bytes.substr(0, length))), Error) << length;
}

TEST(Parquet, FlippedBytesNeverCrash) {
  NEEDS_PARQUET();
  std::string bytes = ReadFile(kGolden / "types-zstd.parquet");
  const TemporaryFolder folder;
  for (size_t at = 4; at < bytes.size(); at += 131) {
    std::string flipped = bytes;
    flipped[at] = static_cast<char>(~flipped[at]);
    try {
      const fs::path path = folder.Write("flipped.parquet", flipped);
      TableFormatOf(path).read(path, nullptr, [](TableRow) { return true; });
    } catch (const Error&) {
    }
  }
}

TEST(Parquet, PicturesAreCellsOfTheirRows) {
  NEEDS_PARQUET();
  const fs::path path = kGolden / "vqa_rad/data/test-00000-of-00002.parquet";
  const ImagePtr image = LoadImage({.path = path.string() + "#image.bytes:2", .sha256 = ""}, "");
  EXPECT_EQ(image->width, 20);
  EXPECT_EQ(image->height, 10);
  EXPECT_EQ(*image->Pixel(0, 0), 10);  // shade 10 · (2 / 2)
  EXPECT_THROW(LoadImage({.path = path.string() + "#image.bytes:9", .sha256 = ""}, ""), Error);
  EXPECT_THROW(LoadImage({.path = path.string() + "#picture.bytes:0", .sha256 = ""}, ""), Error);
  EXPECT_THROW(LoadImage({.path = path.string() + "#question:0", .sha256 = ""}, ""), Error);
}

// As Python's csv module reads it: a quote opens a field at its start alone.
TEST(Csv, AQuoteInsideAFieldIsASign) {
  const TemporaryFolder folder;
  const Csv csv = ReadCsv(folder.Write("a.csv", "question,a,b\nWill to Truth?\",5\" tall,x\n\"He said \"\"no\"\", then\nleft\" again,\"\",\"y\"\n"));
  ASSERT_EQ(csv.rows.size(), 2u);
  EXPECT_EQ(csv.rows[0], (std::vector<std::string>{"Will to Truth?\"", "5\" tall", "x"}));
  EXPECT_EQ(csv.rows[1], (std::vector<std::string>{"He said \"no\", then\nleft again", "", "y"}));
  EXPECT_THROW(ReadCsv(folder.Write("b.csv", "a,b\n1,\"open\n")), Error);
}

TEST(Table, JsonFilesMayHoldLines) {
  const TemporaryFolder folder;
  EXPECT_EQ(RowsOf(folder.Write("list.json", R"([{"a": 1}, {"a": 2}])")).size(), 2u);
  EXPECT_EQ(RowsOf(folder.Write("lines.json", "{\"a\": 1}\n{\"a\": 2}\n")).size(), 2u);
  EXPECT_EQ(RowsOf(folder.Write("pretty.json", "{\n\"data\": [{\"a\": 1}]}")).size(), 1u);
  EXPECT_THROW(RowsOf(folder.Write("text.json", "\"hello\"")), Error);
}

TEST(Table, ABrokenRowIsSkippedAndTheOthersAreRead) {
  const TemporaryFolder folder;
  const fs::path lines = folder.Write("t.jsonl", "{\"a\": \"x\"}\n{\"a\": \n[1]\n{\"b\": \"y\"}\n{\"a\": \"z\"}\n");
  std::vector<std::string> made, skipped;
  EmitTable({.files = {lines},
             .id_prefix = "t:",
             .make = [](const PlacedRow& row, const std::string& id) { return Sample{.id = id, .question = TextCell(row.cells, "a", id)}; }},
            {}, [&](Sample sample) { return made.push_back(sample.id + "=" + sample.question), true; },
            [&](const std::string& id, const std::string&) { skipped.push_back(id); });
  EXPECT_EQ(made, (std::vector<std::string>{"t:00000=x", "t:00004=z"}));
  EXPECT_EQ(skipped, (std::vector<std::string>{"t:00001", "t:00002", "t:00003"}));
}

TEST(Table, ALimitIsSpreadOverTheMembersOfAllFiles) {
  const TemporaryFolder folder;
  const fs::path first = folder.Write("a.csv", "n,kind\n0,x\n1,y\n2,x\n"), second = folder.Write("b.csv", "n,kind\n3,y\n4,x\n5,x\n");
  std::vector<std::string> made;
  EmitTable({.files = {first, second},
             .id_prefix = "t:",
             .make = [](const PlacedRow& row, const std::string& id) { return Sample{.id = id, .question = TextCell(row.cells, "n", id)}; },
             .is_member = [](const PlacedRow& row) { return row.cells["kind"] == "x"; }},
            {.limit = 2}, [&](Sample sample) { return made.push_back(sample.question), true; }, [](const std::string&, const std::string&) {});
  EXPECT_EQ(made, (std::vector<std::string>{"0", "4"}));
}

TEST(Table, PatternsAreTriedInOrder) {
  const TemporaryFolder folder;
  folder.Write("data/test-00001-of-2.csv", "a\n");
  folder.Write("data/test-00000-of-2.csv", "a\n");
  folder.Write("test.csv", "a\n");
  EXPECT_EQ(FindTables(folder.path(), {"none.csv", "data/test-*.csv", "test.csv"}).size(), 2u);
  EXPECT_EQ(FindTables(folder.path(), {"test.csv"})[0].filename(), "test.csv");
  EXPECT_THROW(FindTables(folder.path(), {"*.parquet"}), Error);
  EXPECT_THROW(TableFormatOf("x.xlsx"), Error);
}

TEST(Zip, MembersAreFoundByNameOrByTheEndOfTheirPath) {
  const fs::path archive = kGolden / "pictures.zip";
  EXPECT_EQ(ZipMemberNamed(archive, "figures/stored.png"), "figures/stored.png");
  EXPECT_EQ(ZipMemberNamed(archive, "deflated.png"), "figures/deflated.png");
  EXPECT_EQ(ZipMemberNamed(archive, "absent.png"), "");
  EXPECT_EQ(ZipMemberNamed(archive, "twice.png"), "");  // of two one is not chosen
  EXPECT_EQ(LoadImage({.path = archive.string() + "#figures/stored.png", .sha256 = ""}, "")->width, 20);
  EXPECT_TRUE(ReadZipMember(archive, "figures/deflated.png").ends_with(std::string(1000, '\0')));
  EXPECT_EQ(LoadImage({.path = archive.string() + "#figures/large.png", .sha256 = ""}, "")->height, 10);
}

TEST(Zip, DamageIsAnError) {
  EXPECT_THROW(ReadZipMember(kGolden / "broken.zip", "figures/stored.png"), Error);
  EXPECT_THROW(ReadZipMember(kGolden / "pictures.zip", "none"), Error);
  const std::string bytes = ReadFile(kGolden / "pictures.zip");
  const TemporaryFolder folder;
  for (size_t length = 0; length < bytes.size(); length += 61) {
    const fs::path path = folder.Write(std::to_string(length) + ".zip", bytes.substr(0, length));
    EXPECT_THROW(ReadZipMember(path, "figures/stored.png"), Error) << length;
  }
}

TEST(Zip, FindImageLooksIntoFoldersFirst) {
  const TemporaryFolder folder;
  fs::copy_file(kGolden / "pictures.zip", folder.path() / "images.zip");
  EXPECT_EQ(FindImage(folder.path(), {"images", "images.zip"}, "stored.png").path, (folder.path() / "images.zip").string() + "#figures/stored.png");
  folder.Write("images/stored.png", "x");
  EXPECT_EQ(FindImage(folder.path(), {"images", "images.zip"}, "stored.png").path, (folder.path() / "images/stored.png").string());
  EXPECT_EQ(FindImage(folder.path(), {"images", "images.zip"}, "none.png").path, (folder.path() / "images/none.png").string());
  EXPECT_THROW(FindImage(folder.path(), {"images"}, "../secret.png"), Error);
}

TEST(PythonList, IsReadAndNotEvaluated) {
  EXPECT_EQ(ParsePythonList(R"(['Gout', "Paget's disease", 'it\'s', 'a\nb', '\u00e9'])", "x"),
            (std::vector<std::string>{"Gout", "Paget's disease", "it's", "a\nb", "é"}));
  EXPECT_EQ(ParsePythonList("[]", "x"), std::vector<std::string>());
  EXPECT_EQ(ParsePythonList("[1, 2.5, None]", "x"), (std::vector<std::string>{"1", "2.5", "None"}));
  for (const char* bad : {"", "[", "['a'", "['a',,]", "__import__('os')", "['a'] + ['b']", "['a", "[f('a')]"}) EXPECT_THROW(ParsePythonList(bad, "x"), Error) << bad;
}

TEST(QuestionForm, PolarQuestionsAreToldByTheirWords) {
  for (const char* question : {"Is there a mass?", "Is/Are the lungs normal size?", "In this view, does the heart look large?", "Any evidence of effusion?"})
    EXPECT_TRUE(IsPolarQuestion(question, "en")) << question;
  for (const char* question : {"Where is the mass?", "Is the lesion focal or diffuse?", "What is this?", "How many nodules are there"})
    EXPECT_FALSE(IsPolarQuestion(question, "en")) << question;
  EXPECT_TRUE(IsPolarQuestion("图片中包含肝脏吗?", "zh"));
  EXPECT_FALSE(IsPolarQuestion("扫描的是哪个平面,横断面还是冠状面?", "zh"));
}

TEST(QuestionForm, TheGoldAnswerDoesNotMatter) {
  for (const char* answer : {"yes", "left lung", ""}) {
    Sample sample{.question = "Is there a mass?", .answer = answer};
    SetPromptKind(sample, "");
    EXPECT_EQ(sample.meta["prompt_kind"], "yes_no");
    sample.question = "Where is the mass?";
    SetPromptKind(sample, "CLOSED");
    EXPECT_EQ(sample.meta["prompt_kind"], "closed");
    SetPromptKind(sample, "OPEN");
    EXPECT_EQ(sample.meta["prompt_kind"], "open");
  }
}

}  // namespace
}  // namespace lingshu
