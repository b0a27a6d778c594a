// The benchmarks with pictures, one value each.
#include "eval/benchmark.h"
#include "eval/rad_restruct.h"

namespace lingshu {
namespace {

using Options = MedEvalKitForm::Options;
using Kind = MedEvalKitForm::Kind;
using Shape = MedEvalKitForm::Shape;

const Register<Benchmark> kVqaRad({.name = "vqa_rad",
                                   .help = "clinicians' questions on head, chest and abdomen images",
                                   .paper = "Lau et al. 2018, https://doi.org/10.1038/sdata.2018.251",
                                   .source = "vqa_rad",
                                   .published_count = 451,
                                   .note = "The published split is by question: test images also occur in training, and the score says how a model does on images "
                                           "that it may have seen.",
                                   .breakdown = {"image_in_train", "organ", "question_type"},
                                   .medevalkit_name = "VQA_RAD",
                                   .form = {.kind = Kind::kGoldAnyCase}});

Benchmark Slake(const std::string& name, const std::string& language, int64_t count) {
  return {.name = name,
          .help = "questions on CT, MRI and X-ray" + (language.empty() ? std::string(", English and Chinese") : language == "en" ? ", English" : ", Chinese"),
          .paper = "Liu et al. 2021, https://arxiv.org/abs/2102.09542",
          .source = "slake",
          .published_count = count,
          .breakdown = {"language", "organ", "question_type"},
          .medevalkit_name = language.empty() ? "SLAKE" : "",
          .form = {.kind = Kind::kPublishedType},
          .language = language};
}
const Register<Benchmark> kSlake(Slake("slake", "", 2094));
const Register<Benchmark> kSlakeEnglish(Slake("slake_en", "en", 1061));
const Register<Benchmark> kSlakeChinese(Slake("slake_zh", "zh", 1033));

const Register<Benchmark> kPathVqa({.name = "path_vqa",
                                    .help = "questions on pathology images of textbooks",
                                    .paper = "He et al. 2020, https://arxiv.org/abs/2003.10286",
                                    .source = "path_vqa",
                                    .published_count = 6719,
                                    .note = "Questions were generated from captions by rules.",
                                    .breakdown = {"question_type"},
                                    .medevalkit_name = "PATH_VQA",
                                    .form = {.kind = Kind::kGoldLowerCase}});

Benchmark PmcVqa(const std::string& name, const std::string& split, int64_t count, const std::string& note) {
  return {.name = name,
          .help = "multiple choice on figures of PubMed Central",
          .paper = "Zhang et al. 2023, https://arxiv.org/abs/2305.10415",
          .source = "pmc_vqa",
          .split = split,
          .published_count = count,
          .note = note,
          .medevalkit_name = split == "test" ? "PMC_VQA" : "",
          .form = {.options = Options::kPublished}};
}
const Register<Benchmark> kPmcVqa(PmcVqa("pmc_vqa", "test", 33430,
                                         "Questions were written by a language model from captions alone; gold letters are uneven (C 37.8 %). Not comparable with "
                                         "numbers on test_clean."));
const Register<Benchmark> kPmcVqaClean(PmcVqa("pmc_vqa_clean", "test_clean", 2000, "The 2,000 questions that people have checked."));

const Register<Benchmark> kOmniMedVqa({.name = "omni_med_vqa",
                                       .help = "multiple choice on images of 42 open data sets",
                                       .paper = "Hu et al. 2024, https://arxiv.org/abs/2402.09181",
                                       .source = "omni_med_vqa",
                                       .train_split = "",
                                       .published_count = 88996,
                                       .breakdown = {"question_type", "modality_type"},
                                       .medevalkit_name = "OmniMedVQA"});

Benchmark Mmmu(const std::string& split, int64_t count, const std::string& note) {
  return {.name = split == "test" ? "mmmu_med_test" : "mmmu_med",
          .help = "college questions of health and medicine, up to seven images",
          .paper = "Yue et al. 2024, https://arxiv.org/abs/2311.16502",
          .source = "mmmu_med",
          .split = split,
          .train_split = "",
          .published_count = count,
          .note = note,
          .breakdown = {"subject", "difficulty"},
          .medevalkit_name = split == "test" ? "MMMU-Medical-test" : "MMMU-Medical-val",
          .form = {.shape = Shape::kMmmu, .max_images = 1}};
}
const Register<Benchmark> kMmmu(Mmmu("validation", 150, "Validation: a model that scores far higher here than on test has seen it."));
const Register<Benchmark> kMmmuTest(Mmmu("test", 1752, "Its answers are not published with the set: the key is the user's."));

const Register<Benchmark> kMmmuPro({.name = "mmmu_pro_med",
                                    .help = "MMMU-Pro's questions of health and medicine, ten options",
                                    .paper = "Yue et al. 2024, https://arxiv.org/abs/2409.02813",
                                    .source = "mmmu_pro_med",
                                    .train_split = "",
                                    .published_count = 286,
                                    .breakdown = {"subject", "difficulty"},
                                    .form = {.shape = Shape::kMmmu, .max_images = 1}});

const Register<Benchmark> kMedXpertQaMm({.name = "med_xpert_qa_mm",
                                         .help = "specialist questions on images, five options",
                                         .paper = "Zuo et al. 2025, https://arxiv.org/abs/2501.18362",
                                         .source = "med_xpert_qa_mm",
                                         .train_split = "validation",
                                         .published_count = 2000,
                                         .breakdown = {"question_type", "medical_task", "organ"},
                                         .medevalkit_name = "MedXpertQA-MM"});

const Register<Benchmark> kMedFrameQa({.name = "med_frame_qa",
                                       .help = "questions across two to five frames of a video",
                                       .paper = "Yu et al. 2025, https://arxiv.org/abs/2505.16964",
                                       .source = "med_frame_qa",
                                       .train_split = "",
                                       .published_count = 2851,
                                       .breakdown = {"system", "organ", "modality_type"},
                                       .medevalkit_name = "MedFrameQA",
                                       .form = {.options = Options::kTight}});

const Register<Benchmark> kRadRestruct({.name = "rad_restruct",
                                        .help = "structured reports of chest X-rays, question by question",
                                        .paper = "Pellegrini et al. 2023, https://arxiv.org/abs/2307.05766",
                                        .source = "rad_restruct",
                                        .published_count = 17641,
                                        .note = "Accuracy is dominated by \"no\"; the set's own score is the macro F1 over report vectors, given beside it.",
                                        .breakdown = {"question_type", "level"},
                                        .medevalkit_name = "Radrestruct",
                                        .form = {.options = Options::kBare, .has_context = false},
                                        .totals = &RadRestructTotals});

Benchmark Reports(const std::string& name, const std::string& kit_name, const std::string& help, const std::string& paper, int64_t count, MedEvalKitForm form) {
  return {.name = name,
          .help = help,
          .paper = paper,
          .source = name,
          .train_split = "",
          .published_count = count,
          .note = "Reports are measured by report metrics, not by accuracy.",
          .medevalkit_name = kit_name,
          .form = form};
}
const Register<Benchmark> kIuXray(Reports("iu_xray", "IU_XRAY", "reports of chest X-rays, several views", "Demner-Fushman et al. 2016", 296, {}));
const Register<Benchmark> kMimicCxr(Reports("mimic_cxr", "MIMIC_CXR", "reports of chest X-rays (credentialed)", "Johnson et al. 2019, https://arxiv.org/abs/1901.07042",
                                            2195, {.shape = Shape::kMimic}));
const Register<Benchmark> kChexpertPlus(Reports("chexpert_plus", "CheXpert_Plus", "reports of chest X-rays, one view (credentialed)",
                                                "Chambon et al. 2024, https://arxiv.org/abs/2405.19538", 234, {}));

const Register<Benchmark> kPhantom({.name = "phantom",
                                    .help = "drawn images of twelve modalities whose truth is known exactly, held out by seed",
                                    .paper = "this project",
                                    .source = "phantom",
                                    .note = "Images are drawn, not acquired: the score says whether the system learns, not how it does on patients.",
                                    .kinds = {SampleKind::kVqa},
                                    .breakdown = {"question_type"},
                                    .question_key = "question_type"});

}  // namespace
}  // namespace lingshu
