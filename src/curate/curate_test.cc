// The run as a whole, on a small source of its own.
#include "curate/curate.h"

#include <algorithm>

#include "base/files.h"
#include "base/rng.h"
#include "base/threads.h"
#include "curate/pipeline.h"
#include "curate/strip.h"
#include "data/fixture.h"
#include "data/shards.h"
#include "image/png.h"

namespace lingshu {
namespace {

Image Noise(int width, int height, uint64_t seed) {
  Image image{.width = width, .height = height};
  Rng rng(seed);
  for (int i = 0; i < width * height * 3; ++i) image.rgb.push_back(static_cast<uint8_t>(rng.Below(256)));
  return image;
}

constexpr const char* kLongCaption = "An axial CT of the abdomen shows a large cyst in the right lobe of the liver.";

// rows.txt: one sample a line, "id<TAB>image or -<TAB>kind<TAB>text"; a row of one word is a broken one.
void ReadTestRows(const SourceOptions& options, const SampleSink& sink,
                  const std::function<void(const std::string&, const std::string&)>& skip) {
  const fs::path folder = options.root / "curate_test_rows";
  for (const std::string& line : SplitString(ReadFile(folder / "rows.txt"), '\n')) {
    const std::vector<std::string> cells = SplitString(line, '\t');
    if (line.empty()) continue;
    if (cells.size() != 4) {
      skip(cells[0], "not four cells");
      continue;
    }
    Sample sample{
        .id = cells[0], .source = "curate_test_rows", .split = options.split, .question = cells[3], .answer = cells[3]};
    sample.kind = cells[2] == "caption" ? SampleKind::kCaption
                  : cells[2] == "text"  ? SampleKind::kTextQa
                                        : SampleKind::kVqa;
    if (cells[1] != "-") sample.images = {{(folder / cells[1]).string(), ""}};
    if (!sink(std::move(sample))) return;
  }
}

const Register<Source> kRows({.name = "curate_test_rows",
                              .help = "for tests",
                              .reference = "none",
                              .splits = {"train"},
                              .folder = "curate_test_rows",
                              .read = &ReadTestRows});

class CurateTest : public ::testing::Test {
 protected:
  void WriteRows(const std::vector<std::string>& rows) {
    folder_.Write("curate_test_rows/rows.txt", JoinStrings(rows, "\n"));
  }
  void WriteImage(const std::string& name, const Image& image) {
    folder_.Write("curate_test_rows/" + name, EncodePng(image));
  }
  CurateReport Run(const std::vector<std::string>& steps, const std::string& out = "out") {
    return Curate({.root = folder_.path().string(),
                   .out = (folder_.path() / out).string(),
                   .sources = {{.name = "curate_test_rows"}},
                   .steps = steps},
                  {});
  }
  std::vector<std::string> KeptIds(const std::string& out = "out") {
    std::vector<std::string> ids;
    for (const Sample& sample : ReadShards(folder_.path() / out)) ids.push_back(sample.id);
    return ids;
  }
  static int64_t Drops(const CurateReport& report, const std::string& step, const std::string& reason) {
    const auto it = report.drops.find({"curate_test_rows", step, reason});
    return it == report.drops.end() ? 0 : it->second.count;
  }

  TemporaryFolder folder_;
};

TEST_F(CurateTest, AnUnreadableImageDropsItsSampleAndNoMore) {
  WriteImage("a.png", Noise(80, 80, 1));
  folder_.Write("curate_test_rows/b.png", "\x89PNG broken");
  WriteRows({"1\ta.png\tvqa\tq", "2\tb.png\tvqa\tq", "3\tmissing.png\tvqa\tq", "broken", "4\ta.png\tvqa\tq"});
  const CurateReport report = Run({});
  EXPECT_EQ(KeptIds(), (std::vector<std::string>{"1", "4"}));
  EXPECT_EQ(Drops(report, "read", "unreadable image"), 2);
  EXPECT_EQ(Drops(report, "read", "unusable row: not four cells"), 1);
  EXPECT_EQ(report.Read(), 5);
  EXPECT_EQ(report.Kept(), 2);
  EXPECT_EQ(report.num_stored, 1);
}

TEST_F(CurateTest, SmallImagesAreDroppedBelow64Pixels) {
  WriteImage("small.png", Noise(200, 63, 1));
  WriteImage("enough.png", Noise(64, 64, 2));
  WriteRows({"1\tsmall.png\tvqa\tq", "2\tenough.png\tvqa\tq", "3\t-\ttext\tq"});
  EXPECT_EQ(Drops(Run({"image_size"}), "image_size", "image too small"), 1);
  EXPECT_EQ(KeptIds(), (std::vector<std::string>{"2", "3"}));
  EXPECT_EQ(Drops(Run({"image_size min_side_px=65"}), "image_size", "image too small"), 2);
}

TEST_F(CurateTest, OfCaptionsOnOnePictureTheFirstStaysAndQuestionsAllStay) {
  WriteImage("a.png", Noise(80, 80, 1));
  WriteImage("copy.png", Noise(80, 80, 1));
  WriteImage("b.png", Noise(80, 80, 2));
  WriteRows({"1\ta.png\tcaption\tx", "2\tcopy.png\tcaption\ty", "3\tb.png\tcaption\tz", "4\ta.png\tvqa\tq",
             "5\tcopy.png\tvqa\tq"});
  EXPECT_EQ(Drops(Run({"image_duplicates"}), "image_duplicates", "picture seen before"), 1);
  EXPECT_EQ(KeptIds(), (std::vector<std::string>{"1", "3", "4", "5"}));
}

TEST_F(CurateTest, CaptionLengthCountsByTheGivenTokenizer) {
  WriteImage("a.png", Noise(80, 80, 1));
  WriteRows({"short\ta.png\tcaption\tA CT.", std::string("long\ta.png\tcaption\t") + kLongCaption,
             "question\ta.png\tvqa\tA CT."});
  Run({"caption_length"});
  EXPECT_EQ(KeptIds(), (std::vector<std::string>{"long", "question"}));
  StepContext context{.count_tokens = [](std::string_view text) { return static_cast<int64_t>(text.size()); }};
  NamedRule step = MakeRule("caption_length max_tokens=50", context);
  EXPECT_EQ(step.rule->Describe()["counted_by"], "the model's tokenizer");
  const Sample sample{.id = "x", .kind = SampleKind::kCaption, .answer = kLongCaption};
  EXPECT_EQ(step.rule->Judge({sample, {}}, step.rule->Measure({sample, {}})), "caption too long");
}

TEST_F(CurateTest, OfNearDuplicateTextsTheFirstStays) {
  const std::string text =
      "Gout is a form of arthritis that is caused by crystals of uric acid in the joints and it comes in sudden "
      "painful attacks";
  WriteRows({"1\t-\ttext\t" + text, "2\t-\ttext\t" + text + "!",
             "3\t-\ttext\tAn entirely different matter is asthma, of which nothing was said above."});
  EXPECT_EQ(Drops(Run({"text_duplicates"}), "text_duplicates", "near-duplicate text"), 1);
  EXPECT_EQ(KeptIds(), (std::vector<std::string>{"1", "3"}));
}

TEST_F(CurateTest, SamplesOfAnEvaluationSetAreDropped) {
  WriteImage("a.png", Noise(80, 80, 1));
  WriteImage("b.png", Noise(80, 80, 2));
  folder_.Write("vqa_rad/images/x.png", ReadFile(folder_.path() / "curate_test_rows/a.png"));
  folder_.Write("vqa_rad/trainset.json", "[]");
  folder_.Write(
      "vqa_rad/testset.json",
      R"([{"qid": 1, "image_name": "x.png", "image_organ": "HEAD", "answer": "q", "answer_type": "OPEN", "question_type": "ABN", "question": "q"}])");
  WriteRows({"1\ta.png\tvqa\tq", "2\ta.png\tvqa\tother", "3\tb.png\tvqa\tq"});
  const CurateReport report = Run({"decontaminate"});
  EXPECT_EQ(Drops(report, "decontaminate", "picture of an evaluation set"), 2);
  EXPECT_EQ(KeptIds(), (std::vector<std::string>{"3"}));
  EXPECT_EQ(report.steps[0].second["evaluation"], Json({"vqa_rad"}));
  Run({"decontaminate images=same_question"});
  EXPECT_EQ(KeptIds(), (std::vector<std::string>{"2", "3"}));
  Run({"decontaminate images=ignore"});
  EXPECT_EQ(KeptIds(), (std::vector<std::string>{"1", "2", "3"}));
}

TEST_F(CurateTest, TheResultDependsOnNeitherThreadsNorChunks) {
  for (int i = 0; i < 8; ++i) WriteImage("i" + std::to_string(i) + ".png", Noise(60 + i, 70, i / 2));
  std::vector<std::string> rows;
  for (int i = 0; i < 2100; ++i)
    rows.push_back("s" + std::to_string(i) + "\ti" + std::to_string(i * 7 % 8) + ".png\t" +
                   (i % 3 ? "vqa" : "caption") + "\t" + kLongCaption + std::to_string(i % 50));
  WriteRows(rows);
  const std::vector<std::string> steps = {"image_size", "image_duplicates", "caption_length", "text_duplicates"};
  SetNumThreads(1);
  const std::string one = Run(steps, "one").sha256;
  SetNumThreads(4);
  const std::string four = Run(steps, "four").sha256;
  SetNumThreads(0);
  EXPECT_EQ(one, four);
  EXPECT_EQ(ReadFile(folder_.path() / "one/manifest.json"), ReadFile(folder_.path() / "four/manifest.json"));
}

TEST_F(CurateTest, TheReportAddsUp) {
  WriteImage("a.png", Noise(80, 80, 1));
  WriteRows({"1\ta.png\tcaption\tA CT.", "2\t-\ttext\tq", "broken"});
  const Json json = ToJson(Run({"caption_length"}));
  EXPECT_EQ(json["read"], 3);
  EXPECT_EQ(json["kept"], 1);
  EXPECT_EQ(json["sources"]["curate_test_rows"]["read"], 3);
  int64_t dropped = 0;
  for (const Json& drop : json["drops"]) dropped += drop["count"].get<int64_t>();
  EXPECT_EQ(dropped, 2);
  EXPECT_EQ(json["drops"][0]["examples"], Json({"1"}));
}

TEST_F(CurateTest, UnknownStepsAndSettingsAreUsageErrors) {
  WriteRows({"1\t-\ttext\tq"});
  for (const char* step : {"image_sise", "image_size min_side=3", "image_size min_side_px=many", ""}) {
    try {
      Run({step});
      FAIL() << step;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kUsage) << step;
    }
  }
  EXPECT_THROW(Curate({.out = (folder_.path() / "o").string()}, {}), Error);
}

TEST(Strip, TakesTextOutOfAPngAndLeavesItsPicture) {
  const std::string png = EncodePng(Noise(5, 4, 3));
  const std::string text_chunk = std::string("\0\0\0\7tEXt", 8) + std::string("a\0Jones", 7) + "\x12\x34\x56\x78";
  std::string with_text = png;
  with_text.insert(33, text_chunk);  // behind IHDR
  EXPECT_EQ(StripPng(with_text), png);
  EXPECT_EQ(StripPng(png.substr(0, png.size() - 5)), std::nullopt);
}

TEST(Strip, TakesExifAndCommentsOutOfAJpegAndKeepsItsScans) {
  const auto segment = [](const char* marker, const std::string& payload) {
    return std::string(marker) + std::string({'\0', static_cast<char>(payload.size() + 2)}) + payload;
  };
  const std::string soi = "\xFF\xD8", eoi = "\xFF\xD9", jfif = segment("\xFF\xE0", "JF"),
                    exif = segment("\xFF\xE1", "Jones");
  const std::string comment = segment("\xFF\xFE", "xy"), adobe = segment("\xFF\xEE", "Ad");
  const std::string scan =
      segment("\xFF\xDA", "s") + std::string("\x01\xFF\x00\xFF\xD1\x02", 6);  // a stuffed byte, a restart marker
  EXPECT_EQ(StripJpeg(soi + jfif + exif + adobe + comment + scan + eoi + "trailing Jones"),
            soi + jfif + adobe + scan + eoi);
  EXPECT_EQ(StripJpeg(soi + exif.substr(0, 6)), std::nullopt);
  EXPECT_EQ(StripJpeg(soi + jfif + scan), std::nullopt);
}

// The paper's threshold must not make disease the rule: normal pictures keep their captions in every modality.
TEST(CaptionLength, KeepsThePhantomsCaptionsNormalAndAbnormal) {
  const NamedRule rule = MakeRule("caption_length", {});
  int64_t normal = 0, abnormal = 0;
  for (const Sample& sample : ReadSource("phantom", {.root = {}, .split = "train", .limit = 1800, .seed = 5}).samples) {
    if (sample.kind != SampleKind::kCaption) continue;
    const Candidate candidate{sample, {}, {}};
    EXPECT_EQ(rule.rule->Judge(candidate, rule.rule->Measure(candidate)), "") << sample.answer;
    ++(sample.answer.find("no abnormality") == std::string::npos ? abnormal : normal);
  }
  EXPECT_GT(normal, 60);
  EXPECT_GT(abnormal, 60);
}

TEST_F(CurateTest, AStepThatDoesNotExistLeavesTheEarlierSetWhole) {
  WriteRows({std::string("a\t-\tcaption\t") + kLongCaption});
  CurateConfig config{.root = folder_.path(), .out = (folder_.path() / "out").string(), .sources = {{.name = "curate_test_rows"}}, .steps = {"caption_length"}};
  Curate(config, {});
  config.steps = {"caption_lenth"};
  EXPECT_THROW(Curate(config, {}), Error);
  EXPECT_EQ(ReadShards(config.out).size(), 1u);
}

TEST_F(CurateTest, NothingKeptIsAnErrorWithTheReasons) {
  WriteRows({"a\t-\tcaption\tshort", "b\tabsent.png\tvqa\twhat is it"});
  const CurateConfig config{.root = folder_.path(), .out = (folder_.path() / "out").string(), .sources = {{.name = "curate_test_rows"}}, .steps = {"caption_length"}};
  try {
    Curate(config, {});
    FAIL() << "expected an error";
  } catch (const Error& e) {
    EXPECT_NE(e.message().find("1 caption_length (caption too short), 1 read (unreadable image)"), std::string::npos) << e.message();
  }
}

}  // namespace
}  // namespace lingshu
