// Sources of labelled images: fixtures for what labels become, and counts of the published sets.
#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "data/choice.h"
#include "data/fixture.h"
#include "data/labelled_folder.h"
#include "image/mask.h"

namespace lingshu {
namespace {

SourceOptions Real(const std::string& split) { return {.root = DataRoot(), .split = split}; }

std::vector<Sample> BothSplits(const std::string& name, const fs::path& root) {
  std::vector<Sample> samples = ReadSource(name, {.root = root, .split = "train"}).samples;
  for (Sample& sample : ReadSource(name, {.root = root, .split = "test"}).samples) samples.push_back(std::move(sample));
  return samples;
}

std::set<std::string> Images(const std::vector<Sample>& samples) {
  std::set<std::string> paths;
  for (const Sample& sample : samples) paths.insert(sample.images.at(0).path);
  return paths;
}

const Sample& Find(const std::vector<Sample>& samples, const std::string& id) {
  for (const Sample& sample : samples)
    if (sample.id == id) return sample;
  throw Error(ErrorCode::kNotFound, id);
}

TEST(MakeChoice, PutsTheRightAnswerAmongOthersAndKeepsToTheId) {
  std::set<std::string> letters;
  for (int i = 0; i < 50; ++i) {
    Sample sample{.id = "s" + std::to_string(i)};
    ASSERT_TRUE(MakeChoice(sample, "ct", {"CT", "MRI", "PET", "OCT", "X-ray"}));
    EXPECT_EQ(sample.options.size(), 4u);
    EXPECT_EQ(sample.options.at(static_cast<size_t>(sample.answer[0] - 'A')), "ct");
    EXPECT_EQ(std::count(sample.options.begin(), sample.options.end(), "CT"), 0);
    Sample again{.id = sample.id};
    MakeChoice(again, "ct", {"CT", "MRI", "PET", "OCT", "X-ray"});
    EXPECT_EQ(again.options, sample.options);
    letters.insert(sample.answer);
  }
  EXPECT_EQ(letters.size(), 4u);
  Sample alone{.id = "x"};
  EXPECT_FALSE(MakeChoice(alone, "CT", {"ct"}));
  EXPECT_TRUE(alone.options.empty());
}

// A root like ../shared/data: the paths must hold for whoever resolves them against another folder.
TEST(ClassFolders, ARelativeRootGivesPathsThatHoldEverywhere) {
  const TemporaryFolder folder;
  folder.Write("img_ultrasound_busi/benign/benign (1).jpg", "x");
  for (const char* name : {"malignant", "normal"}) fs::create_directories(folder.path() / "img_ultrasound_busi" / name);
  const std::set<std::string> paths = Images(BothSplits("breast_ultrasound", folder.path()));
  ASSERT_EQ(paths.size(), 1u);
  EXPECT_EQ(Images(BothSplits("breast_ultrasound", fs::relative(folder.path()))), paths);
  EXPECT_TRUE(fs::exists(fs::path("/nowhere") / *paths.begin()));
}

TEST(ClassFolders, BecomeQuestionsOnModalityPresenceAndFinding) {
  const TemporaryFolder folder;
  for (const char* name :
       {"benign/benign (1).jpg", "benign/benign (2).jpg", "malignant/malignant (1).jpg", "normal/normal (1).jpg"})
    folder.Write(std::string("img_ultrasound_busi/") + name, "x");
  const std::vector<Sample> samples = BothSplits("breast_ultrasound", folder.path());
  ASSERT_EQ(samples.size(), 4u + 4u + 3u);
  for (const Sample& sample : samples) {
    EXPECT_EQ(sample.modality, "ultrasound");
    EXPECT_EQ(sample.meta.at("organ"), "breast");
    const std::string type = sample.meta.at("question_type"), finding = sample.meta.at("finding");
    if (type == "presence") {
      EXPECT_EQ(sample.answer, finding.empty() ? "no" : "yes");
      EXPECT_EQ(sample.answer_type, AnswerType::kYesNo);
    } else {
      EXPECT_EQ(sample.options.at(static_cast<size_t>(sample.answer[0] - 'A')),
                type == "finding" ? finding : "ultrasound");
    }
  }
}

TEST(ClassFolders, VersionsOfOnePictureStayInOneSplit) {
  const TemporaryFolder folder;
  for (int i = 0; i < 40; ++i)
    for (const char* version : {"_0.jpg", "_1.jpg"})
      folder.Write("img_oct/CNV/CNV-" + std::to_string(i) + version, "x");
  for (const char* name : {"DME", "DRUSEN", "NORMAL"}) fs::create_directories(folder.path() / "img_oct" / name);
  std::map<std::string, std::set<std::string>> splits;
  for (const Sample& sample : BothSplits("retinal_oct", folder.path())) splits[sample.group].insert(sample.split);
  EXPECT_EQ(splits.size(), 40u);
  int tests = 0;
  for (const auto& [group, names] : splits) {
    EXPECT_EQ(names.size(), 1u) << group;
    tests += names.contains("test");
  }
  EXPECT_GT(tests, 1);
  EXPECT_LT(tests, 20);
}

TEST(BloodCells, CountsCellsAndKeepsBoxes) {
  if (!Registry<Source>::Get().FindOrNull("blood_cells")) GTEST_SKIP() << "blood_cells was left out of this build";
  const TemporaryFolder folder;
  folder.Write("img_microscopy_bccd/ImageSets/Main/train.txt", "a\nb\nc\n");
  folder.Write("img_microscopy_bccd/Annotations/a.xml",
               "<annotation><object><name>WBC</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></"
               "bndbox></object>"
               "<object><name>RBC</name></object></annotation>");
  folder.Write("img_microscopy_bccd/Annotations/b.xml", "<!DOCTYPE a [<!ENTITY x \"y\">]><annotation/>");
  folder.Write("img_microscopy_bccd/Annotations/c.xml", "<annotation>");
  const ReadResult result = ReadSource("blood_cells", {.root = folder.path(), .split = "train"});
  EXPECT_EQ(result.skipped.size(), 2u);
  ASSERT_EQ(result.samples.size(), 3u);
  EXPECT_EQ(Find(result.samples, "blood_cells:train:JPEGImages/a.jpg-count_wbc").answer, "1");
  EXPECT_EQ(Find(result.samples, "blood_cells:train:JPEGImages/a.jpg-presence_platelets").answer, "no");
  EXPECT_EQ(result.samples[0].meta.at("boxes"), "1,2,3,4");
}

TEST(NihChestXray, KeepsPatientsTogetherAndLeavesOutAgeAndSex) {
  const TemporaryFolder folder;
  std::string csv = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position\n";
  for (int i = 0; i < 60; ++i)
    csv += "img" + std::to_string(i) + ".png," + (i % 3 ? "Effusion|Mass" : "No Finding") + ",0," +
           std::to_string(i / 3) + ",63,F,PA\n";
  folder.Write("img_xray_nih/labels.csv", csv + "bad.png,Brain_Tumour,0,9,63,F,PA\nshort.png\n");
  const ReadResult train = ReadSource("nih_chest_xray", {.root = folder.path(), .split = "train"});
  EXPECT_EQ(train.skipped.size(), 2u);
  std::map<std::string, std::set<std::string>> splits;
  for (const Sample& sample : BothSplits("nih_chest_xray", folder.path())) {
    splits[sample.group].insert(sample.split);
    EXPECT_EQ(DumpJson(SampleToJson(sample)).find("63\""), std::string::npos);
    if (sample.meta.at("question_type") != "presence_finding") continue;
    const bool asks_for_its_own =
        sample.question.find("effusion") != std::string::npos || sample.question.find("mass") != std::string::npos;
    EXPECT_EQ(sample.answer, asks_for_its_own ? "yes" : "no");
  }
  EXPECT_EQ(splits.size(), 20u);
  for (const auto& [group, names] : splits) EXPECT_EQ(names.size(), 1u) << group;
}

TEST(ImageSources, HaveThePublishedCounts) {
  const std::map<std::string, size_t> kImages = {{"brain_tumor_mri", 394}, {"breast_ultrasound", 780},
                                                 {"retinal_oct", 72},      {"nih_chest_xray", 300},
                                                 {"isic_dermoscopy", 550}, {"fundus_drive", 40}};
  for (const auto& [name, count] : kImages) {
    NEEDS_SOURCE(name);
    const std::vector<Sample> samples = BothSplits(name, DataRoot());
    EXPECT_EQ(Images(samples).size(), count) << name;
    EXPECT_TRUE(fs::exists(samples.at(0).images.at(0).path)) << name;
    for (const Sample& sample : samples) EXPECT_FALSE(sample.answer.empty()) << sample.id;
  }
}

TEST(ImageSources, BloodCellsFollowTheirOfficialSplit) {
  NEEDS_SOURCE("blood_cells");
  EXPECT_EQ(Images(ReadSource("blood_cells", Real("train")).samples).size(), 205u);
  EXPECT_EQ(Images(ReadSource("blood_cells", Real("validation")).samples).size(), 87u);
  EXPECT_EQ(Images(ReadSource("blood_cells", Real("test")).samples).size(), 72u);
}

TEST(DicomSource, AsksReadableFilesForTheirModalityAndHidesTheirNames) {
  const fs::path root = DataRoot() / "dicom_pet_sts001";
  if (!fs::is_directory(root)) GTEST_SKIP() << root << " is absent";
  const ReadResult result = ReadSource("dicom", {.root = root, .split = "train", .limit = 10});
  ASSERT_FALSE(result.samples.empty());
  for (const Sample& sample : result.samples) {
    EXPECT_EQ(sample.modality, "PET");
    EXPECT_EQ(sample.id.find("00000"), std::string::npos);
  }
}

TEST(StructureSource, AsksTheLargestSlicesOfAStructureForItsName) {
  const fs::path root = DataRoot() / "dicom_pet_sts001";
  if (!fs::is_directory(root)) GTEST_SKIP() << root << " is absent";
  const ReadResult result = ReadSource("dicom_structures", {.root = root, .split = "train"});
  ASSERT_EQ(result.samples.size(), 3u);
  for (const Sample& sample : result.samples) {
    EXPECT_EQ(sample.answer, "GTV Mass PET");
    EXPECT_EQ(sample.modality, "PET");
    const Mask mask = DecodeMask(sample.meta.at("mask"));
    const ImagePtr image = LoadImage(sample.images[0], "");
    EXPECT_EQ(mask.width, image->width);
    EXPECT_EQ(mask.height, image->height);
    EXPECT_EQ(sample.meta.at("boxes"), BoxText(mask.Box()));
  }
}

TEST(NiftiSource, AsksNineSlicesForTheirPlane) {
  const fs::path volume = DataRoot() / "vol_niivue/chris_PD.nii.gz";
  if (!IsFile(volume)) GTEST_SKIP() << volume << " is absent";
  const TemporaryFolder folder;
  fs::copy_file(volume, folder.path() / "Jones.nii.gz");
  folder.Write("broken.nii", "no volume");
  const ReadResult result = ReadSource("nifti", {.root = folder.path(), .split = "train"});
  EXPECT_EQ(result.samples.size(), 9u);
  EXPECT_EQ(result.skipped.size(), 1u);
  for (const Sample& sample : result.samples) {
    EXPECT_EQ(sample.id.find("Jones"), std::string::npos);
    EXPECT_GT(LoadImage(sample.images[0], "")->width, 0);
  }
}

}  // namespace
}  // namespace lingshu
